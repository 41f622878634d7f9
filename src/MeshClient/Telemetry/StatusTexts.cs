using System.Globalization;

namespace MeshClient.Telemetry;

/// <summary>HTTP statuses as text, made once each.</summary>
internal static class StatusTexts
{
    private static readonly string?[] s_texts = new string?[600];

    public static string Of(int status) =>
        (uint)status < (uint)s_texts.Length
            ? s_texts[status] ??= status.ToString(CultureInfo.InvariantCulture)
            : status.ToString(CultureInfo.InvariantCulture);
}
