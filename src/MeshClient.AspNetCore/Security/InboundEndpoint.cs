using MeshClient.Identity;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MeshClient.AspNetCore.Security;

/// <summary>An endpoint of the server, as it was when it was made: later it has the port that the system has chosen.</summary>
internal sealed class InboundEndpoint
{
    private readonly bool[] _answers;
    private readonly string _address;
    private bool _isExcluded;

    /// <param name="listen">The endpoint.</param>
    /// <param name="isOfCode">Whether the application's code made it: then it has no name, though one of the configuration could have its address where the system chooses ports.</param>
    /// <param name="inbound">What the options say of endpoints.</param>
    /// <param name="urls">The addresses beside those that have names.</param>
    public InboundEndpoint(ListenOptions listen, bool isOfCode, InboundOptions inbound, string? urls)
    {
        Listen = listen;
        _address = listen.ToString() ?? "";
        (string Name, string? Url)[] named =
        [
            .. NamedIn(listen.KestrelServerOptions).Where(e => !(isOfCode && EndpointAddress.IsAnyPort(e.Url)) && EndpointAddress.IsAt(listen, e.Url)),
        ];
        _answers = [.. named.Select(e => IsOwnedBy(inbound, e.Name)).DefaultIfEmpty(IsOwnedBy(inbound, null)).Distinct()];
        IsHttps = named.Any(e => EndpointAddress.IsHttps(e.Url))
            || (urls?.Split(';') ?? []).Any(u => EndpointAddress.IsHttps(u) && EndpointAddress.IsAt(listen, u));
        Entries = [.. inbound.Endpoints.Concat(inbound.ExcludedEndpoints).Where(e =>
            EndpointAddress.IsAddress(e) ? EndpointAddress.IsAt(listen, e) : named.Any(n => n.Name.Equals(e, StringComparison.OrdinalIgnoreCase)))];
    }

    public ListenOptions Listen { get; }

    /// <summary>Whether it is known that its address says https.</summary>
    public bool IsHttps { get; }

    /// <summary>The entries of the options that are about it.</summary>
    public IReadOnlyList<string> Entries { get; }

    /// <summary>Whether it is the mesh's.</summary>
    /// <exception cref="InvalidOperationException">Some endpoints at its address are, and others are not.</exception>
    public bool IsOwned => !Volatile.Read(ref _isExcluded) && (_answers.Length == 1 ? _answers[0] : throw new InvalidOperationException(
        $"Expected endpoints under Kestrel:Endpoints that can be told apart, found several at {_address} of which some are the mesh's and some are not: give each a port of its own."));

    /// <summary>The names and addresses of the server's configuration.</summary>
    public static IEnumerable<(string Name, string? Url)> NamedIn(KestrelServerOptions options) =>
        options.ConfigurationLoader?.Configuration.GetSection("Endpoints").GetChildren().Select(e => (e.Key, e["Url"])) ?? [];

    /// <summary>Takes it out of the mesh by code.</summary>
    public void Exclude() => Volatile.Write(ref _isExcluded, true);

    private bool IsOwnedBy(InboundOptions inbound, string? name) =>
        !IsListed(inbound.ExcludedEndpoints, name) && (inbound.Endpoints.Count == 0 || IsListed(inbound.Endpoints, name));

    private bool IsListed(IEnumerable<string> entries, string? name) => entries.Any(e =>
        EndpointAddress.IsAddress(e) ? EndpointAddress.IsAt(Listen, e) : e.Equals(name, StringComparison.OrdinalIgnoreCase));
}
