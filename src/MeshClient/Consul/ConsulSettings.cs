using MeshClient.Model;

namespace MeshClient.Consul;

/// <summary>The options with everything decided: what was left out is filled in from the environment and the defaults.</summary>
internal sealed record ConsulSettings
{
    public static Uri DefaultAddress { get; } = new("http://127.0.0.1:8500");

    public required Uri Address { get; init; }

    /// <summary>The socket behind <see cref="Address"/>; null = TCP.</summary>
    public string? UnixSocket { get; init; }

    /// <summary>The agent by its address, to tell it from others.</summary>
    public string Agent => UnixSocket ?? Address.AbsoluteUri;

    /// <summary>Whether what is said with the agent crosses a network, and anyone on the way can read it.</summary>
    public bool IsInPlainText => UnixSocket is null && Address.Scheme == Uri.UriSchemeHttp && !Address.IsLoopback;

    /// <summary>What tells this registry from others in a folder that several may keep their sets in. Holds no secret.</summary>
    public string Identity =>
        $"Consul at {(UnixSocket is null ? Address.GetLeftPart(UriPartial.Authority) : $"unix://{UnixSocket}")}{(Set(Options.Datacenter) is { } dc ? $" in {dc}" : "")}";

    public string? Token { get; init; }

    public string? TokenFile { get; init; }

    public string? CaFile { get; init; }

    public string? CertificateFile { get; init; }

    public string? KeyFile { get; init; }

    public string? ServerName { get; init; }

    /// <summary>The timings and limits, as they were given.</summary>
    public required ConsulOptions Options { get; init; }

    /// <summary>Decides the settings.</summary>
    /// <param name="options">What was configured; it wins over the environment.</param>
    /// <param name="environment">Reads a variable; null = not set.</param>
    /// <exception cref="InvalidOperationException">The options cannot be used; the message lists why.</exception>
    public static ConsulSettings Resolve(ConsulOptions options, Func<string, string?> environment)
    {
        var errors = Validate(options, environment);
        if (errors.Count > 0)
            throw new InvalidOperationException(string.Join(' ', errors));
        ConsulAddress.TryParse(AddressText(options, environment), UsesTls(environment), out var address, out _);
        var explicitToken = Set(options.Token) ?? Set(options.TokenFile);
        return new ConsulSettings
        {
            Address = address.Uri,
            UnixSocket = address.UnixSocket,
            Token = explicitToken is null ? Set(environment("CONSUL_HTTP_TOKEN")) : Set(options.Token),
            TokenFile = explicitToken is null ? Set(environment("CONSUL_HTTP_TOKEN_FILE")) : Set(options.TokenFile),
            CaFile = Set(options.Tls.CaFile) ?? Set(environment("CONSUL_CACERT")),
            CertificateFile = Set(options.Tls.CertificateFile) ?? Set(environment("CONSUL_CLIENT_CERT")),
            KeyFile = Set(options.Tls.KeyFile) ?? Set(environment("CONSUL_CLIENT_KEY")),
            ServerName = Set(options.Tls.ServerName) ?? Set(environment("CONSUL_TLS_SERVER_NAME")),
            Options = options,
        };
    }

    /// <summary>What is wrong with the options, one sentence each; empty = nothing.</summary>
    public static IReadOnlyList<string> Validate(ConsulOptions options, Func<string, string?> environment)
    {
        var errors = new List<string>();
        if (!ConsulAddress.TryParse(AddressText(options, environment), UsesTls(environment), out _, out var error))
            errors.Add($"{(Set(options.Address) is null ? "CONSUL_HTTP_ADDR" : "Mesh:Consul:Address")}: {error}");
        if (Set(options.Tls.CertificateFile) is null != Set(options.Tls.KeyFile) is null)
            errors.Add("Mesh:Consul:Tls: Expected CertificateFile and KeyFile together, found one of them: set the other one too.");
        if (Set(options.Datacenter) is { } datacenter && !ServiceName.IsValid(datacenter))
            errors.Add($"Mesh:Consul:Datacenter: Expected 1 to 255 characters with no white space and no '/', found \"{datacenter}\".");
        if ((Set(options.Tls.ServerName) ?? Set(environment("CONSUL_TLS_SERVER_NAME"))) is { } name && Uri.CheckHostName(name) == UriHostNameType.Unknown)
            errors.Add($"{(Set(options.Tls.ServerName) is null ? "CONSUL_TLS_SERVER_NAME" : "Mesh:Consul:Tls:ServerName")}: Expected a host name such as \"server.dc1.consul\", found \"{name}\": leave out schemes and ports.");
        Within("WaitTime", options.WaitTime, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(60));
        Within("ConnectTimeout", options.ConnectTimeout, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1));
        Within("PollInterval", options.PollInterval, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10));
        Within("StaleAfter", options.StaleAfter, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        Within("RestartGrace", options.RestartGrace, TimeSpan.Zero, TimeSpan.FromHours(1));
        if (options.MaxWatches is < 1 or > 10_000)
            errors.Add($"Mesh:Consul:MaxWatches: Expected 1 to 10000, found {options.MaxWatches}.");
        return errors;

        void Within(string name, TimeSpan value, TimeSpan least, TimeSpan most)
        {
            if (value < least || value > most)
                errors.Add($"Mesh:Consul:{name}: Expected {least:c} to {most:c}, found {value:c}.");
        }
    }

    private static string AddressText(ConsulOptions options, Func<string, string?> environment) =>
        Set(options.Address) ?? Set(environment("CONSUL_HTTP_ADDR")) ?? DefaultAddress.OriginalString;

    private static bool UsesTls(Func<string, string?> environment) =>
        environment("CONSUL_HTTP_SSL") is { } ssl && (ssl == "1" || ssl.Equals("true", StringComparison.OrdinalIgnoreCase));

    private static string? Set(string? value) => string.IsNullOrWhiteSpace(value) ? null : value.Trim();
}
