using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Testing;

namespace MeshClient.FunctionalTests.Grpc.Interop;

/// <summary>
/// gRPC's own interop cases, each by its official name, through the mesh ("Interoperability Test Case Descriptions" of the gRPC project). A class of each
/// server and wire runs them all.
/// </summary>
public abstract class InteropCases(IInteropWorld world) : WorldCases(world)
{
    private const int SoakIterations = 200;
    private const int LargeRequest = 271828, LargeResponse = 314159;
    private static readonly int[] s_requests = [27182, 8, 1828, 45904];
    private static readonly int[] s_responses = [31415, 9, 2653, 58979];

    private TestService.TestServiceClient Client => World.Client;

    [Fact]
    public async Task empty_unary() => Assert.Equal(new Empty(), await Client.EmptyCallAsync(new()));

    [Fact]
    public Task large_unary() => LargeUnaryAsync(Client);

    [Fact]
    public async Task client_streaming()
    {
        using var call = Client.StreamingInputCall();
        foreach (var size in s_requests)
            await call.RequestStream.WriteAsync(new() { Payload = Zeros(size) });
        await call.RequestStream.CompleteAsync();

        Assert.Equal(74922, (await call).AggregatedPayloadSize);
    }

    [Fact]
    public async Task server_streaming()
    {
        var request = new StreamingOutputCallRequest();
        request.ResponseParameters.Add(s_responses.Select(size => new ResponseParameters { Size = size }));
        using var call = Client.StreamingOutputCall(request);

        Assert.Equal(s_responses, await SizesAsync(call.ResponseStream));
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task ping_pong()
    {
        using var call = Client.FullDuplexCall();
        for (var i = 0; i < s_requests.Length; i++)
        {
            await call.RequestStream.WriteAsync(new() { ResponseParameters = { new ResponseParameters { Size = s_responses[i] } }, Payload = Zeros(s_requests[i]) });
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
            Assert.Equal(s_responses[i], call.ResponseStream.Current.Payload.Body.Length);
        }
        await call.RequestStream.CompleteAsync();

        Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task empty_stream()
    {
        using var call = Client.FullDuplexCall();
        await call.RequestStream.CompleteAsync();

        Assert.Empty(await SizesAsync(call.ResponseStream));
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task timeout_on_sleeping_server()
    {
        using var call = Client.FullDuplexCall(deadline: DateTime.UtcNow.AddMilliseconds(1));
        try
        {
            await call.RequestStream.WriteAsync(new() { Payload = Zeros(27182) });
        }
        catch (Exception error) when (error is RpcException or InvalidOperationException)
        {
            // The call was over before its message was sent; how, is told where its answers are read.
        }

        var status = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(CancellationToken.None));

        Assert.Equal(StatusCode.DeadlineExceeded, status.StatusCode);
    }

    [Fact]
    public async Task cancel_after_begin()
    {
        using var cancel = new CancellationTokenSource();
        using var call = Client.StreamingInputCall(cancellationToken: cancel.Token);
        await cancel.CancelAsync();

        var status = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync);

        Assert.Equal(StatusCode.Cancelled, status.StatusCode);
    }

    [Fact]
    public async Task cancel_after_first_response()
    {
        using var cancel = new CancellationTokenSource();
        using var call = Client.FullDuplexCall(cancellationToken: cancel.Token);
        await call.RequestStream.WriteAsync(new() { ResponseParameters = { new ResponseParameters { Size = 31415 } }, Payload = Zeros(27182) });
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(31415, call.ResponseStream.Current.Payload.Body.Length);
        await cancel.CancelAsync();

        var status = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(CancellationToken.None));

        Assert.Equal(StatusCode.Cancelled, status.StatusCode);
    }

    [Fact]
    public async Task status_code_and_message()
    {
        var asked = new EchoStatus { Code = (int)StatusCode.Unknown, Message = "test status message" };

        var ofUnary = await Assert.ThrowsAsync<RpcException>(() => Client.UnaryCallAsync(new() { ResponseStatus = asked }).ResponseAsync);
        using var call = Client.FullDuplexCall();
        await call.RequestStream.WriteAsync(new() { ResponseStatus = asked });
        await call.RequestStream.CompleteAsync();
        var ofStream = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(CancellationToken.None));

