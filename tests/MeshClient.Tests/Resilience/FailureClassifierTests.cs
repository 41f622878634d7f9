using MeshClient.Endpoints;
using MeshClient.Identity;
using MeshClient.Resilience;
using MeshClient.Transport;
using MeshClient.Transport.Security;

namespace MeshClient.Tests.Resilience;

public sealed class FailureClassifierTests
{
    [Theory]
    [InlineData(200, "Success")]
    [InlineData(399, "Success")]
    [InlineData(400, "ClientError")]
    [InlineData(428, "ClientError")]
    [InlineData(429, "Overloaded")]
    [InlineData(430, "ClientError")]
    [InlineData(499, "ClientError")]
    [InlineData(500, "ServerError")]
    [InlineData(501, "ServerError")]
    [InlineData(502, "GatewayFailure")]
    [InlineData(503, "GatewayFailure")]
    [InlineData(504, "GatewayFailure")]
    [InlineData(505, "ServerError")]
    [InlineData(599, "ServerError")]
    public void An_answer_is_told_by_its_status(int status, string outcome) => Assert.Equal(outcome, FailureClassifier.Of(status).ToString());

    [Theory]
    [InlineData(HttpRequestError.ConnectionError, "ConnectFailure")]
    [InlineData(HttpRequestError.NameResolutionError, "ConnectFailure")]
    [InlineData(HttpRequestError.SecureConnectionError, "ConnectFailure")]
    [InlineData(HttpRequestError.VersionNegotiationError, "ConnectFailure")]
    [InlineData(HttpRequestError.ResponseEnded, "TransportFailure")]
    [InlineData(HttpRequestError.HttpProtocolError, "TransportFailure")]
    [InlineData(HttpRequestError.Unknown, "TransportFailure")]
    public void A_failed_request_is_told_by_where_it_failed(HttpRequestError error, string outcome) =>
        Assert.Equal(outcome, FailureClassifier.Of(new HttpRequestException(error), ScopeEnd.None).ToString());

    [Fact]
    public void A_version_that_mutual_TLS_does_not_speak_is_the_request_s_fault() =>
        Assert.Equal(Outcome.Cancelled, FailureClassifier.Of(new SecureVersionException("HTTP/3 alone"), ScopeEnd.None));

    [Fact]
    public void Other_exceptions_are_told_by_their_kind()
    {
        Assert.Equal(Outcome.TransportFailure, FailureClassifier.Of(new IOException(), ScopeEnd.None));
        Assert.Equal(Outcome.ConnectFailure, FailureClassifier.Of(new TaskCanceledException(), ScopeEnd.None));
        Assert.Equal(Outcome.Cancelled, FailureClassifier.Of(new InvalidOperationException(), ScopeEnd.None));
    }

    [Theory]
    [InlineData(true, "Cancelled")]
    [InlineData(false, "ConnectFailure")]
    public void A_certificate_of_this_process_blames_nobody_and_one_of_the_peer_does(bool isOwn, string outcome)
    {
        var identity = new MeshIdentityException(PeerVerdict.Expired, "expired", isOwn);
        Assert.Equal(outcome, FailureClassifier.Of(identity, ScopeEnd.None).ToString());
        Assert.Equal(outcome, FailureClassifier.Of(
            new HttpRequestException(HttpRequestError.SecureConnectionError, "no connection", new IOException("closed", new IOException("cut", identity))), ScopeEnd.None).ToString());
    }

    [Fact]
    public void A_refusal_that_the_peer_tells_is_a_denial_and_one_that_it_does_not_tell_may_be_a_broken_instance()
    {
        var alert = new IOException("The decryption operation failed", new InvalidOperationException("tlsv13 alert bad certificate"));
        var reset = new IOException("Unable to read", new System.Net.Sockets.SocketException());
        Assert.Equal([Outcome.Denied, Outcome.TransportFailure, Outcome.TransportFailure], new[] { alert, reset, null }.Select(inner =>
            FailureClassifier.Of(new HttpRequestException("failed", new IOException("not sent", new PeerDeniedException("a1", inner))), ScopeEnd.None)));
    }

    [Fact]
    public void A_peer_that_hangs_up_before_its_first_byte_is_no_connection_and_has_begun_with_nothing()
    {
        var error = new HttpRequestException(HttpRequestError.InvalidResponse, "no handshake", new HttpIOException(
            HttpRequestError.InvalidResponse, "no handshake", new MissingPrefaceException("a1", inner: null)));
        Assert.Equal(Outcome.ConnectFailure, FailureClassifier.Of(error, ScopeEnd.None));
        Assert.Equal(Resend.IfRepeatable, FailureClassifier.ResendOf(Outcome.ConnectFailure, error));
        Assert.Equal(Resend.Yes, FailureClassifier.ResendOf(Outcome.ConnectFailure, new HttpRequestException(HttpRequestError.ConnectionError)));
    }

