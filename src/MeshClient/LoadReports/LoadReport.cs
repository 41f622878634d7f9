namespace MeshClient.LoadReports;

/// <summary>
/// What a server says of its load (<c>xds.data.orca.v3.OrcaLoadReport</c>). Clients whose policy is WeightedRoundRobin go by it. Immutable; 0 and no entry mean that
/// the report does not say.
/// </summary>
public sealed class LoadReport
{
    /// <summary>The part of the CPU that is in use. 0 or more; over 1 = more than the server means to use. Default 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative or no finite number.</exception>
    public double CpuUtilization { get; init => field = Checked(value, nameof(CpuUtilization)); }

    /// <summary>The part of the memory that is in use, 0 to 1. Default 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is out of range or no number.</exception>
    public double MemoryUtilization { get; init => field = Part(value, nameof(MemoryUtilization)); }

    /// <summary>
    /// How far the server is used as the application itself sees it, such as the higher of CPU and a pool of its own: it goes before <see cref="CpuUtilization"/>. 0 or
    /// more; over 1 = more than the server means to take. Default 0.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative or no finite number.</exception>
    public double ApplicationUtilization { get; init => field = Checked(value, nameof(ApplicationUtilization)); }

    /// <summary>The requests that the server answers a second. 0 or more. Default 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative or no finite number.</exception>
    public double RequestsPerSecond { get; init => field = Checked(value, nameof(RequestsPerSecond)); }

    /// <summary>Those of them a second that failed by the server's fault. 0 or more. Default 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative or no finite number.</exception>
    public double ErrorsPerSecond { get; init => field = Checked(value, nameof(ErrorsPerSecond)); }

    /// <summary>What the one request cost, by names and in units of the application's own, such as bytes of storage. Default none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is no finite number.</exception>
    public IReadOnlyDictionary<string, double> RequestCost { get; init => field = Copy(value, static (v, name) => Finite(v, name)); } = Empty;

    /// <summary>How far resources of the application's own are used, by name, each 0 to 1. Default none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range or no number.</exception>
    public IReadOnlyDictionary<string, double> Utilization { get; init => field = Copy(value, Part); } = Empty;

    /// <summary>Figures of the application's own, by name. Default none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is no finite number.</exception>
    public IReadOnlyDictionary<string, double> NamedMetrics { get; init => field = Copy(value, static (v, name) => Finite(v, name)); } = Empty;

    private static IReadOnlyDictionary<string, double> Empty { get; } = new Dictionary<string, double>();

    /// <summary>This report where it says something, and <paramref name="below"/> where it does not.</summary>
    internal LoadReport Over(LoadReport below) => new()
    {
        CpuUtilization = CpuUtilization > 0 ? CpuUtilization : below.CpuUtilization,
        MemoryUtilization = MemoryUtilization > 0 ? MemoryUtilization : below.MemoryUtilization,
        ApplicationUtilization = ApplicationUtilization > 0 ? ApplicationUtilization : below.ApplicationUtilization,
        RequestsPerSecond = RequestsPerSecond > 0 ? RequestsPerSecond : below.RequestsPerSecond,
        ErrorsPerSecond = ErrorsPerSecond > 0 ? ErrorsPerSecond : below.ErrorsPerSecond,
        RequestCost = Union(RequestCost, below.RequestCost),
        Utilization = Union(Utilization, below.Utilization),
        NamedMetrics = Union(NamedMetrics, below.NamedMetrics),
    };

    private static Dictionary<string, double> Union(IReadOnlyDictionary<string, double> above, IReadOnlyDictionary<string, double> below)
    {
        var all = new Dictionary<string, double>(below, StringComparer.Ordinal);
        foreach (var (name, value) in above)
            all[name] = value;
        return all;
    }

    private static Dictionary<string, double> Copy(IReadOnlyDictionary<string, double> values, Func<double, string, double> check)
    {
        ArgumentNullException.ThrowIfNull(values);
        foreach (var (name, value) in values)
            check(value, name);
        return new(values, StringComparer.Ordinal);
    }

    private static double Checked(double value, string name) =>
        double.IsFinite(value) && value >= 0 ? value : throw OutOfRange(value, name, "0 or more");

    private static double Part(double value, string name) => value is >= 0 and <= 1 ? value : throw OutOfRange(value, name, "0 to 1");

    private static double Finite(double value, string name) => double.IsFinite(value) ? value : throw OutOfRange(value, name, "a finite number");

    private static ArgumentOutOfRangeException OutOfRange(double value, string name, string expected) =>
        new(name, value, $"{name}: expected {expected}, found {value}.");
}
