using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using Json.Schema;
using MeshClient.Balancing;
using MeshClient.Configuration;
using MeshClient.Configuration.Schema;
using MeshClient.Tests.House;

namespace MeshClient.Tests.Configuration.Schema;

/// <summary>
/// The schema of the Mesh section is that of the option types. After a change of them, MESHCLIENT_WRITE_DOCS=1 lets the first test write the file;
/// docs/configuration.md is for people to write.
/// </summary>
public sealed class ConfigurationSchemaTests
{
    private static readonly string s_file = Path.Combine(Repository.Root, "src", "MeshClient", "ConfigurationSchema.json");

    private static readonly Lazy<JsonSchema> s_schema = new(() => JsonSchema.FromText(File.ReadAllText(s_file)));

    [Fact]
    public void The_schema_is_that_of_the_option_types()
    {
        var expected = SchemaWriter.Write();
        if (Environment.GetEnvironmentVariable("MESHCLIENT_WRITE_DOCS") == "1")
            File.WriteAllText(s_file, expected);
        var found = File.ReadAllText(s_file).ReplaceLineEndings("\n");
        Assert.True(
            expected == found,
            $"{s_file} is not that of the option types. Run this test with MESHCLIENT_WRITE_DOCS=1 and build again. {Difference(expected, found)}");
    }

    [Fact]
    public void The_start_checks_by_every_key_of_the_option_types()
    {
        var expected = Places(typeof(MeshOptions), MeshOptions.SectionName).Order().ToArray();
        Assert.Contains("Mesh:Upstreams:<name>:Retry:MaxAttempts", expected);
        Assert.Equal(expected, Places(SchemaReader.Mesh, MeshOptions.SectionName).Order());
    }

