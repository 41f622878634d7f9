using System.Xml.Linq;
using MeshClient.DevRegistry;

namespace MeshClient.PackageTests;

/// <summary>A program that is compiled ahead of time, outside of the tree and against the packages, with every warning an error.</summary>
[Collection(nameof(Builds))]
public sealed class AotTests(Packages packages)
{
    [Fact]
    public async Task A_native_program_finds_a_service_in_the_registry_and_without_it_by_what_it_kept()
    {
        await NativeTools.RequireAsync();
        using var project = OutsideProject.Create(
            packages, "Aot", "Microsoft.NET.Sdk", ["samples/Aot/Program.cs", "samples/Aot/appsettings.json"],
            [("MeshClient", packages.Version), ("Microsoft.Extensions.Hosting", Repository.Versions("Samples and tests")["Microsoft.Extensions.Hosting"])],
            new XElement("Content", new XAttribute("Include", "appsettings.json"), new XAttribute("CopyToOutputDirectory", "PreserveNewest")),
            // All of the library is compiled and checked, not only what this program reaches.
            new XElement("TrimmerRootAssembly", new XAttribute("Include", "MeshClient")));
        var program = await project.PublishNativeAsync();
        Assert.Empty(Directory.EnumerateFiles(project.Output, "*.dll"));

        await using var catalog = await Catalog.StartAsync();
        Uri address;
        await using (var registry = await DevRegistryServer.StartAsync())
        {
            address = registry.Address;
            await catalog.RegisterAsync(address);
            Assert.Equal("3 lamps at catalog/items", await RunAsync());
        }
        // The registry is gone, and the kept set is read by code without reflection too.
        Assert.Contains("3 lamps at catalog/items", await RunAsync(), StringComparison.Ordinal);

        async Task<string> RunAsync() => (await Command.RunAsync(
            project.Output, program, "--Mesh:Consul:Address", address.ToString(), "--Mesh:Snapshot:Folder", Path.Combine(project.Output, "kept"))).Trim();
    }
}
