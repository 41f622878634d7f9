using System.Buffers;
using MeshClient.Grpc;

namespace MeshClient.Tests.Grpc;

public sealed class GrpcMessageCounterTests
{
    // Three messages: of three bytes, empty, of one byte.
    private static readonly byte[] s_stream = [0, 0, 0, 0, 3, 1, 2, 3, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 9];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(7)]
    [InlineData(100)]
    public void Messages_are_counted_wherever_the_stream_is_cut(int length)
    {
        var counter = new GrpcMessageCounter();
        foreach (var part in s_stream.Chunk(length))
            counter.Observe(part);
        Assert.Equal(3, counter.Count);
    }

    [Fact]
    public void It_says_how_many_are_whole_by_the_bytes_it_is_given()
    {
        var counter = new GrpcMessageCounter();
        Assert.Equal(0, counter.Observe(s_stream.AsSpan(0, 7)));
        Assert.Equal(2, counter.Observe(new ReadOnlySequence<byte>(s_stream.AsMemory(7, 6))));
        Assert.Equal(1, counter.Observe(s_stream.AsSpan(13)));
    }

    [Fact]
    public void A_message_counts_when_it_is_whole()
    {
        var counter = new GrpcMessageCounter();
        counter.Observe(s_stream.AsSpan(0, 7));
        Assert.Equal(0, counter.Count);
        counter.Observe(s_stream.AsSpan(7, 1));
        Assert.Equal(1, counter.Count);
    }

    [Fact]
    public void A_length_beyond_what_an_integer_holds_is_a_length_all_the_same()
    {
        var counter = new GrpcMessageCounter();
        counter.Observe([0, 0xff, 0xff, 0xff, 0xff, 1, 2, 3]);
        counter.Observe(s_stream);
        Assert.Equal(0, counter.Count);
    }
}
