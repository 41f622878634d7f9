using System.Net;
using Grpc.Core;
using MeshClient.Endpoints;
using MeshClient.Grpc;
using MeshClient.Resilience;

namespace MeshClient.Tests.Grpc;

public class GrpcAnswerTests
{
    [Theory]
    [InlineData(200, "application/grpc", "14", nameof(Outcome.GatewayFailure), nameof(Resend.IfRepeatable))]
    [InlineData(200, "application/grpc+proto", "0", nameof(Outcome.Success), nameof(Resend.No))]
    [InlineData(200, "application/grpc", "13", nameof(Outcome.ServerError), nameof(Resend.No))]
    [InlineData(200, "application/grpc", "4", nameof(Outcome.Timeout), nameof(Resend.No))]
    [InlineData(200, "application/grpc", null, nameof(Outcome.Success), nameof(Resend.No))]
    [InlineData(200, "text/html", null, nameof(Outcome.ServerError), nameof(Resend.No))]
    [InlineData(200, "application/grpc-web", "0", nameof(Outcome.ServerError), nameof(Resend.No))]
    [InlineData(200, null, null, nameof(Outcome.ServerError), nameof(Resend.No))]
    [InlineData(503, "text/html", null, nameof(Outcome.GatewayFailure), nameof(Resend.IfRepeatable))]
    [InlineData(429, null, null, nameof(Outcome.Overloaded), nameof(Resend.IfRepeatable))]
    [InlineData(500, null, null, nameof(Outcome.ServerError), nameof(Resend.No))]
    [InlineData(404, null, null, nameof(Outcome.ClientError), nameof(Resend.No))]
    [InlineData(204, null, null, nameof(Outcome.ServerError), nameof(Resend.No))]
    [InlineData(302, "text/html", null, nameof(Outcome.ServerError), nameof(Resend.No))]
    [InlineData(307, "application/grpc", null, nameof(Outcome.ServerError), nameof(Resend.No))]
    [InlineData(399, null, null, nameof(Outcome.ServerError), nameof(Resend.No))]
    [InlineData(503, "application/grpc", "5", nameof(Outcome.ClientError), nameof(Resend.No))]
    [InlineData(404, null, "14", nameof(Outcome.GatewayFailure), nameof(Resend.IfRepeatable))]
    [InlineData(302, null, "13", nameof(Outcome.ServerError), nameof(Resend.No))]
    [InlineData(503, "application/grpc", "odd", nameof(Outcome.ServerError), nameof(Resend.No))]
    public void Headers_say_what_can_be_said_before_the_body(int http, string? type, string? status, string outcome, string resend)
    {
        using var response = Answer(http, type, status);

        var judged = GrpcAnswer.Judge(response, new GrpcOptions());

        Assert.Equal((outcome, resend), (judged.Outcome.ToString(), judged.Resend.ToString()));
    }

    [Theory]
    [InlineData(200, "application/grpc", null, null)]
    [InlineData(200, "application/grpc", "14", StatusCode.Unavailable)]
    [InlineData(200, "text/html", null, StatusCode.Unknown)]
    [InlineData(302, "text/html", null, StatusCode.Unknown)]
    [InlineData(503, "text/html", null, StatusCode.Unavailable)]
    [InlineData(503, "application/grpc", "5", StatusCode.NotFound)]
    [InlineData(404, "application/grpc", "16", StatusCode.Unauthenticated)]
    public void The_status_is_the_one_that_gRPC_says_and_only_without_it_the_one_for_that_of_HTTP(int http, string? type, string? status, StatusCode? expected)
    {
        using var response = Answer(http, type, status);

        Assert.Equal(expected, GrpcAnswer.StatusInHeaders(response));
    }

    [Theory]
    [InlineData("0", nameof(Outcome.Success))]
    [InlineData("14", nameof(Outcome.GatewayFailure))]
    [InlineData(null, nameof(Outcome.ServerError))]
    public void The_rest_stands_behind_it(string? status, string outcome)
    {
        using var response = Answer(200, "application/grpc", null);
        if (status is not null)
            response.TrailingHeaders.Add("grpc-status", status);

        Assert.Equal(outcome, GrpcAnswer.JudgeEnd(response).ToString());
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("1500", 1500)]
    [InlineData("-1", null)]
    [InlineData("soon", null)]
    [InlineData("99999999999", null)]
    public void A_server_may_ask_to_wait_or_not_to_come_again(string text, int? milliseconds)
    {
        using var response = Answer(200, "application/grpc", "14");
        Assert.False(GrpcAnswer.TryGetPushback(response, out _));

        response.Headers.Add("grpc-retry-pushback-ms", text);

        Assert.True(GrpcAnswer.TryGetPushback(response, out var wait));
        Assert.Equal(milliseconds, (int?)wait?.TotalMilliseconds);
    }

    private static HttpResponseMessage Answer(int http, string? type, string? status)
    {
        var response = new HttpResponseMessage((HttpStatusCode)http) { Content = new ByteArrayContent([]) };
        if (type is not null)
            response.Content.Headers.ContentType = new(type);
        if (status is not null)
            response.Headers.Add("grpc-status", status);
        return response;
    }
}