        Assert.Equal((StatusCode.Unknown, asked.Message), (ofUnary.StatusCode, ofUnary.Status.Detail));
        Assert.Equal((StatusCode.Unknown, asked.Message), (ofStream.StatusCode, ofStream.Status.Detail));
    }

    [Fact]
    public async Task special_status_message()
    {
        var asked = new EchoStatus { Code = (int)StatusCode.Unknown, Message = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n" };

        var status = await Assert.ThrowsAsync<RpcException>(() => Client.UnaryCallAsync(new() { ResponseStatus = asked }).ResponseAsync);

        Assert.Equal((StatusCode.Unknown, asked.Message), (status.StatusCode, status.Status.Detail));
    }

    [Fact]
    public async Task custom_metadata()
    {
        byte[] trailing = [0xab, 0xab, 0xab];
        var metadata = new Metadata { { "x-grpc-test-echo-initial", "test_initial_metadata_value" }, { "x-grpc-test-echo-trailing-bin", trailing } };

        using var unary = Client.UnaryCallAsync(new() { ResponseSize = LargeResponse, Payload = Zeros(LargeRequest) }, metadata);
        await unary;
        using var stream = Client.FullDuplexCall(metadata);
        await stream.RequestStream.WriteAsync(new() { ResponseParameters = { new ResponseParameters { Size = LargeResponse } }, Payload = Zeros(LargeRequest) });
        await stream.RequestStream.CompleteAsync();
        Assert.Equal(LargeResponse, Assert.Single(await SizesAsync(stream.ResponseStream)));

        Assert.Equal("test_initial_metadata_value", (await unary.ResponseHeadersAsync).GetValue("x-grpc-test-echo-initial"));
        Assert.Equal(trailing, unary.GetTrailers().GetValueBytes("x-grpc-test-echo-trailing-bin"));
        Assert.Equal("test_initial_metadata_value", (await stream.ResponseHeadersAsync).GetValue("x-grpc-test-echo-initial"));
        Assert.Equal(trailing, stream.GetTrailers().GetValueBytes("x-grpc-test-echo-trailing-bin"));
    }

    [Fact]
    public async Task unimplemented_method()
    {
        var status = await Assert.ThrowsAsync<RpcException>(() => Client.UnimplementedCallAsync(new()).ResponseAsync);

        Assert.Equal(StatusCode.Unimplemented, status.StatusCode);
    }

    [Fact]
    public async Task unimplemented_service()
    {
        using var channel = Channel();

        var status = await Assert.ThrowsAsync<RpcException>(() => new UnimplementedService.UnimplementedServiceClient(channel).UnimplementedCallAsync(new()).ResponseAsync);

        Assert.Equal(StatusCode.Unimplemented, status.StatusCode);
    }

    [Fact]
    public async Task rpc_soak()
    {
        using var channel = Channel();
        var client = new TestService.TestServiceClient(channel);
        for (var i = 0; i < SoakIterations; i++)
            await LargeUnaryAsync(client);
    }

    // The case is about connections that are set up and torn down. Here the mesh owns them and all channels share them, so that it shows no more than that
    // channels come and go without harm; PlainTextTests has one where connections do.
    [Fact]
    public async Task channel_soak()
    {
        for (var i = 0; i < SoakIterations; i++)
        {
            using var channel = Channel();
            await LargeUnaryAsync(new(channel));
        }
    }

    private GrpcChannel Channel() => Channel(World.Mesh);

    protected static GrpcChannel Channel(IMesh mesh) => GrpcChannel.ForAddress($"http://{IInteropWorld.Service}", mesh.GrpcOptions());

    protected static async Task LargeUnaryAsync(TestService.TestServiceClient client)
    {
        var response = await client.UnaryCallAsync(new() { ResponseSize = LargeResponse, Payload = Zeros(LargeRequest) });

        Assert.Equal(Zeros(LargeResponse), response.Payload);
    }

    private static Payload Zeros(int size) => new() { Body = UnsafeByteOperations.UnsafeWrap(new byte[size]) };

    private static async Task<int[]> SizesAsync(IAsyncStreamReader<StreamingOutputCallResponse> responses) =>
        await responses.ReadAllAsync().Select(r => r.Payload.Body.Length).ToArrayAsync();
}
