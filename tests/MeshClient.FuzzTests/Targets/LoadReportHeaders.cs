using System.Text;
using MeshClient.FuzzTests.Fuzzing;
using MeshClient.Grpc;
using MeshClient.LoadReports;

namespace MeshClient.FuzzTests.Targets;

/// <summary>How loaded a server says that it is, by the bytes of a report and by the text of its header: nothing, or figures of which a weight can be made.</summary>
internal sealed class LoadReportHeaders : IFuzzTarget
{
    private static readonly IReadOnlyList<byte[]> s_seeds = Make();

    public int Inputs => 5000;

    public byte[] Make(Mutator mutator) => mutator.Mutate(s_seeds);

    public long Allowance(byte[] input) => (1 << 20) + (1024L * input.Length);

    public Task TakeAsync(byte[] input)
    {
        if (LoadFigures.TryRead(input, out var figures))
            AssertIsLoad(figures);
        using var response = new HttpResponseMessage();
        foreach (var text in (string[])[Encoding.Latin1.GetString(input), Convert.ToBase64String(input)])
        {
            response.Headers.Clear();
            response.Headers.TryAddWithoutValidation(LoadReportHeader.Name, text);
            if (LoadReportHeader.TryRead(response.Headers, out figures))
                AssertIsLoad(figures);
        }
        if (LoadReportRequest.TryRead(input, out var interval))
            Assert.InRange(interval, TimeSpan.Zero, LoadReportRequest.Longest + TimeSpan.FromSeconds(3));
        return Task.CompletedTask;
    }

    private static void AssertIsLoad(LoadFigures figures) => Assert.True(figures.Weight(1) >= 0, figures.ToString());

    private static byte[][] Make()
    {
        var message = LoadReportWriter.Message(new()
        {
            CpuUtilization = 0.5,
            MemoryUtilization = 0.25,
            ApplicationUtilization = 0.75,
            RequestsPerSecond = 100,
            ErrorsPerSecond = 1,
            Utilization = new Dictionary<string, double> { ["pool"] = 0.5 },
            NamedMetrics = new Dictionary<string, double> { ["queue"] = 3 },
        });
        return
        [
            message[GrpcStream.PrefixLength..], Encoding.Latin1.GetBytes(LoadReportWriter.Header(message)), Convert.FromHexString("0A0810011080CAB5EE01"),
            Convert.FromHexString("0A0A08FFFFFFFFFFFFFFFF7F"), [],
        ];
    }
}
