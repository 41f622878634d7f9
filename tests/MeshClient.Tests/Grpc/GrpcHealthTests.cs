using Google.Protobuf;
using Grpc.Core;
using Grpc.Health.V1;
using MeshClient.Grpc;

namespace MeshClient.Tests.Grpc;

/// <summary>The two messages of grpc.health.v1 as they stand on the wire.</summary>
public sealed class GrpcHealthTests
{
    [Fact]
    public void The_server_as_a_whole_is_asked_for_by_an_empty_message() => Assert.Equal([0, 0, 0, 0, 0], GrpcHealth.Encode(""));

    [Fact]
    public void A_service_is_field_one() => Assert.Equal([0, 0, 0, 0, 4, 0x0A, 2, (byte)'p', (byte)'q'], GrpcHealth.Encode("pq"));

    [Fact]
    public void A_long_name_has_a_length_of_two_bytes()
    {
        var frame = GrpcHealth.Encode(new string('x', 200));
        Assert.Equal([0, 0, 0, 0, 203, 0x0A, 0xC8, 0x01, (byte)'x'], frame[..9]);
        Assert.Equal(5 + 203, frame.Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("shop.Pricing")]
    [InlineData("ÄÖÜ")]
    public void A_request_is_what_gRPC_s_own_classes_write(string service) =>
        Assert.Equal(new HealthCheckRequest { Service = service }.ToByteArray(), GrpcHealth.Encode(service)[5..]);

    [Theory]
    [InlineData(HealthCheckResponse.Types.ServingStatus.Unknown)]
    [InlineData(HealthCheckResponse.Types.ServingStatus.Serving)]
    [InlineData(HealthCheckResponse.Types.ServingStatus.NotServing)]
    [InlineData(HealthCheckResponse.Types.ServingStatus.ServiceUnknown)]
    public void An_answer_is_what_gRPC_s_own_classes_write(HealthCheckResponse.Types.ServingStatus status)
    {
        var read = GrpcHealth.Decode(new HealthCheckResponse { Status = status }.ToByteArray());

        Assert.Equal((status.ToString(), (int)status), (read.ToString(), (int)read));
    }

    [Theory]
    [InlineData("", ServingStatus.Unknown)]
    [InlineData("0801", ServingStatus.Serving)]
    [InlineData("0802", ServingStatus.NotServing)]
    [InlineData("0803", ServingStatus.ServiceUnknown)]
    [InlineData("0809", ServingStatus.Unknown)]
    // -1, as an enumeration is written.
    [InlineData("08FFFFFFFFFFFFFFFFFF01", ServingStatus.Unknown)]
    // Fields of a later version, before and behind, of each kind.
    [InlineData("1205AABBCCDDEE0801" + "1807" + "250A0B0C0D" + "290102030405060708", ServingStatus.Serving)]
    [InlineData("08020801", ServingStatus.Serving)]
    internal void An_answer_is_read_as_protobuf_has_it(string hex, ServingStatus expected) => Assert.Equal(expected, GrpcHealth.Decode(Convert.FromHexString(hex)));

    [Theory]
    [InlineData("08")]
    [InlineData("0880")]
    [InlineData("12057A")]
    [InlineData("25AA")]
    [InlineData("0B")]
    [InlineData("12FFFFFFFFFFFFFFFFFF01")]
    [InlineData("08FFFFFFFFFFFFFFFFFFFF01")]
    public void What_is_no_answer_is_refused(string hex) =>
        Assert.Equal(StatusCode.Internal, Assert.Throws<RpcException>(() => GrpcHealth.Decode(Convert.FromHexString(hex))).StatusCode);
}
