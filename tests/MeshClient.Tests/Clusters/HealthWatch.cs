using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;

namespace MeshClient.Tests.Clusters;

/// <summary>The server's end of one health watch, played by the test.</summary>
internal sealed class HealthWatch
{
    private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: 0));

    public HealthWatch()
    {
        Response = new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(_pipe.Reader.AsStream()) };
        Response.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
    }

    public HttpResponseMessage Response { get; }

    /// <summary>Whether the client has turned away from it.</summary>
    public bool IsLeft => _pipe.Writer.FlushAsync() is { IsCompleted: true, Result.IsCompleted: true };

    public void Say(byte status) => Write([0, 0, 0, 0, 2, 8, status]);

    public void Write(byte[] bytes)
    {
        bytes.CopyTo(_pipe.Writer.GetMemory(bytes.Length));
        _pipe.Writer.Advance(bytes.Length);
        // Nothing holds the writer back.
        Assert.True(_pipe.Writer.FlushAsync().IsCompleted);
    }

    public void End(string? status)
    {
        if (status is not null)
            Response.TrailingHeaders.Add("grpc-status", status);
        _pipe.Writer.Complete();
    }

    public void Break() => _pipe.Writer.Complete(new IOException("The connection was reset."));
}
