namespace MeshClient.OutlierDetection;

/// <summary>How many endpoints may be out of service at a time. Pure.</summary>
internal static class EjectionLimit
{
    /// <summary>The most of <paramref name="usable"/> endpoints that may be ejected. Never all of them: the last one is never taken.</summary>
    /// <remarks>
    /// The percentage rounds down, where gRPC (A50) ejects until it is reached or passed: of three endpoints it would eject two and so cause the
    /// panic that ends all ejection.
    /// </remarks>
    public static int Of(int usable, OutlierDetectionOptions options)
    {
        var share = (int)((long)usable * options.MaxEjectionPercent / 100);
        return Math.Min(options.AtLeastOne ? Math.Max(1, share) : share, Math.Max(0, usable - 1));
    }
}
