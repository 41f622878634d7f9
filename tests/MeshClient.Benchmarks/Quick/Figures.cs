using System.Globalization;

namespace MeshClient.Benchmarks.Quick;

/// <summary>Prints a line per figure: name, value, unit and, where one is set, the target and whether it is met.</summary>
internal sealed class Figures
{
    /// <summary>How many figures missed their target.</summary>
    public int Missed { get; private set; }

    public void Add(string name, double value, string unit) => Print(name, value, unit, "");

    /// <summary>Adds a figure that must not be over a target.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value.</param>
    /// <param name="unit">Its unit.</param>
    /// <param name="target">The most it may be.</param>
    /// <param name="tolerance">What is forgiven to the noise of a shared machine, as a part of the target; 0 for what is exact.</param>
    public void AddAtMost(string name, double value, string unit, double target, double tolerance)
    {
        var ok = value <= target * (1 + tolerance);
        Missed += ok ? 0 : 1;
        var forgiven = tolerance > 0 ? string.Create(CultureInfo.InvariantCulture, $" +{tolerance:0%}") : "";
        Print(name, value, unit, string.Create(CultureInfo.InvariantCulture, $"  target <= {target:0.###}{forgiven}  {(ok ? "ok" : "MISSED")}"));
    }

    private static void Print(string name, double value, string unit, string rest)
    {
        var digits = Math.Abs(value) < 10 ? "0.00" : Math.Abs(value) < 100 ? "0.0" : "0";
        Console.WriteLine($"{name,-56} {value.ToString(digits, CultureInfo.InvariantCulture),12} {unit,-2}{rest}".TrimEnd());
    }
}
