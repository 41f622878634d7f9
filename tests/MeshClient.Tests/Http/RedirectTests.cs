using System.Net;
using System.Net.Http.Headers;
using MeshClient.Http;
using MeshClient.Identity;
using MeshClient.Tests.Doubles;

namespace MeshClient.Tests.Http;

public sealed class RedirectTests : IDisposable
{
    private readonly MeshHarness _mesh = new();

    public RedirectTests()
    {
        _mesh.Catalogs("a1");
        _mesh.Watches.Say("orders", MeshHarness.Endpoint("o1"));
    }

    public void Dispose() => _mesh.Dispose();

    [Fact]
    public async Task A_redirect_to_another_service_of_the_mesh_goes_to_that_service()
    {
        Redirects(HttpStatusCode.Found, "http://orders.mesh/7");
        await _mesh.RunAsync(_mesh.GetAsync());
        Assert.Equal(["a1", "o1"], _mesh.Transports.Sent.Select(s => s.InstanceId));
        Assert.Empty(_mesh.Primary.Requests);
    }

    [Fact]
    public async Task A_redirect_out_of_the_mesh_goes_to_the_clients_own_handler_without_the_meshs_headers_and_credentials()
    {
        Redirects(HttpStatusCode.Found, "https://elsewhere.example/x");
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://catalog/x");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "secret");
        var response = await _mesh.RunAsync(_mesh.Client.SendAsync(request));
        Assert.Equal("primary", await response.Content.ReadAsStringAsync());
        var sent = Assert.Single(_mesh.Primary.Requests);
        Assert.Equal("https://elsewhere.example/x", sent.RequestUri!.ToString());
        Assert.Null(sent.Headers.Authorization);
        Assert.False(sent.Headers.Contains(MeshHeaders.Timeout));
        Assert.Single(_mesh.Transports.Sent);
    }

