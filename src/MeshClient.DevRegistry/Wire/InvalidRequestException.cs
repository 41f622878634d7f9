using System.Globalization;

namespace MeshClient.DevRegistry.Wire;

/// <summary>A body that is refused; the message is the answer's text.</summary>
internal sealed class InvalidRequestException(string message) : Exception(message)
{
    /// <exception cref="InvalidRequestException">There are problems.</exception>
    public static void ThrowIfAny(IReadOnlyCollection<string> problems)
    {
        if (problems.Count > 0)
        {
            throw new InvalidRequestException(ListOf(problems));
        }
    }

    /// <summary>Consul's form of a list of problems.</summary>
    private static string ListOf(IReadOnlyCollection<string> problems)
    {
        var lines = string.Concat(problems.Select(static problem => $"\t* {problem}\n"));
        return string.Create(CultureInfo.InvariantCulture, $"{problems.Count} error{(problems.Count == 1 ? "" : "s")} occurred:\n{lines}\n");
    }
}
