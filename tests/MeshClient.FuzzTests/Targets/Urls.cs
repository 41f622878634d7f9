using System.Text;
using MeshClient.FuzzTests.Fuzzing;
using MeshClient.Model;
using MeshClient.Routing;

namespace MeshClient.FuzzTests.Targets;

/// <summary>The URL of a request: it names a service that a registry can be asked for, or none, or is refused as a request is.</summary>
internal sealed class Urls : IFuzzTarget
{
    private static readonly MeshNames[] s_names = [new(["catalog", "Pricing"], bareNames: false), new(["catalog"], bareNames: true), MeshNames.None];

    private static readonly IReadOnlyList<byte[]> s_seeds = Seeds.Texts(
        "http://catalog/items?x=1", "https://Pricing.mesh/", "http://orders.mesh:80/", "http://orders/", "http://10.0.0.1:8080/", "http://[::1]/",
        "http://user:pw@catalog/", "http://a.b.mesh/", "http://ünï.mesh/", "http://localhost/", "file:///catalog", "ws://catalog/", "http://xn--nxasmq6b/",
        "http://a_b.mesh/", "mailto:a@catalog", "http://catalog./");

    public int Inputs => 1500;

    public byte[] Make(Mutator mutator) => mutator.Mutate(s_seeds);

    public long Allowance(byte[] input) => (1 << 20) + (1024L * input.Length);

    public Task TakeAsync(byte[] input)
    {
        if (Uri.TryCreate(Encoding.UTF8.GetString(input), UriKind.Absolute, out var uri))
            Find(uri);
        return Task.CompletedTask;
    }

    /// <summary>Looks a URL up as a call does.</summary>
    public static void Find(Uri uri)
    {
        foreach (var names in s_names)
        {
            try
            {
                if (names.Find(uri) is { } name)
                    Assert.Equal(name, new ServiceName(name).Name);
            }
            catch (HttpRequestException exception)
            {
                Assert.NotEmpty(exception.Message);
            }
        }
    }
}
