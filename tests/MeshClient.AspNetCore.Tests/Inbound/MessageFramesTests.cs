using System.Buffers;
using MeshClient.AspNetCore.Inbound;

namespace MeshClient.AspNetCore.Tests.Inbound;

public sealed class MessageFramesTests
{
    // Three messages: of no byte, of 300 bytes that look like prefixes, compressed and of two bytes.
    private static readonly byte[] s_three = [0, 0, 0, 0, 0, 0, 0, 0, 1, 44, .. Enumerable.Repeat((byte)0, 300), 1, 0, 0, 0, 2, 7, 7];

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(1000)]
    public void Messages_are_counted_however_their_bytes_are_cut(int size)
    {
        var frames = default(MessageFrames);

        Assert.Equal(3, s_three.Chunk(size).Sum(part => frames.Read(part)));
        Assert.Equal(1, frames.Read(new ReadOnlySequence<byte>([0, 0, 0, 0, 9])));
    }

    [Fact]
    public void A_prefix_that_is_cut_off_is_no_message()
    {
        var frames = default(MessageFrames);

        Assert.Equal(0, frames.Read([0, 0, 0, 0]));
        Assert.Equal(1, frames.Read([255]));
        Assert.Equal(0, frames.Read(new byte[255]));
    }
}