    [Fact]
    public void Every_key_is_explained_in_the_docs()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "configuration.md"));
        var sections = page.Split("\n## ").ToDictionary(s => s.Split('\n')[0].Replace("&lt;", "<").Replace("&gt;", ">"), s => s);
        var missing = Leaves(SchemaReader.Mesh, MeshOptions.SectionName).Where(path =>
        {
            var heading = sections.Keys.Where(h => path.StartsWith(h + ":", StringComparison.Ordinal)).MaxBy(h => h.Length)!;
            return !sections[heading].Contains($"`{path[(heading.Length + 1)..]}`", StringComparison.Ordinal);
        });
        Assert.True(!missing.Any(), $"docs/configuration.md says nothing of: {string.Join(", ", missing)}. Name each in backticks in the section of its heading.");
    }

    [Fact]
    public void The_samples_hold_to_it()
    {
        var files = Directory.GetFiles(Path.Combine(Repository.Root, "samples"), "appsettings*.json", SearchOption.AllDirectories)
            .Where(f => !f.Contains($"{Path.DirectorySeparatorChar}bin{Path.DirectorySeparatorChar}", StringComparison.Ordinal)).ToArray();
        Assert.True(files.Length >= 4, $"Expected the settings of the samples, found {files.Length}.");
        Assert.All(files, file => Assert.True(IsValid(File.ReadAllText(file)), file));
    }

    [Theory]
    [InlineData("""{ "Upstreams": { "catalog": { "Timeout": "00:00:02", "Retry": { "MaxAttempts": 2 } }, "*": { "LoadBalancing": "Mine" } } }""", true)]
    [InlineData("""{ "Services": { "catalog": { "Endpoints": [ "10.0.0.1:80", { "Address": "10.0.0.2:80", "Meta": { "zone": "a" } } ] } } }""", true)]
    [InlineData("""{ "Upstreams": { "catalog": { "Timeout": "2" } } }""", false)]
    [InlineData("""{ "Upstreams": { "catalog": { "Timeout": "24:00:00" } } }""", false)]
    [InlineData("""{ "Upstreams": { "catalog": { "Timout": "00:00:02" } } }""", false)]
    [InlineData("""{ "Upstreams": { "catalog": { "Retry": { "MaxAttempts": 11 } } } }""", false)]
    [InlineData("""{ "Service": { "Check": { "Type": "Ping" } } }""", false)]
    [InlineData("""{ "Services": { "catalog": { "Endpoints": [ { "Adress": "10.0.0.2:80" } ] } } }""", false)]
    public void Editors_find_by_it_what_the_start_would(string mesh, bool valid) =>
        Assert.Equal(valid, IsValid($$"""{ "Mesh": {{mesh}} }"""));

    /// <summary>The ranges stand twice: as attributes, for editors, and in the rules, which hold for code as well.</summary>
    [Fact]
    public void Every_range_of_the_schema_is_that_of_the_rules()
    {
        var options = new MeshOptions { Service = { Name = "web" }, Upstreams = { ["catalog"] = new() { Limits = { MaxConcurrent = 1 } } } };
        options.Services["catalog"] = new() { Endpoints = [new() { Address = "10.0.0.1:80" }] };
        var ranges = Places(options, MeshOptions.SectionName).Where(p => IsNumber(p.Key.PropertyType)).ToArray();
        Assert.All(ranges, r => Assert.True(r.Key.IsDefined(typeof(RangeAttribute)), $"{r.Path} has no [Range] for editors to check it by."));
        Assert.Contains(ranges, r => r.Path == "Mesh:Services:catalog:Endpoints:0:Weight");
        foreach (var (path, owner, key) in ranges)
        {
            var before = key.GetValue(owner);
            foreach (var (value, allowed) in Probes(key.GetCustomAttribute<RangeAttribute>()!))
            {
                key.SetValue(owner, value);
                var faults = new MeshOptionsValidator(new PickerFactory()).Validate(null, options).Failures ?? [];
                Assert.True(faults.Any(f => f.StartsWith($"{path}:", StringComparison.Ordinal)) != allowed, $"{path} = {value}: {string.Join(' ', faults)}");
            }
            key.SetValue(owner, before);
        }
    }

    private static bool IsNumber(Type type) => (Nullable.GetUnderlyingType(type) ?? type) is var bare && (bare == typeof(int) || bare == typeof(double));

    private static IEnumerable<(object Value, bool Allowed)> Probes(RangeAttribute range) => range switch
    {
        { Minimum: int least, Maximum: int.MaxValue } => [(least, true), (int.MaxValue, true), (least - 1, false)],
        { Minimum: int least, Maximum: int most } => [(least, true), (most, true), (least - 1, false), (most + 1, false)],
        _ => [(range.Minimum, true), (range.Maximum, true), ((double)range.Minimum - 0.01, false), ((double)range.Maximum + 0.01, false), (double.NaN, false)],
    };

    // Every key of a tree of options, with the object that has it.
    private static IEnumerable<(string Path, object Owner, PropertyInfo Key)> Places(object options, string path) =>
        SchemaWriter.Keys(options.GetType()).SelectMany(key => Under(key.GetValue(options), $"{path}:{key.Name}").Prepend(($"{path}:{key.Name}", options, key)));

    private static IEnumerable<(string Path, object Owner, PropertyInfo Key)> Under(object? value, string path) => value switch
    {
        null or string => [],
        IDictionary map => map.Keys.Cast<object>().SelectMany(key => Under(map[key], $"{path}:{key}")),
        IEnumerable list => list.Cast<object>().SelectMany((item, i) => Under(item, $"{path}:{i}")),
        _ when value.GetType().Namespace!.StartsWith("MeshClient", StringComparison.Ordinal) && !value.GetType().IsEnum => Places(value, path),
        _ => [],
    };

    // Every key of a type of options, with <name> and <number> for those that users choose.
    private static IEnumerable<string> Places(Type type, string path) =>
        SchemaWriter.Keys(type).SelectMany(key => Under(key.PropertyType, $"{path}:{key.Name}").Prepend($"{path}:{key.Name}"));

    private static IEnumerable<string> Under(Type type, string path)
    {
        if (type.IsGenericType && type.IsAssignableTo(typeof(IEnumerable)))
        {
            var place = $"{path}:{(type.GetGenericArguments().Length == 2 ? "<name>" : "<number>")}";
            return Under(type.GetGenericArguments()[^1], place).Prepend(place);
        }
        return type.Namespace!.StartsWith("MeshClient", StringComparison.Ordinal) && !type.IsEnum ? Places(type, path) : [];
    }

    private static IEnumerable<string> Places(SchemaNode node, string path) =>
        Children(node, path).SelectMany(child => Places(child.Node, child.Path).Prepend(child.Path));

    // What users write values for.
    private static IEnumerable<string> Leaves(SchemaNode node, string path) => Children(node, path).SelectMany(child => child.Node.Kind switch
    {
        SchemaKind.Section when child.Node.Properties.Count > 0 || child.Node.Free is { Kind: SchemaKind.Section } => Leaves(child.Node, child.Path),
        _ => [child.Path],
    });

    private static IEnumerable<(string Path, SchemaNode Node)> Children(SchemaNode node, string path) =>
    [
        .. node.Properties.Select(p => ($"{path}:{p.Key}", p.Value)),
        .. node.Free is { } free ? [($"{path}:<name>", free)] : Array.Empty<(string, SchemaNode)>(),
        .. node.Items is { } items ? [($"{path}:<number>", items)] : Array.Empty<(string, SchemaNode)>(),
    ];

    private static bool IsValid(string json) => s_schema.Value.Evaluate(JsonDocument.Parse(json).RootElement).IsValid;

    private static string Difference(string expected, string found)
    {
        var (a, b) = (expected.Split('\n'), found.Split('\n'));
        var line = a.Zip(b).TakeWhile(pair => pair.First == pair.Second).Count();
        return $"Line {line + 1}: expected {a.ElementAtOrDefault(line)?.Trim() ?? "the end"}, found {b.ElementAtOrDefault(line)?.Trim() ?? "the end"}.";
    }
}
