using Grpc.Core;
using MeshClient.Endpoints;
using MeshClient.Grpc;

namespace MeshClient.Tests.Grpc;

public class GrpcCodeTests
{
    [Theory]
    [InlineData(StatusCode.OK, nameof(Outcome.Success))]
    [InlineData(StatusCode.Unavailable, nameof(Outcome.GatewayFailure))]
    [InlineData(StatusCode.DeadlineExceeded, nameof(Outcome.Timeout))]
    [InlineData(StatusCode.ResourceExhausted, nameof(Outcome.Overloaded))]
    [InlineData(StatusCode.Unknown, nameof(Outcome.ServerError))]
    [InlineData(StatusCode.Internal, nameof(Outcome.ServerError))]
    [InlineData(StatusCode.DataLoss, nameof(Outcome.ServerError))]
    [InlineData(StatusCode.Cancelled, nameof(Outcome.ClientError))]
    [InlineData(StatusCode.NotFound, nameof(Outcome.ClientError))]
    [InlineData(StatusCode.Unimplemented, nameof(Outcome.ClientError))]
    [InlineData(StatusCode.Unauthenticated, nameof(Outcome.ClientError))]
    [InlineData((StatusCode)17, nameof(Outcome.ServerError))]
    public void A_status_says_this_of_the_endpoint(StatusCode status, string outcome) => Assert.Equal(outcome, GrpcCode.OutcomeOf(status).ToString());

    [Theory]
    [InlineData("0", StatusCode.OK)]
    [InlineData("14", StatusCode.Unavailable)]
    [InlineData("16", StatusCode.Unauthenticated)]
    [InlineData("17", StatusCode.Unknown)]
    [InlineData("-1", StatusCode.Unknown)]
    [InlineData("+5", StatusCode.Unknown)]
    [InlineData("OK", StatusCode.Unknown)]
    [InlineData("", StatusCode.Unknown)]
    public void It_is_a_number_on_the_wire_and_what_nobody_knows_is_unknown(string text, StatusCode expected) => Assert.Equal(expected, GrpcCode.Parse(text));

    [Theory]
    [InlineData("UNAVAILABLE", StatusCode.Unavailable)]
    [InlineData("RESOURCE_EXHAUSTED", StatusCode.ResourceExhausted)]
    [InlineData("ResourceExhausted", StatusCode.ResourceExhausted)]
    [InlineData("ok", StatusCode.OK)]
    public void It_has_a_name(string name, StatusCode expected) => Assert.Equal(expected, GrpcCode.OfName(name));

    [Theory]
    [InlineData("14")]
    [InlineData("GONE")]
    [InlineData("")]
    public void Other_names_are_none(string name) => Assert.Null(GrpcCode.OfName(name));
}
