namespace MeshClient.PackageTests;

/// <summary>Programs of users, built and run outside of the tree.</summary>
[Collection(nameof(Builds))]
public sealed class OutsideProgramTests(Packages packages)
{
    [Fact]
    public async Task A_console_program_calls_a_service_through_the_mesh()
    {
        await using var catalog = await Catalog.StartAsync();
        using var project = OutsideProject.Create(
            packages, "Caller", "Microsoft.NET.Sdk", ["tests/MeshClient.PackageTests/Programs/Caller.cs"],
            [("MeshClient", packages.Version), ("Microsoft.Extensions.Hosting", Repository.Versions("Samples and tests")["Microsoft.Extensions.Hosting"])]);

        var output = await project.RunAsync("--Logging:LogLevel:Default", "Warning", "--Mesh:Services:catalog:Endpoints:0", $"127.0.0.1:{catalog.Port}");

        Assert.Equal("The catalog says: 3 lamps at catalog/items", output.Trim());
        Assert.True(File.Exists(Path.Combine(project.Output, "MeshClient.dll")));
        Assert.False(File.Exists(Path.Combine(project.Output, "MeshClient.AspNetCore.dll")), "A program that serves nothing needs no ASP.NET Core.");
    }

    [Fact]
    public async Task A_web_application_with_every_package_registers_and_calls_itself()
    {
        using var project = OutsideProject.Create(
            packages, "Service", "Microsoft.NET.Sdk.Web", ["tests/MeshClient.PackageTests/Programs/Service.cs"],
            [.. Repository.PackageIds.Select(id => (id, packages.Version))]);

        // That it can only be reached on this host is what it should warn of.
        var output = await project.RunAsync("--Logging:LogLevel:Default", "Error");

        Assert.Equal("Hello, packages!", output.Trim());
        Assert.All(Repository.PackageIds, id => Assert.True(File.Exists(Path.Combine(project.Output, $"{id}.dll")), id));
    }
}
