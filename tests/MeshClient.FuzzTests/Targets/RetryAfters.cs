using System.Text;
using MeshClient.FuzzTests.Fuzzing;
using MeshClient.Http;

namespace MeshClient.FuzzTests.Targets;

/// <summary>How long an answer asks to wait: nothing, or a time of zero or more.</summary>
internal sealed class RetryAfters : IFuzzTarget
{
    private static readonly DateTimeOffset s_now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly IReadOnlyList<byte[]> s_seeds = Seeds.Texts(
        "120", "0", "2147483647", "Thu, 01 Jan 2026 00:01:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "Sun Nov  6 08:49:37 1994", "Sunday, 06-Nov-94 08:49:37 GMT", "1, 2", "");

    public int Inputs => 5000;

    public byte[] Make(Mutator mutator) => mutator.Mutate(s_seeds);

    public long Allowance(byte[] input) => (1 << 20) + (1024L * input.Length);

    public Task TakeAsync(byte[] input)
    {
        using var response = new HttpResponseMessage();
        foreach (var value in Encoding.Latin1.GetString(input).Split('\n'))
            response.Headers.TryAddWithoutValidation("Retry-After", value);
        if (RetryAfter.Of(response, s_now) is { } wait)
            Assert.InRange(wait, TimeSpan.Zero, TimeSpan.MaxValue);
        return Task.CompletedTask;
    }
}
