using System.Net.Http.Json;
using System.Text;
using MeshClient.Http;
using MeshClient.Tests.Doubles;

namespace MeshClient.Tests.Http;

public sealed class RequestBodyTests
{
    public static TheoryData<string, HttpContent?, bool> Bodies => new()
    {
        { "none", null, true },
        { "bytes", new ByteArrayContent([1]), true },
        { "text", new StringContent("x"), true },
        { "form", new FormUrlEncodedContent([new("a", "b")]), true },
        { "memory", new ReadOnlyMemoryContent(new byte[1]), true },
        { "json", JsonContent.Create(new { A = 1 }), true },
        { "json list", JsonContent.Create(new List<int> { 1 }), true },
        { "json async sequence", JsonContent.Create(Letters()), false },
        { "json async sequence of numbers", JsonContent.Create(Numbers()), false },
        { "seekable stream", new StreamContent(new MemoryStream([1])), true },
        { "one-shot stream", new StreamContent(new OneShotStream()), false },
        { "multipart of repeatable parts", new MultipartContent { new StringContent("a"), new StreamContent(new MemoryStream([1])) }, true },
        { "multipart with a one-shot part", new MultipartContent { new StringContent("a"), new StreamContent(new OneShotStream()) }, false },
        { "nested multipart with a one-shot part", new MultipartContent { new MultipartContent { new StreamContent(new OneShotStream()) } }, false },
        { "unknown content", new UnknownContent(), false },
    };

    [Theory]
    [MemberData(nameof(Bodies), DisableDiscoveryEnumeration = true)]
    public void Tells_what_can_be_sent_twice(string what, HttpContent? content, bool repeatable) =>
        Assert.True(RequestBody.IsRepeatable(content) == repeatable, what);

    [Fact]
    public async Task Asking_reads_nothing_of_the_body()
    {
        using var content = new StreamContent(new MemoryStream(Encoding.ASCII.GetBytes("hello")));
        Assert.True(RequestBody.IsRepeatable(content));
        Assert.Equal("hello", await content.ReadAsStringAsync());
    }

    private static async IAsyncEnumerable<string> Letters()
    {
        await Task.Yield();
        yield return "a";
    }

    private static async IAsyncEnumerable<int> Numbers()
    {
        await Task.Yield();
        yield return 1;
    }

    private sealed class UnknownContent : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context) => Task.CompletedTask;

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return true;
        }
    }
}
