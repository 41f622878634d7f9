namespace MeshClient.Model;

/// <summary>The name of a service in the registry, and the datacenter it is asked for in.</summary>
public sealed record ServiceName
{
    /// <summary>Names a service.</summary>
    /// <param name="name">The registry's name, compared by case. Not empty, at most 255 characters, no white space, control characters or '/'.</param>
    /// <param name="datacenter">The datacenter to look in; null = the registry agent's own.</param>
    /// <exception cref="ArgumentException">The name or the datacenter is not of that form.</exception>
    public ServiceName(string name, string? datacenter = null)
    {
        Name = Checked(name, nameof(name));
        Datacenter = datacenter is null ? null : Checked(datacenter, nameof(datacenter));
    }

    /// <summary>The registry's name of the service.</summary>
    public string Name { get; }

    /// <summary>The datacenter to look in; null = the registry agent's own.</summary>
    public string? Datacenter { get; }

    /// <inheritdoc/>
    public override string ToString() => Datacenter is null ? Name : $"{Name}@{Datacenter}";

    /// <summary>Whether a text can be the name of a service or of a datacenter.</summary>
    internal static bool IsValid(string value) => value.Length is > 0 and <= 255 && !value.Any(c => c == '/' || char.IsWhiteSpace(c) || char.IsControl(c));

    private static string Checked(string value, string parameter)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(value, parameter);
        if (!IsValid(value))
            throw new ArgumentException($"Expected 1 to 255 characters with no white space, control character or '/', found \"{value}\".", parameter);
        return value;
    }
}
