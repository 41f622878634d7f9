using System.Text;
using MeshClient.Grpc;

namespace MeshClient.Tests.Grpc;

public sealed class GrpcMethodsTests
{
    [Theory]
    [InlineData("/shop.Pricing/GetPrice", true)]
    [InlineData("/shop.Pricing/getprice", false)]
    [InlineData("/shop.Pricing/GetPrices", false)]
    [InlineData("/shop.Pricing", false)]
    [InlineData("/shop.Stock/Any", true)]
    [InlineData("/shop.Stock/", true)]
    [InlineData("/shop.Stocks/Any", false)]
    [InlineData("/", false)]
    [InlineData("", false)]
    public void A_method_is_named_by_itself_or_by_its_service(string path, bool isContained) =>
        Assert.Equal(isContained, new GrpcMethods(["shop.Pricing/GetPrice", "shop.Stock/*"]).Contains(path));

    [Fact]
    public void A_path_longer_than_any_name_is_in_none() => Assert.False(new GrpcMethods(["a/*"]).Contains("/" + new string('a', 10_000) + "/b"));

    [Fact]
    public void A_description_names_the_methods_whose_level_says_so()
    {
        var file = File(package: "shop", Service("Pricing", Method("Get", 1), Method("Set", 2), Method("Add", 0), Method("Old", null)), Service("Stock", Method("Count", 1)));

        Assert.Equal(["shop.Pricing/Get", "shop.Pricing/Set", "shop.Stock/Count"], GrpcDescriptor.IdempotentMethods(file));
    }

    [Fact]
    public void Without_a_package_the_service_stands_first() =>
        Assert.Equal(["Pricing/Get"], GrpcDescriptor.IdempotentMethods(File(package: null, Service("Pricing", Method("Get", 1)))));

    [Theory]
    [InlineData("FF")]
    [InlineData("1205736F")]
    [InlineData("32020A05")]
    public void What_is_no_description_is_refused_with_the_remedy(string hex)
    {
        var thrown = Assert.Throws<ArgumentException>(() => GrpcDescriptor.IdempotentMethods(Convert.FromHexString(hex)));

        Assert.Contains("SerializedData", thrown.Message, StringComparison.Ordinal);
    }

    private static byte[] File(string? package, params byte[][] services) =>
        [.. package is null ? [] : Field(2, Encoding.UTF8.GetBytes(package)), .. services.SelectMany(s => Field(6, s))];

    private static byte[] Service(string name, params byte[][] methods) => [.. Field(1, Encoding.UTF8.GetBytes(name)), .. methods.SelectMany(m => Field(2, m))];

    // idempotency_level is field 34, a number: its tag is 34 << 3, in two bytes.
    private static byte[] Method(string name, byte? level) => [.. Field(1, Encoding.UTF8.GetBytes(name)), .. level is { } value ? Field(4, [0x90, 0x02, value]) : []];

    private static byte[] Field(int number, byte[] bytes) => [(byte)(number << 3 | 2), (byte)bytes.Length, .. bytes];
}
