using System.IO.Pipelines;
using System.Text;
using MeshClient.AspNetCore.Security;

namespace MeshClient.AspNetCore.Tests.Security;

public sealed class FirstBytesTests
{
    [Theory]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", true)]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nmore", true)]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r", false)]
    [InlineData("PRI * HTTP/1.1\r\n", false)]
    [InlineData("GET / HTTP/1.1\r\n", false)]
    [InlineData("", false)]
    public async Task The_preface_is_recognised_byte_by_byte_and_nothing_is_taken_away(string sent, bool expected)
    {
        var pipe = new Pipe();
        var answer = FirstBytes.IsHttp2Async(pipe.Reader, TestContext.Current.CancellationToken).AsTask();
        foreach (var one in Encoding.ASCII.GetBytes(sent))
            await pipe.Writer.WriteAsync(new[] { one }, TestContext.Current.CancellationToken);
        await pipe.Writer.CompleteAsync();

        Assert.Equal(expected, await answer);
        using var rest = new MemoryStream();
        await pipe.Reader.CopyToAsync(rest, TestContext.Current.CancellationToken);
        Assert.Equal(sent, Encoding.ASCII.GetString(rest.ToArray()));
    }
}
