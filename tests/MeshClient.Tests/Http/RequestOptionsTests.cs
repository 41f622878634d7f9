using System.Net;
using MeshClient.Balancing;
using MeshClient.Endpoints;
using MeshClient.Http;
using MeshClient.Tests.Doubles;

namespace MeshClient.Tests.Http;

public sealed class RequestOptionsTests : IDisposable
{
    private readonly MeshHarness _mesh = new();

    public RequestOptionsTests() => _mesh.Catalogs("a1", "a2", "a3");

    public void Dispose() => _mesh.Dispose();

    [Fact]
    public async Task A_request_has_its_own_timeout()
    {
        _mesh.Transports.Answer = Hang;
        var began = _mesh.Time.GetUtcNow();
        var error = await Assert.ThrowsAsync<MeshTimeoutException>(() => SendAsync(Get().SetMeshTimeout(TimeSpan.FromSeconds(1)).DisableMeshRetry()));
        Assert.Equal(TimeSpan.FromSeconds(1), _mesh.Time.GetUtcNow() - began);
        Assert.Equal(TimeSpan.FromSeconds(1), error.Timeout);
        Assert.Equal("1000m", _mesh.Transports.Sent[0].Request.Headers.GetValues(MeshHeaders.Timeout).Single());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(86_401)]
    public void A_timeout_out_of_range_is_refused_at_once(int seconds)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => Get().SetMeshTimeout(TimeSpan.FromSeconds(seconds)));
        Assert.Contains("over zero and at most one day", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MaxValue)]
    public async Task A_timeout_set_by_its_key_is_checked_too(long ticks)
    {
        var request = Get();
        request.Options.Set(MeshRequestOptions.Timeout, new TimeSpan(ticks));
        var error = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => SendAsync(request));
        Assert.Contains("over zero and at most one day", error.Message, StringComparison.Ordinal);
        Assert.Empty(_mesh.Transports.Sent);
    }

    [Fact]
    public void A_wish_for_one_of_many_endpoints_writes_no_addresses_down()
    {
        using var mesh = new MeshHarness();
        mesh.Watches.Say("catalog", [.. Enumerable.Range(0, 2_000).Select(i => new MeshClient.Model.Endpoint { InstanceId = $"i{i}", Host = "10.0.0.1", Port = i + 1 })]);
        var state = mesh.Catalog.State;
        Assert.Equal("i1999", state.Find("10.0.0.1:2000")!.Endpoint.InstanceId);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.NotNull(state.Find("10.0.0.1:2000"));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 512);
        Assert.Null(state.Find("10.0.0.1"));
        Assert.Null(state.Find("10.0.0.1:x"));
    }

    [Fact]
    public async Task A_request_without_retries_is_sent_once()
    {
        _mesh.Transports.Answers(_ => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable));
        var response = await SendAsync(Get().DisableMeshRetry());
        Assert.Single(_mesh.Transports.Sent);
        Assert.Equal(CallEnd.RetriesOff, response.GetMeshCall()!.End);
    }

    [Fact]
    public async Task A_post_that_is_idempotent_is_retried()
    {
        _mesh.Transports.Answers(e => new HttpResponseMessage(_mesh.Transports.Sent.Count == 1 ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK));
        using var post = new HttpRequestMessage(HttpMethod.Post, "http://catalog/x") { Content = new StringContent("x") };
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(post.SetMeshIdempotent())).StatusCode);
        Assert.Equal(2, _mesh.Transports.Sent.Count);
    }

    [Fact]
    public async Task An_idempotent_post_whose_body_cannot_be_repeated_keeps_its_answer()
    {
        _mesh.Transports.Answers(_ => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable));
        using var post = new HttpRequestMessage(HttpMethod.Post, "http://catalog/x") { Content = new StreamContent(new OneShotStream()) };
        var response = await SendAsync(post.SetMeshIdempotent());
        Assert.Equal((HttpStatusCode.ServiceUnavailable, CallEnd.NotRepeatable), (response.StatusCode, response.GetMeshCall()!.End));
        Assert.Single(_mesh.Transports.Sent);
    }

    [Fact]
    public async Task A_get_that_is_not_idempotent_is_sent_once()
    {
        _mesh.Transports.Answers(_ => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable));
        await SendAsync(Get().SetMeshIdempotent(false));
        Assert.Single(_mesh.Transports.Sent);
    }

    [Theory]
    [InlineData("a2")]
    [InlineData("127.0.0.1:5050")]
    public async Task A_wished_endpoint_gets_the_first_attempt_and_others_the_retries(string wish)
    {
        _mesh.Transports.Answers(e => new HttpResponseMessage(e.InstanceId == "a2" ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK));
        for (var i = 0; i < 4; i++)
        {
            _mesh.Transports.Sent.Clear();
            Assert.Equal(HttpStatusCode.OK, (await SendAsync(Get().SetMeshEndpoint(wish))).StatusCode);
            Assert.Equal("a2", _mesh.Transports.Sent[0].InstanceId);
            Assert.NotEqual("a2", _mesh.Transports.Sent[1].InstanceId);
        }
    }

    [Fact]
    public async Task A_wished_endpoint_that_is_gone_is_replaced_unless_it_is_required()
    {
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(Get().SetMeshEndpoint("gone"))).StatusCode);
        var error = await Assert.ThrowsAsync<MeshUnavailableException>(() => SendAsync(Get().SetMeshEndpoint("gone", isRequired: true)));
        Assert.Equal(UnavailableReason.WishedEndpointUnavailable, error.Reason);
        Assert.Contains("\"gone\"", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_required_endpoint_is_the_only_one_tried()
    {
        _mesh.Transports.Answers(_ => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable));
        await SendAsync(Get().SetMeshEndpoint("a3", isRequired: true));
        Assert.All(_mesh.Transports.Sent, sent => Assert.Equal("a3", sent.InstanceId));
    }

    [Fact]
    public async Task The_hash_key_reaches_the_picker()
    {
        var picker = new KeyPicker();
        using var mesh = new MeshHarness(picker: context => picker.With(context));
        mesh.Catalogs("a1");
        await mesh.RunAsync(mesh.Client.SendAsync(Get().SetMeshHashKey("user-7")));
        await mesh.RunAsync(mesh.Client.SendAsync(Get()));
        Assert.Equal(["user-7", null], picker.Keys);
    }

    [Fact]
    public async Task An_answer_tells_where_it_came_from()
    {
        var response = await SendAsync(Get());
        var call = response.GetMeshCall()!;
        Assert.Equal(("catalog", CallEnd.Answered), (call.Service, call.End));
        Assert.Equal(_mesh.Transports.Sent[0].InstanceId, call.Endpoint!.InstanceId);
        var attempt = Assert.Single(call.Attempts);
        Assert.Equal((200, "Success", false), (attempt.StatusCode, attempt.Result, attempt.IsHedge));
        Assert.Matches(@"^catalog: Answered by a\d \(127\.0\.0\.1:\d+\); a\d \(127\.0\.0\.1:\d+\): 200 Success after 0 ms$", call.ToString());
    }

    [Fact]
    public async Task An_answer_tells_the_attempts_before_it()
    {
        _mesh.Transports.Answers(_ => _mesh.Transports.Sent.Count == 1
            ? throw new HttpRequestException(HttpRequestError.ConnectionError, "refused")
            : new HttpResponseMessage(_mesh.Transports.Sent.Count == 2 ? HttpStatusCode.BadGateway : HttpStatusCode.OK));
        var call = (await SendAsync(Get())).GetMeshCall()!;
        Assert.Equal(["ConnectFailure", "GatewayFailure", "Success"], call.Attempts.Select(a => a.Result));
        Assert.Equal([null, 502, 200], call.Attempts.Select(a => a.StatusCode));
        Assert.Equal(_mesh.Transports.Sent.Select(s => s.InstanceId), call.Attempts.Select(a => a.Endpoint.InstanceId));
    }

    [Fact]
    public async Task An_answer_from_outside_the_mesh_has_no_report() =>
        Assert.Null((await _mesh.RunAsync(_mesh.GetAsync("http://example.test/"))).GetMeshCall());

    [Theory]
    [InlineData(HttpStatusCode.ServiceUnavailable, CallEnd.AttemptsExhausted)]
    [InlineData(HttpStatusCode.InternalServerError, CallEnd.Answered)]
    public async Task A_report_tells_why_the_call_ended(HttpStatusCode status, CallEnd end)
    {
        _mesh.Transports.Answers(_ => new HttpResponseMessage(status));
        var request = Get();
        var report = request.ReportMeshCall();
        await SendAsync(request);
        Assert.Equal(end, report.End);
    }

    [Fact]
    public async Task A_report_tells_of_calls_that_throw()
    {
        _mesh.Transports.Answers(_ => throw new HttpRequestException(HttpRequestError.ConnectionError, "refused"));
        var request = Get();
        var report = request.ReportMeshCall();
        await Assert.ThrowsAsync<HttpRequestException>(() => SendAsync(request));
        Assert.Equal((CallEnd.AttemptsExhausted, 3), (report.End, report.Attempts.Count));

        _mesh.Catalogs();
        request = Get();
        report = request.ReportMeshCall();
        await Assert.ThrowsAsync<MeshUnavailableException>(() => SendAsync(request));
        Assert.Equal((CallEnd.NoEndpoint, 0), (report.End, report.Attempts.Count));
        Assert.Null(report.Endpoint);
    }

    [Fact]
    public async Task A_report_tells_that_the_caller_gave_up()
    {
        _mesh.Transports.Answer = Hang;
        using var caller = new CancellationTokenSource();
        var request = Get();
        var report = request.ReportMeshCall();
        var sending = _mesh.Client.SendAsync(request, caller.Token);
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        Assert.Equal(CallEnd.Cancelled, report.End);
    }

    [Fact]
    public async Task The_budget_that_ended_a_call_is_named()
    {
        using var mesh = new MeshHarness(o =>
        {
            o.Retry.BudgetRatio = 0;
            o.Retry.BudgetPerSecond = 0;
        });
        mesh.Catalogs("a1", "a2");
        mesh.Transports.Answers(_ => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable));
        Assert.Equal(CallEnd.BudgetExhausted, (await mesh.RunAsync(mesh.GetAsync())).GetMeshCall()!.End);
    }

    private static HttpRequestMessage Get() => new(HttpMethod.Get, "http://catalog/items");

    private Task<HttpResponseMessage> SendAsync(HttpRequestMessage request) => _mesh.RunAsync(_mesh.Client.SendAsync(request));

    private static async Task<HttpResponseMessage> Hang(MeshClient.Model.Endpoint endpoint, HttpRequestMessage request, CancellationToken token)
    {
        await Task.Delay(Timeout.Infinite, token);
        return new HttpResponseMessage();
    }

    private sealed class KeyPicker : IPicker
    {
        private PickerContext? _context;

        public List<string?> Keys { get; } = [];

        public KeyPicker With(PickerContext context)
        {
            _context = context;
            return this;
        }

        public EndpointState? Pick(in PickContext context)
        {
            Keys.Add(context.HashKey);
            return _context!.Endpoints[0];
        }
    }
}
