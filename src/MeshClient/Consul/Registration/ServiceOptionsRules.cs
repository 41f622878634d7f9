using MeshClient.Model;

namespace MeshClient.Consul.Registration;

/// <summary>What is wrong with the options of a registration, one sentence each.</summary>
internal static class ServiceOptionsRules
{
    public static IReadOnlyList<string> Validate(ServiceOptions options)
    {
        var errors = new List<string>();
        if (!string.IsNullOrEmpty(options.Name) && !ServiceName.IsValid(options.Name))
            errors.Add($"Mesh:Service:Name: Expected 1 to 255 characters with no white space and no '/', found \"{options.Name}\".");
        if (options.Port is < 1 or > 65535)
            errors.Add($"Mesh:Service:Port: Expected 1 to 65535, found {options.Port}: leave it out for a service that takes no calls.");
        if (options.Address is { Length: > 0 } address && Uri.CheckHostName(address) == UriHostNameType.Unknown)
            errors.Add($"Mesh:Service:Address: Expected an IP address or a host name, found \"{address}\": the port goes into Mesh:Service:Port.");
        else if (options.Address is "0.0.0.0" or "::" or "[::]")
            errors.Add($"Mesh:Service:Address: Expected an address that callers can connect to, found \"{options.Address}\".");
        if (options.Scheme is not (null or "http" or "https"))
            errors.Add($"Mesh:Service:Scheme: Expected \"http\" or \"https\", found \"{options.Scheme}\".");
        if (options.Weights.Passing is < 1 or > 65535)
            errors.Add($"Mesh:Service:Weights:Passing: Expected 1 to 65535, found {options.Weights.Passing}.");
        if (options.Weights.Warning is < 0 or > 65535)
            errors.Add($"Mesh:Service:Weights:Warning: Expected 0 to 65535, found {options.Weights.Warning}.");
        Within("DeregisterCriticalServiceAfter", options.DeregisterCriticalServiceAfter, TimeSpan.FromMinutes(1), TimeSpan.FromDays(7));
        Within("Drain", options.Drain, TimeSpan.Zero, TimeSpan.FromMinutes(10));
        Within("Check:Interval", options.Check.Interval, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        Within("Check:Timeout", options.Check.Timeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5));
        Within("Check:Ttl", options.Check.Ttl, TimeSpan.FromSeconds(3), TimeSpan.FromHours(1));
        if (!Enum.IsDefined(options.Check.Type))
            errors.Add($"Mesh:Service:Check:Type: Expected one of {string.Join(", ", Enum.GetNames<ServiceCheckType>())}, found {options.Check.Type}.");
        if (options.Check.Port is < 1 or > 65535)
            errors.Add($"Mesh:Service:Check:Port: Expected 1 to 65535, found {options.Check.Port}.");
        if (options.Check is { Type: ServiceCheckType.Http, Path: { } path } && !path.StartsWith('/'))
            errors.Add($"Mesh:Service:Check:Path: Expected a path that begins with '/', found \"{path}\".");
        return errors;

        void Within(string name, TimeSpan value, TimeSpan least, TimeSpan most)
        {
            if (value < least || value > most)
                errors.Add($"Mesh:Service:{name}: Expected {least:c} to {most:c}, found {value:c}.");
        }
    }
}
