using System.ComponentModel;
using System.Globalization;

namespace MeshClient.Tests.Doubles;

/// <summary>The edges of a setting's range, tried one by one.</summary>
internal static class OptionEdges
{
    /// <summary>The least and the most are taken; what is next to them is refused with the key and what was found; null = there is no next.</summary>
    public static void Hold<T>(Func<T, IEnumerable<string>> faults, string property, string least, string most, string? below, string? above)
        where T : new()
    {
        foreach (var good in (string[])[least, most])
            Assert.Empty(faults(With<T>(property, good)));
        foreach (var bad in ((string?[])[below, above]).OfType<string>())
        {
            var fault = Assert.Single(faults(With<T>(property, bad)));
            Assert.StartsWith($"Key:{property}: expected ", fault, StringComparison.Ordinal);
            Assert.Contains($"found {bad}.", fault, StringComparison.Ordinal);
        }
    }

    private static T With<T>(string property, string text)
        where T : new()
    {
        var options = new T();
        var found = typeof(T).GetProperty(property)!;
        found.SetValue(options, TypeDescriptor.GetConverter(found.PropertyType).ConvertFromString(null, CultureInfo.InvariantCulture, text));
        return options;
    }
}