    [Theory]
    [InlineData("http://orders.mesh/7", "application/grpc-web", false)]
    [InlineData("https://elsewhere.example/x", "application/grpc-web", false)]
    [InlineData("http://catalog/other", "application/grpc-web", true)]
    [InlineData("http://orders.mesh/7", "text/plain", true)]
    public async Task Credentials_of_gRPC_Web_do_not_go_to_another_service(string to, string type, bool goAlong)
    {
        using var mesh = new MeshHarness(o =>
        {
            o.Grpc.CredentialHeaders = ["X-Api-Key"];
            o.Grpc.AllowPlainTextCredentials = true;
        });
        mesh.Catalogs("a1");
        mesh.Watches.Say("orders", MeshHarness.Endpoint("o1"));
        mesh.Transports.Answer = (_, sent, _) =>
        {
            Assert.True(sent.RequestUri!.AbsolutePath != "/first" || sent.Headers.Contains("x-api-key"));
            var response = new HttpResponseMessage(sent.RequestUri.AbsolutePath == "/first" ? HttpStatusCode.TemporaryRedirect : HttpStatusCode.OK);
            response.Headers.Location = new Uri(to);
            return Task.FromResult(response);
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://catalog/first") { Content = new ByteArrayContent([]) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        request.Headers.Add("x-api-key", "secret");

        var response = await mesh.RunAsync(mesh.Client.SendAsync(request));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(new Uri(to), request.RequestUri);
        Assert.Equal(goAlong, request.Headers.Contains("x-api-key"));
    }

    [Fact]
    public async Task The_time_of_the_call_bounds_what_a_redirect_out_of_the_mesh_takes()
    {
        using var mesh = new MeshHarness(o => o.Timeout = TimeSpan.FromSeconds(2));
        mesh.Catalogs("a1");
        mesh.Transports.Answers(_ =>
        {
            var response = new HttpResponseMessage(HttpStatusCode.Found);
            response.Headers.Location = new Uri("https://elsewhere.example/x");
            return response;
        });
        using var client = mesh.CreateClient(new Hanging());
        var began = mesh.Time.GetUtcNow();
        var error = await Assert.ThrowsAsync<MeshTimeoutException>(() => mesh.RunAsync(client.GetAsync("http://catalog/x")));
        Assert.Equal(TimeSpan.FromSeconds(2), mesh.Time.GetUtcNow() - began);
        Assert.Contains("elsewhere.example", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wish_was_meant_for_the_first_service_and_the_report_tells_all_hops()
    {
        Redirects(HttpStatusCode.Found, "http://orders.mesh/7");
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://catalog/x");
        request.SetMeshEndpoint("a1", isRequired: true);
        var report = request.ReportMeshCall();
        Assert.Equal(HttpStatusCode.OK, (await _mesh.RunAsync(_mesh.Client.SendAsync(request))).StatusCode);
        Assert.Equal(["a1", "o1"], report.Attempts.Select(a => a.Endpoint.InstanceId));
    }

    [Theory]
    [InlineData("//[")]
    [InlineData("ftp:/a")]
    public async Task A_redirect_to_what_is_no_url_is_the_answer(string location)
    {
        _mesh.Transports.Answers(_ =>
        {
            var response = new HttpResponseMessage(HttpStatusCode.Found);
            response.Headers.TryAddWithoutValidation("Location", location);
            return response;
        });
        Assert.Equal(HttpStatusCode.Found, (await _mesh.RunAsync(_mesh.GetAsync())).StatusCode);
    }

    [Theory]
    [InlineData("/b?c", "http://catalog/b?c#part")]
    [InlineData("/b#other", "http://catalog/b#other")]
    [InlineData("http://a:b:c@catalog/b?c", "http://a:b:c@catalog/b?c#part")]
    [InlineData("//:0user@catalog/b", "http://:0user@catalog/b#part")]
    public void The_fragment_goes_along_unless_the_answer_names_one(string location, string expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://catalog/a?x#part");
        using var response = new HttpResponseMessage(HttpStatusCode.Found);
        response.Headers.TryAddWithoutValidation("Location", location);
        Assert.Equal(expected, MeshClient.Http.Redirects.Target(request, response)?.OriginalString);
    }

    [Fact]
    public async Task A_relative_redirect_stays_with_the_service()
    {
        var first = true;
        _mesh.Transports.Answers(_ =>
        {
            var response = new HttpResponseMessage(first ? HttpStatusCode.SeeOther : HttpStatusCode.OK);
            if (first)
                response.Headers.Location = new Uri("/other?x=1", UriKind.Relative);
            first = false;
            return response;
        });
        var response = await _mesh.RunAsync(_mesh.Client.PostAsync("http://catalog/items", new StringContent("x")));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("http://catalog/other?x=1", response.RequestMessage!.RequestUri!.ToString());
        Assert.Equal(HttpMethod.Get, response.RequestMessage.Method);
        Assert.Null(response.RequestMessage.Content);
    }

    [Fact]
    public async Task A_307_sends_method_and_body_again()
    {
        Redirects(HttpStatusCode.TemporaryRedirect, "http://orders.mesh/7");
        var response = await _mesh.RunAsync(_mesh.Client.PostAsync("http://catalog/items", new StringContent("x")));
        Assert.Equal(HttpMethod.Post, response.RequestMessage!.Method);
        Assert.NotNull(response.RequestMessage.Content);
    }

    [Fact]
    public async Task A_307_of_a_body_that_cannot_be_repeated_is_given_to_the_caller()
    {
        Redirects(HttpStatusCode.TemporaryRedirect, "http://orders.mesh/7");
        var response = await _mesh.RunAsync(_mesh.Client.PostAsync("http://catalog/items", new StreamContent(new OneShotStream())));
        Assert.Equal(HttpStatusCode.TemporaryRedirect, response.StatusCode);
    }

    [Theory]
    [InlineData("https://catalog/x", "http://orders.mesh/7")]
    [InlineData("http://catalog/x", "ftp://orders.mesh/7")]
    public async Task A_redirect_from_https_to_http_or_to_another_scheme_is_given_to_the_caller(string from, string to)
    {
        Redirects(HttpStatusCode.Found, to);
        Assert.Equal(HttpStatusCode.Found, (await _mesh.RunAsync(_mesh.GetAsync(from))).StatusCode);
    }

    [Theory]
    [InlineData(SecurityMode.Strict, "http://elsewhere.example/x", HttpStatusCode.TemporaryRedirect)]
    [InlineData(SecurityMode.Strict, "https://elsewhere.example/x", HttpStatusCode.OK)]
    [InlineData(SecurityMode.Strict, "http://orders.mesh/7", HttpStatusCode.OK)]
    [InlineData(SecurityMode.Permissive, "http://elsewhere.example/x", HttpStatusCode.TemporaryRedirect)]
    [InlineData(SecurityMode.Off, "http://elsewhere.example/x", HttpStatusCode.OK)]
    public async Task A_redirect_does_not_lead_out_of_mutual_tls_into_plain_text(SecurityMode mode, string to, HttpStatusCode expected)
    {
        using var mesh = new MeshHarness(security: new MeshSecurity(mode, DryRun: false, Identity: null));
        mesh.Watches.Say("catalog", MeshHarness.Endpoint("a1") with { TakesMutualTls = true });
        mesh.Watches.Say("orders", MeshHarness.Endpoint("o1"));
        Redirects(mesh, HttpStatusCode.TemporaryRedirect, to);
        Assert.Equal(expected, (await mesh.RunAsync(mesh.Client.PostAsync("http://catalog/x", new StringContent("secret")))).StatusCode);
    }

    [Fact]
    public async Task A_redirect_does_not_lead_out_of_mutual_tls_by_way_of_a_plain_instance()
    {
        using var mesh = new MeshHarness(security: new MeshSecurity(SecurityMode.Permissive, DryRun: false, Identity: null));
        mesh.Watches.Say("catalog", MeshHarness.Endpoint("a1") with { TakesMutualTls = true });
        mesh.Watches.Say("orders", MeshHarness.Endpoint("o1"));
        mesh.Transports.Answers(e =>
        {
            var response = new HttpResponseMessage(HttpStatusCode.Found);
            response.Headers.Location = new Uri(e.InstanceId == "a1" ? "http://orders.mesh/7" : "http://elsewhere.example/x");
            return response;
        });
        Assert.Equal(HttpStatusCode.Found, (await mesh.RunAsync(mesh.GetAsync())).StatusCode);
        Assert.Equal(["a1", "o1"], mesh.Transports.Sent.Select(s => s.InstanceId));
        Assert.Empty(mesh.Primary.Requests);
    }

    [Fact]
    public async Task A_circle_of_redirects_ends()
    {
        _mesh.Transports.Answers(_ =>
        {
            var response = new HttpResponseMessage(HttpStatusCode.Found);
            response.Headers.Location = new Uri("http://catalog/again");
            return response;
        });
        Assert.Equal(HttpStatusCode.Found, (await _mesh.RunAsync(_mesh.GetAsync())).StatusCode);
        Assert.Equal(MeshClient.Http.Redirects.Limit + 1, _mesh.Transports.Sent.Count);
    }

    [Fact]
    public async Task A_chain_of_redirects_has_one_time_limit()
    {
        _mesh.Transports.Answer = async (_, _, token) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(4), _mesh.Time, token);
            var response = new HttpResponseMessage(HttpStatusCode.Found);
            response.Headers.Location = new Uri("http://catalog/again");
            return response;
        };
        var began = _mesh.Time.GetUtcNow();
        await Assert.ThrowsAsync<MeshTimeoutException>(() => _mesh.RunAsync(_mesh.GetAsync()));
        Assert.InRange((_mesh.Time.GetUtcNow() - began).TotalSeconds, 12, 15);
    }

    [Fact]
    public async Task A_client_that_follows_no_redirects_follows_none_in_the_mesh()
    {
        Redirects(HttpStatusCode.Found, "http://orders.mesh/7");
        using var client = _mesh.CreateClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        Assert.Equal(HttpStatusCode.Found, (await _mesh.RunAsync(client.GetAsync("http://catalog/x"))).StatusCode);
    }

    private void Redirects(HttpStatusCode status, string to) => Redirects(_mesh, status, to);

    private static void Redirects(MeshHarness mesh, HttpStatusCode status, string to) => mesh.Transports.Answers(e =>
    {
        if (e.InstanceId != "a1")
            return new HttpResponseMessage();
        var response = new HttpResponseMessage(status);
        response.Headers.Location = new Uri(to);
        return response;
    });

    private sealed class Hanging : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return new HttpResponseMessage();
        }
    }
}
