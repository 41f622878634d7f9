using MeshClient.Primitives;

namespace MeshClient.LoadReports;

/// <summary>What a client makes use of in a report; the rest of it is passed over.</summary>
/// <param name="Cpu">The part of the CPU in use.</param>
/// <param name="Application">The utilisation as the application sees it; 0 = it does not say.</param>
/// <param name="RequestsPerSecond">The requests a second.</param>
/// <param name="ErrorsPerSecond">Those a second that failed.</param>
internal readonly record struct LoadFigures(double Cpu, double Application, double RequestsPerSecond, double ErrorsPerSecond)
{
    /// <summary>Reads them from an <c>OrcaLoadReport</c>.</summary>
    /// <returns>False = it is not well-formed, or a figure is no load: negative or not finite.</returns>
    public static bool TryRead(ReadOnlySpan<byte> report, out LoadFigures figures)
    {
        var (cpu, application, requests, errors) = (0.0, 0.0, 0.0, 0.0);
        var reader = new ProtobufReader(report);
        while (reader.TryNext(out var field))
        {
            if (field.Type != WireType.Fixed64)
                continue;
            var value = BitConverter.UInt64BitsToDouble(field.Bits);
            // As in all of Protocol Buffers, the last of several counts.
            switch (field.Number)
            {
                case 1:
                    cpu = value;
                    break;
                case 6:
                    requests = value;
                    break;
                case 7:
                    errors = value;
                    break;
                case 9:
                    application = value;
                    break;
            }
        }
        figures = new(cpu, application, requests, errors);
        return reader.IsValid && IsLoad(cpu) && IsLoad(application) && IsLoad(requests) && IsLoad(errors);
    }

    /// <summary>
    /// The requests a second that the server would answer if it were used wholly (gRPC A58): <c>rps / (utilization + eps / rps * penalty)</c>; 0 = the report does not
    /// say enough.
    /// </summary>
    /// <param name="errorPenalty">How much of the server each part of its requests that fails counts as.</param>
    public double Weight(double errorPenalty)
    {
        var utilization = Application > 0 ? Application : Cpu;
        if (utilization <= 0 || RequestsPerSecond <= 0)
            return 0;
        return RequestsPerSecond / (utilization + (ErrorsPerSecond / RequestsPerSecond * errorPenalty));
    }

    private static bool IsLoad(double value) => double.IsFinite(value) && value >= 0;
}