    [Fact]
    public void A_connection_that_has_ended_before_the_request_was_on_it_is_none()
    {
        var error = new HttpRequestException("An HTTP/2 connection could not be established because the server did not complete the HTTP/2 handshake.");
        Assert.Equal((Outcome.ConnectFailure, Resend.Yes), (FailureClassifier.Of(error, ScopeEnd.None), FailureClassifier.ResendOf(Outcome.ConnectFailure, error)));
        // By another cause the request may have been on it.
        var other = new HttpRequestException(error.Message, new IOException());
        Assert.Equal(Outcome.TransportFailure, FailureClassifier.Of(other, ScopeEnd.None));
    }

    // The words of .NET 10, seen.
    [Theory]
    [InlineData("The HTTP request headers length exceeded the server limit of 32768 bytes.")]
    [InlineData("Sent 3 request content bytes, but Content-Length promised 5.")]
    [InlineData("Unable to write content to request stream; content would exceed Content-Length.")]
    public void A_request_that_no_server_would_be_sent_blames_none_and_is_not_sent_again(string words)
    {
        var error = new HttpRequestException(words);
        Assert.Equal((Outcome.Cancelled, Resend.No), (FailureClassifier.Of(error, ScopeEnd.None), FailureClassifier.ResendOf(FailureClassifier.Of(error, ScopeEnd.None), error)));
    }

    [Fact]
    public void What_the_transport_could_put_on_no_connection_has_not_left()
    {
        var notLeft = new HttpRequestException(HttpRequestError.Unknown, "The request was aborted.");
        Assert.Equal(Resend.IfRepeatable, FailureClassifier.ResendOf(FailureClassifier.Of(notLeft, ScopeEnd.None), notLeft));
        Exception[] mayHaveLeft =
        [
            new HttpRequestException(HttpRequestError.Unknown, "The request was aborted.", new IOException()), new HttpRequestException(HttpRequestError.ResponseEnded),
            new HttpRequestException("EnsureSuccessStatusCode of a body's source", null, System.Net.HttpStatusCode.BadGateway), new IOException(),
        ];
        Assert.All(mayHaveLeft, e => Assert.Equal(Resend.IfIdempotent, FailureClassifier.ResendOf(FailureClassifier.Of(e, ScopeEnd.None), e)));
    }

    [Fact]
    public void An_answer_over_the_limit_of_this_process_blames_nobody_and_one_that_is_malformed_blames_the_endpoint()
    {
        Exception[] overLimit =
        [
            new HttpRequestException(HttpRequestError.ConfigurationLimitExceeded), new HttpIOException(HttpRequestError.ConfigurationLimitExceeded),
            new HttpRequestException(HttpRequestError.Unknown, "", new IOException("", new HttpRequestException(HttpRequestError.ConfigurationLimitExceeded))),
        ];
        Assert.All(overLimit, e => Assert.Equal((Outcome.Cancelled, Resend.No), (FailureClassifier.Of(e, ScopeEnd.None), FailureClassifier.ResendOf(Outcome.Cancelled, e))));
        var malformed = new HttpRequestException(HttpRequestError.Unknown, "", new IOException("", new HttpRequestException(HttpRequestError.InvalidResponse)));
        Assert.Equal(Outcome.TransportFailure, FailureClassifier.Of(malformed, ScopeEnd.None));
    }

    [Fact]
    public void Why_the_attempt_was_ended_counts_before_what_was_thrown()
    {
        foreach (var error in (Exception[])[new IOException(), new OperationCanceledException(), new HttpRequestException(HttpRequestError.ConnectionError)])
        {
            Assert.Equal(Outcome.Timeout, FailureClassifier.Of(error, ScopeEnd.TimedOut));
            Assert.Equal(Outcome.Cancelled, FailureClassifier.Of(error, ScopeEnd.Cancelled));
        }
    }

    [Fact]
    public void Another_endpoint_may_do_better_where_the_instance_failed_and_not_the_application() =>
        Assert.Equal(
            [Outcome.GatewayFailure, Outcome.ConnectFailure, Outcome.TransportFailure, Outcome.Timeout, Outcome.Overloaded, Outcome.Denied],
            Enum.GetValues<Outcome>().Where(FailureClassifier.IsRetryable));

    [Fact]
    public void Only_a_connection_that_was_never_made_has_sent_nothing() =>
        Assert.Equal([Outcome.ConnectFailure], Enum.GetValues<Outcome>().Where(o => FailureClassifier.ResendOf(o) == Resend.Yes));

    [Fact]
    public void The_methods_of_RFC_9110_may_be_sent_twice()
    {
        string[] methods = ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "POST", "PATCH", "CONNECT", "QUERY"];
        Assert.Equal(methods[..6], methods.Where(method => Idempotency.IsIdempotent(new HttpMethod(method))));
    }
}
