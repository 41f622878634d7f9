using Grpc.Core;
using MeshClient.Grpc;

namespace MeshClient.Tests.Grpc;

public class GrpcOptionsTests
{
    [Fact]
    public void By_default_unavailable_alone_is_retried()
    {
        var options = new GrpcOptions();

        Assert.Empty(options.Faults("Grpc"));
        Assert.Equal([StatusCode.Unavailable], Enum.GetValues<StatusCode>().Where(options.IsRetried));
    }

    [Fact]
    public void The_statuses_that_are_named_take_its_place()
    {
        var options = new GrpcOptions { RetryStatuses = { "ABORTED", "resource_exhausted" } };

        Assert.Empty(options.Faults("Grpc"));
        Assert.Equal([StatusCode.ResourceExhausted, StatusCode.Aborted], Enum.GetValues<StatusCode>().Where(options.IsRetried));
    }

    [Theory]
    [InlineData("shop.Pricing/GetPrice", true)]
    [InlineData("shop.Pricing/*", true)]
    [InlineData("shop.Pricing/GetPric", false)]
    [InlineData("shop.Pricing/GetPrices", false)]
    [InlineData("shop.Price/*", false)]
    [InlineData("shop.pricing/GetPrice", false)]
    public void A_method_is_idempotent_where_it_is_named(string named, bool expected)
    {
        var options = new GrpcOptions { IdempotentMethods = { named } };

        Assert.Empty(options.Faults("Grpc"));
        Assert.Equal(expected, options.IsIdempotent(new Uri("http://pricing/shop.Pricing/GetPrice")));
    }

    [Theory]
    [InlineData("/shop.Pricing/GetPrice")]
    [InlineData("shop.Pricing")]
    [InlineData("shop.Pricing/")]
    [InlineData("shop/Pricing/GetPrice")]
    [InlineData("")]
    public void A_method_that_is_none_is_told(string named) =>
        Assert.Equal(
            $"Grpc:IdempotentMethods: expected package.Service/Method or package.Service/*, found \"{named}\".",
            Assert.Single(new GrpcOptions { IdempotentMethods = { named } }.Faults("Grpc")));

    [Theory]
    [InlineData("")]
    [InlineData("x api")]
    [InlineData("x-clé")]
    public void A_header_that_can_be_none_is_told(string name) =>
        Assert.Equal(
            $"Grpc:CredentialHeaders: expected names of metadata (letters, digits, \"-\", \"_\", \".\"), found \"{name}\".",
            Assert.Single(new GrpcOptions { CredentialHeaders = { "x-api-key", name } }.Faults("Grpc")));

    [Theory]
    [InlineData("OK")]
    [InlineData("503")]
    public void A_status_that_is_none_to_retry_is_told(string name) =>
        Assert.Equal(
            $"Grpc:RetryStatuses: expected names of gRPC statuses such as UNAVAILABLE, found \"{name}\".",
            Assert.Single(new GrpcOptions { RetryStatuses = { name } }.Faults("Grpc")));

    [Fact]
    public void A_timeout_is_over_zero() => Assert.StartsWith("Grpc:Timeout", Assert.Single(new GrpcOptions { Timeout = TimeSpan.Zero }.Faults("Grpc")), StringComparison.Ordinal);
}
