using System.Globalization;

namespace MeshClient.DevRegistry.Wire;

/// <summary>A body that is refused; the message is the answer's text.</summary>
internal sealed class InvalidRequestException(string message) : Exception(message)
{
    /// <summary>Consul's form of a list of problems.</summary>
    public static string ListOf(IReadOnlyCollection<string> problems) => string.Create(
        CultureInfo.InvariantCulture,
        $"{problems.Count} error{(problems.Count == 1 ? "" : "s")} occurred:\n{string.Concat(problems.Select(static problem => $"\t* {problem}\n"))}\n");

    /// <exception cref="InvalidRequestException">There are problems.</exception>
    public static void ThrowIfAny(IReadOnlyCollection<string> problems)
    {
        if (problems.Count > 0)
        {
            throw new InvalidRequestException(ListOf(problems));
        }
    }
}
