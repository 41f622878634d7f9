using System.Net;
using MeshClient.Endpoints;
using MeshClient.Http;
using MeshClient.Resilience;
using MeshClient.Tests.Doubles;
using MeshClient.Transport.Security;

namespace MeshClient.Tests.Http;

public sealed class RetryTests : IDisposable
{
    private readonly MeshHarness _mesh = new();

    public RetryTests() => _mesh.Catalogs("a1", "a2", "a3");

    public void Dispose() => _mesh.Dispose();

    [Fact]
    public async Task A_failed_get_is_tried_on_endpoints_not_tried_before()
    {
        _mesh.Transports.Answers(_ => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable));
        var response = await _mesh.RunAsync(_mesh.GetAsync());
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(["a1", "a2", "a3"], _mesh.Transports.Sent.Select(s => s.InstanceId).Order());
    }

    [Fact]
    public async Task A_failed_get_succeeds_on_another_endpoint()
    {
        _mesh.Transports.Answers(e => new HttpResponseMessage(e.InstanceId == "a2" ? HttpStatusCode.OK : HttpStatusCode.BadGateway));
        for (var i = 0; i < 20; i++)
            Assert.Equal(HttpStatusCode.OK, (await _mesh.RunAsync(_mesh.GetAsync())).StatusCode);
    }

    [Theory]
    [InlineData(HttpStatusCode.InternalServerError)]
    [InlineData(HttpStatusCode.NotImplemented)]
    [InlineData(HttpStatusCode.NotFound)]
    [InlineData(HttpStatusCode.RequestTimeout)]
    public async Task An_answer_of_the_application_is_not_tried_again(HttpStatusCode status)
    {
        _mesh.Transports.Answers(_ => new HttpResponseMessage(status));
        Assert.Equal(status, (await _mesh.RunAsync(_mesh.GetAsync())).StatusCode);
        Assert.Single(_mesh.Transports.Sent);
    }

    [Fact]
    public async Task A_post_is_not_tried_again_once_it_has_left()
    {
        _mesh.Transports.Answers(_ => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable));
        var response = await _mesh.RunAsync(_mesh.Client.PostAsync("http://catalog/orders", new StringContent("x")));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Single(_mesh.Transports.Sent);
    }

    [Fact]
    public async Task A_post_that_never_left_is_tried_again()
    {
        _mesh.Transports.Answers(e => e.InstanceId == "a2"
            ? new HttpResponseMessage(HttpStatusCode.Created)
            : throw new HttpRequestException(HttpRequestError.ConnectionError, "refused"));
        for (var i = 0; i < 10; i++)
            Assert.Equal(HttpStatusCode.Created, (await _mesh.RunAsync(_mesh.Client.PostAsync("http://catalog/orders", new StringContent("x")))).StatusCode);
    }

    [Fact]
    public async Task The_transports_own_connect_timeout_counts_as_never_left()
    {
        _mesh.Transports.Answers(e => e.InstanceId == "a2"
            ? new HttpResponseMessage(HttpStatusCode.Created)
            : throw new TaskCanceledException("connect", new TimeoutException()));
        for (var i = 0; i < 5; i++)
            Assert.Equal(HttpStatusCode.Created, (await _mesh.RunAsync(_mesh.Client.PostAsync("http://catalog/orders", new StringContent("x")))).StatusCode);
    }

    [Fact]
    public async Task A_service_that_denies_this_process_is_told_as_one_and_no_endpoint_of_it_is_ejected()
    {
        var alert = new IOException("The decryption operation failed", new InvalidOperationException("tlsv13 alert bad certificate"));
        _mesh.Transports.Answers(e => throw new HttpRequestException("An error occurred while sending the request.", new PeerDeniedException(e.InstanceId, alert)));
        for (var i = 0; i < 20; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "http://catalog/x");
            var report = request.ReportMeshCall();
            var error = await Assert.ThrowsAsync<HttpRequestException>(() => _mesh.RunAsync(_mesh.Client.SendAsync(request)));
            Assert.Matches("^catalog: a. .* refused this process .3 attempts.: An error occurred while sending the request. denied by the peer: .*tlsv13 alert bad certificate", error.Message);
            Assert.Equal(CallEnd.Denied, report.End);
            Assert.Equal(["Denied", "Denied", "Denied"], report.Attempts.Select(a => a.Result));
        }
        Assert.All(_mesh.Catalog.Endpoints, e => Assert.Equal((EndpointStanding.Active, 0), (e.Standing, e.Runs.Errors)));
    }

    [Fact]
    public async Task One_endpoint_that_denies_this_process_is_made_good_by_another_whatever_the_method()
    {
        var alert = new IOException("The decryption operation failed", new InvalidOperationException("tlsv13 alert bad certificate"));
        _mesh.Transports.Answers(e => e.InstanceId == "a2"
            ? new HttpResponseMessage(HttpStatusCode.Created)
            : throw new HttpRequestException("An error occurred while sending the request.", new PeerDeniedException(e.InstanceId, alert)));
        for (var i = 0; i < 5; i++)
            Assert.Equal(HttpStatusCode.Created, (await _mesh.RunAsync(_mesh.Client.PostAsync("http://catalog/orders", new StringContent("x")))).StatusCode);
    }

    [Fact]
    public async Task A_denied_body_that_cannot_be_repeated_is_not_sent_elsewhere()
    {
        var alert = new IOException("The decryption operation failed", new InvalidOperationException("tlsv13 alert bad certificate"));
        _mesh.Transports.Answers(e => throw new HttpRequestException("An error occurred while sending the request.", new PeerDeniedException(e.InstanceId, alert)));
        await Assert.ThrowsAsync<HttpRequestException>(() => _mesh.RunAsync(_mesh.Client.PutAsync("http://catalog/x", new StreamContent(new OneShotStream()))));
        Assert.Single(_mesh.Transports.Sent);
    }

    [Fact]
    public async Task A_put_whose_body_cannot_be_repeated_keeps_the_answer_it_got()
    {
        _mesh.Transports.Answers(_ => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable));
        var response = await _mesh.RunAsync(_mesh.Client.PutAsync("http://catalog/x", new StreamContent(new OneShotStream())));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Single(_mesh.Transports.Sent);
    }

    [Fact]
    public async Task The_budget_ends_the_retries_of_an_outage()
    {
        using var mesh = new MeshHarness(o =>
        {
            o.Retry.BudgetPerSecond = 0;
            o.OutlierDetection.Enabled = false;
        });
        mesh.Catalogs("a1", "a2", "a3");
        mesh.Transports.Answers(_ => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable));
        for (var i = 0; i < 100; i++)
            await mesh.RunAsync(mesh.GetAsync());
        Assert.InRange(mesh.Transports.Sent.Count, 118, 120);
    }

    [Fact]
    public async Task Retry_after_is_waited_for()
    {
        var first = true;
        _mesh.Transports.Answers(_ =>
        {
            if (!first)
                return new HttpResponseMessage();
            first = false;
            var response = new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
            response.Headers.RetryAfter = new(TimeSpan.FromSeconds(3));
            return response;
        });
        var began = _mesh.Time.GetUtcNow();
        Assert.Equal(HttpStatusCode.OK, (await _mesh.RunAsync(_mesh.GetAsync())).StatusCode);
        Assert.InRange((_mesh.Time.GetUtcNow() - began).TotalSeconds, 3, 3.3);
    }

    [Fact]
    public async Task A_retry_after_beyond_the_deadline_gives_the_answer_at_once()
    {
        _mesh.Transports.Answers(_ =>
        {
            var response = new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
            response.Headers.RetryAfter = new(TimeSpan.FromSeconds(60));
            return response;
        });
        var began = _mesh.Time.GetUtcNow();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await _mesh.RunAsync(_mesh.GetAsync())).StatusCode);
        Assert.Equal(began, _mesh.Time.GetUtcNow());
        Assert.Single(_mesh.Transports.Sent);
    }

    [Fact]
    public async Task Do_not_retry_is_obeyed_and_passed_on()
    {
        _mesh.Transports.Answers(_ =>
        {
            var response = new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
            response.Headers.Add(MeshHeaders.DoNotRetry, "1");
            return response;
        });
        var inbound = new InboundCall(Deadline.Never);
        InboundCall.Current = inbound;
        await _mesh.RunAsync(_mesh.GetAsync());
        Assert.Single(_mesh.Transports.Sent);
        Assert.True(inbound.GaveUp);
    }

    [Fact]
    public async Task A_call_that_was_tried_as_often_as_it_may_be_is_noted_on_the_inbound_call()
    {
        _mesh.Transports.Answers(_ => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable));
        var inbound = new InboundCall(Deadline.Never);
        InboundCall.Current = inbound;
        await _mesh.RunAsync(_mesh.GetAsync());
        Assert.True(inbound.GaveUp);
    }

    [Fact]
    public async Task Each_attempt_keeps_the_version_policy_and_the_logical_url()
    {
        _mesh.Transports.Answers(_ => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable));
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://catalog/x")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        await _mesh.RunAsync(_mesh.Client.SendAsync(request));
        Assert.Equal(3, _mesh.Transports.Sent.Count);
        Assert.All(_mesh.Transports.Sent, sent =>
        {
            Assert.Equal(HttpVersionPolicy.RequestVersionExact, sent.Request.VersionPolicy);
            Assert.Equal("http://catalog/x", sent.Request.RequestUri!.ToString());
            Assert.Null(sent.Request.Headers.Host);
        });
    }

    [Fact]
    public async Task Cancelled_during_the_wait_it_ends_as_cancelled()
    {
        using var caller = new CancellationTokenSource();
        _mesh.Transports.Answers(_ =>
        {
            caller.Cancel();
            return new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _mesh.RunAsync(_mesh.GetAsync(cancellationToken: caller.Token)));
        Assert.Single(_mesh.Transports.Sent);
        Assert.All(_mesh.Catalog.State.Available, e => Assert.Equal(0, e.InFlight));
    }

    [Fact]
    public async Task A_connection_that_cannot_be_made_is_told_with_instance_and_attempts()
    {
        _mesh.Transports.Answers(_ => throw new HttpRequestException(HttpRequestError.ConnectionError, "Connection refused"));
        var error = await Assert.ThrowsAsync<HttpRequestException>(() => _mesh.RunAsync(_mesh.GetAsync()));
        Assert.Equal(HttpRequestError.ConnectionError, error.HttpRequestError);
        Assert.Matches(@"^catalog: no connection to a\d \(127\.0\.0\.1:\d+\) \(3 attempts\): Connection refused$", error.Message);
    }

    [Fact]
    public async Task The_synchronous_send_is_retried_as_well()
    {
        _mesh.Transports.Answers(e => new HttpResponseMessage(e.InstanceId == "a2" ? HttpStatusCode.OK : HttpStatusCode.BadGateway));
        var sent = Task.Run(() => _mesh.Client.Send(new HttpRequestMessage(HttpMethod.Get, "http://catalog/x")));
        Assert.Equal(HttpStatusCode.OK, (await _mesh.RunAsync(sent)).StatusCode);
    }

    [Fact]
    public async Task No_endpoint_has_a_call_in_flight_afterwards()
    {
        _mesh.Transports.Answers(_ => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable) { Content = new StringContent("busy") });
        (await _mesh.RunAsync(_mesh.GetAsync())).Dispose();
        Assert.All(_mesh.Catalog.State.Available, e => Assert.Equal(0, e.InFlight));
    }

    [Fact]
    public async Task An_answer_over_the_limit_of_this_process_is_not_asked_for_again_and_blames_nobody()
    {
        _mesh.Transports.Answers(_ => throw new HttpRequestException(HttpRequestError.ConfigurationLimitExceeded, "The HTTP response headers length exceeded the set limit."));
        var error = await Assert.ThrowsAsync<HttpRequestException>(() => _mesh.RunAsync(_mesh.GetAsync()));
        Assert.Equal(HttpRequestError.ConfigurationLimitExceeded, error.HttpRequestError);
        Assert.StartsWith("catalog: the headers or trailers of the answer of a", error.Message, StringComparison.Ordinal);
        Assert.Contains("SocketsHttpHandler.MaxResponseHeadersLength in ConfigureTransport", error.Message, StringComparison.Ordinal);
        Assert.Single(_mesh.Transports.Sent);
        Assert.All(_mesh.Catalog.State.Available, e => Assert.Equal((0, 0), (e.InFlight, e.Runs.Errors)));
    }

    [Fact]
    public void What_is_retryable_is_a_matter_of_the_instance()
    {
        Assert.True(FailureClassifier.IsRetryable(Outcome.Timeout));
        Assert.False(FailureClassifier.IsRetryable(Outcome.ServerError));
        Assert.False(FailureClassifier.IsRetryable(Outcome.Cancelled));
    }
}
