using System.Net;
using System.Net.Sockets;
using MeshClient.Primitives;

namespace MeshClient.Consul.Api;

/// <summary>From what went wrong to a sentence that names the remedy. The texts of Consul are those of 1.8 to 1.2x.</summary>
internal static class ConsulErrors
{
    public static ConsulException FromAnswer(ConsulRequest request, HttpStatusCode status, string body, TimeSpan? retryAfter) =>
        new($"Consul refused {request.What}: HTTP {(int)status}{(body.Length > 0 ? $" \"{body}\"" : "")}. {Remedy(request, status, body)}", status)
        {
            RetryAfter = retryAfter,
            Answer = body,
        };

    public static ConsulException TimedOut(ConsulRequest request, Uri address, Exception cause) =>
        new($"Consul at {address} did not answer in time for {request.What}. Is the agent overloaded, or held back by a proxy?", null, cause);

    public static ConsulException Unreachable(ConsulRequest request, Uri address, Exception cause)
    {
        var tls = cause is HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError };
        var remedy = cause.GetBaseException() switch
        {
            _ when tls => "Check Mesh:Consul:Tls (CaFile, ServerName, CertificateFile).",
            SocketException { SocketErrorCode: SocketError.ConnectionReset } =>
                "The agent cuts connections when it stops, and when its limit per client address (200) is reached: lower Mesh:Consul:MaxWatches then.",
            _ => "Start the agent, or set Mesh:Consul:Address or CONSUL_HTTP_ADDR to where it listens.",
        };
        return new($"No Consul agent could be reached at {address} for {request.What}: {Innermost(cause)} {remedy}", null, cause) { AgentAway = !tls };
    }

    public static ConsulException Unreadable(ConsulRequest request, HttpStatusCode status, string found, Exception? cause) =>
        new($"Expected JSON with {request.What}, found HTTP {(int)status} with {Citation.Of(found)}. Does Mesh:Consul:Address lead to a Consul agent, "
            + "without a proxy that changes its answers?", status, cause);

    private static string Remedy(ConsulRequest request, HttpStatusCode status, string body) => status switch
    {
        HttpStatusCode.Forbidden when Says(body, "ACL not found") =>
            "The token is unknown to Consul: set Mesh:Consul:Token or Mesh:Consul:TokenFile to a token that exists.",
        HttpStatusCode.Forbidden => $"The token lacks a right: give it {request.Rules}.",
        HttpStatusCode.Unauthorized => "Check the token (Mesh:Consul:Token) and whether ACLs are on in Consul.",
        HttpStatusCode.TooManyRequests => "Consul limits the rate of calls: they are slowed down.",
        HttpStatusCode.BadRequest => "The agent does not take this request: check the values in it against the agent's version.",
        HttpStatusCode.NotFound => "Does Mesh:Consul:Address lead to a Consul agent?",
        _ when Says(body, "Rate limit") => "Consul limits the rate at which certificates are signed: it is asked again later.",
        _ when Says(body, "Connect must be enabled") => "Switch Connect on in the configuration of the Consul servers: connect { enabled = true }.",
        _ when Says(body, "No cluster leader") => "The Consul servers have no leader: bring a majority of them back.",
        _ when Says(body, "No known Consul servers") || Says(body, "rpc error") => "The agent cannot reach its Consul servers: bring them back.",
        _ when Says(body, "No path to datacenter") => "Check the name of the datacenter and the link to it.",
        _ when (int)status is >= 300 and < 400 => "Redirects are not followed: set Mesh:Consul:Address to the agent itself.",
        _ => "See the agent's log.",
    };

    private static bool Says(string body, string text) => body.Contains(text, StringComparison.OrdinalIgnoreCase);

    private static string Innermost(Exception cause)
    {
        var message = Citation.Of(cause.GetBaseException().Message);
        return message.EndsWith('.') ? message : message + ".";
    }
}
