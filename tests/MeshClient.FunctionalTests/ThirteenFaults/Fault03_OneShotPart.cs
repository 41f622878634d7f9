using System.Collections.Concurrent;
using System.Net;

namespace MeshClient.FunctionalTests.ThirteenFaults;

/// <summary>A multipart body with a part that can be read once was sent again by half, and then threw.</summary>
public sealed class Fault03_one_shot_part
{
    [Fact]
    public async Task A_one_shot_part_is_sent_once_and_the_answer_surfaces()
    {
        var lengths = new ConcurrentQueue<long>();
        async Task Refuse(HttpContext context)
        {
            lengths.Enqueue(await Answers.ReadAsync(context));
            context.Response.StatusCode = 503;
        }
        await using var a = await TestServer.StartAsync("a", Refuse);
        await using var b = await TestServer.StartAsync("b", Refuse);
        await using var app = await MeshApp.OfCatalogAsync(a, b);
        var part = new OneShotStream(100_000);

        using var body = new MultipartFormDataContent { { new StringContent("a name"), "name" }, { new StreamContent(part), "file", "file.bin" } };
        using var response = await app.Client().PutAsync("http://catalog/files", body);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.True(Assert.Single(lengths) > 100_000, "The body arrived whole, once.");
        Assert.Equal(1, part.Ends);
    }

    [Fact]
    public async Task Nested_multiparts_are_looked_into_as_well()
    {
        await using var a = await TestServer.StartAsync("a", Answers.Status(503));
        await using var app = await MeshApp.OfCatalogAsync(a);

        using var body = new MultipartContent { new MultipartContent { new StreamContent(new OneShotStream(10)) } };
        using var response = await app.Client().PutAsync("http://catalog/files", body);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Single(a.Requests);
    }

    [Fact]
    public async Task A_multipart_of_repeatable_parts_is_tried_again()
    {
        var lengths = new ConcurrentQueue<long>();
        async Task RefuseFirst(HttpContext context)
        {
            lengths.Enqueue(await Answers.ReadAsync(context));
            context.Response.StatusCode = lengths.Count == 1 ? 503 : 200;
        }
        await using var a = await TestServer.StartAsync("a", RefuseFirst);
        await using var app = await MeshApp.OfCatalogAsync(a);

        using var body = new MultipartFormDataContent { { new StringContent("a name"), "name" }, { new StreamContent(new MemoryStream(new byte[1000])), "file" } };
        using var response = await app.Client().PutAsync("http://catalog/files", body);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(2, lengths.Count);
        Assert.Single(lengths.Distinct());
    }
}
