using MeshClient.Consul;

namespace MeshClient.Tests.Consul;

public sealed class ConsulSettingsTests
{
    [Fact]
    public void Without_any_setting_the_local_agent_is_asked()
    {
        var settings = ConsulSettings.Resolve(new ConsulOptions(), _ => null);
        Assert.Equal(new Uri("http://127.0.0.1:8500"), settings.Address);
        Assert.Null(settings.Token);
    }

    [Fact]
    public void The_environment_wins_over_the_defaults_and_options_over_the_environment()
    {
        var environment = Environment(("CONSUL_HTTP_ADDR", "10.0.0.1:9500"), ("CONSUL_HTTP_TOKEN", "env"), ("CONSUL_CACERT", "/ca.pem"));
        var settings = ConsulSettings.Resolve(new ConsulOptions(), environment);
        Assert.Equal((new Uri("http://10.0.0.1:9500"), "env", "/ca.pem"), (settings.Address, settings.Token, settings.CaFile));

        settings = ConsulSettings.Resolve(new ConsulOptions { Address = "https://consul:8501", Token = "mine" }, environment);
        Assert.Equal((new Uri("https://consul:8501"), "mine"), (settings.Address, settings.Token));
    }

    [Theory]
    [InlineData("http://consul", null, "Consul at http://consul:8500")]
    [InlineData("https://consul:8501", "dc2", "Consul at https://consul:8501 in dc2")]
    [InlineData("unix:///run/consul.sock", null, "Consul at unix:///run/consul.sock")]
    public void A_registry_is_told_apart_by_where_it_is_and_never_by_a_secret(string address, string? datacenter, string identity) =>
        Assert.Equal(identity, ConsulSettings.Resolve(new ConsulOptions { Address = address, Datacenter = datacenter, Token = "secret" }, _ => null).Identity);

    [Theory]
    [InlineData("http://10.0.0.1:8500", true)]
    [InlineData("http://consul:8500", true)]
    [InlineData("https://10.0.0.1:8501", false)]
    [InlineData("http://127.0.0.1:8500", false)]
    [InlineData("http://[::1]:8500", false)]
    [InlineData("localhost:8500", false)]
    [InlineData("unix:///run/consul.sock", false)]
    public void What_crosses_a_network_in_plain_text_is_told(string address, bool expected) =>
        Assert.Equal(expected, ConsulSettings.Resolve(new ConsulOptions { Address = address }, _ => null).IsInPlainText);

    [Fact]
    public void A_configured_token_is_not_overridden_by_a_token_file_of_the_environment()
    {
        var environment = Environment(("CONSUL_HTTP_TOKEN_FILE", "/env/token"));
        Assert.Equal("/env/token", ConsulSettings.Resolve(new ConsulOptions(), environment).TokenFile);
        Assert.Null(ConsulSettings.Resolve(new ConsulOptions { Token = "mine" }, environment).TokenFile);
    }

    [Theory]
    [InlineData("localhost:8500", null, "http://localhost:8500/")]
    [InlineData("localhost:8500", "true", "https://localhost:8500/")]
    [InlineData("http://localhost:8500", "true", "http://localhost:8500/")]
    [InlineData("http://consul", null, "http://consul:8500/")]
    [InlineData("https://consul", null, "https://consul:8501/")]
    [InlineData("http://consul:80", null, "http://consul/")]
    [InlineData("https://[::1]:8501/", null, "https://[::1]:8501/")]
    public void Addresses_are_read_as_by_Consuls_own_tools(string address, string? ssl, string expected) =>
        Assert.Equal(expected, ConsulSettings.Resolve(new ConsulOptions { Address = address }, Environment(("CONSUL_HTTP_SSL", ssl))).Address.AbsoluteUri);

    [Fact]
    public void A_unix_socket_is_an_address()
    {
        var settings = ConsulSettings.Resolve(new ConsulOptions { Address = "unix:///run/consul.sock" }, _ => null);
        Assert.Equal("/run/consul.sock", settings.UnixSocket);
    }

    [Theory]
    [InlineData("ftp://consul:21")]
    [InlineData("http://consul:8500/v1")]
    [InlineData("unix://run/consul.sock")]
    [InlineData("http://")]
    public void Unusable_addresses_are_refused_with_what_was_found(string address)
    {
        var error = Assert.Throws<InvalidOperationException>(() => ConsulSettings.Resolve(new ConsulOptions { Address = address }, _ => null));
        Assert.StartsWith("Mesh:Consul:Address: Expected", error.Message, StringComparison.Ordinal);
        Assert.Contains(address, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("server.dc1.consul", null, null)]
    [InlineData("a b", null, "Mesh:Consul:Tls:ServerName: Expected a host name")]
    [InlineData("https://consul", null, "Mesh:Consul:Tls:ServerName: Expected a host name")]
    [InlineData(null, "consul:8501", "CONSUL_TLS_SERVER_NAME: Expected a host name")]
    public void A_server_name_is_a_host_name(string? configured, string? environment, string? expected)
    {
        var options = new ConsulOptions { Tls = new ConsulTlsOptions { ServerName = configured } };
        var errors = ConsulSettings.Validate(options, Environment(("CONSUL_TLS_SERVER_NAME", environment)));
        if (expected is null)
            Assert.Empty(errors);
        else
            Assert.StartsWith(expected, Assert.Single(errors), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_limit_is_checked()
    {
        var options = new ConsulOptions
        {
            WaitTime = TimeSpan.FromSeconds(9),
            ConnectTimeout = TimeSpan.Zero,
            PollInterval = TimeSpan.Zero,
            StaleAfter = TimeSpan.Zero,
            RestartGrace = TimeSpan.FromSeconds(-1),
            MaxWatches = 0,
            Tls = new ConsulTlsOptions { CertificateFile = "a.pem" },
        };
        Assert.Equal(7, ConsulSettings.Validate(options, _ => null).Count);
    }

    private static Func<string, string?> Environment(params (string Name, string? Value)[] variables) =>
        name => variables.FirstOrDefault(variable => variable.Name == name).Value;
}
