using System.Globalization;

namespace Storefront;

/// <summary>What the command line says.</summary>
internal sealed record PlayOptions(Uri? Consul, bool Keep, TimeSpan Act)
{
    public const int CallsPerSecond = 100;

    private const string Usage = """
        Usage: dotnet run --project samples/Storefront -c Release [-- options]
          --consul http://127.0.0.1:8500   use this Consul agent; default: a development registry of its own.
                                           Act 5 replaces the root of its CA, and is left out where it is not one of "-dev"
          --seconds N                      length of each of the acts 1 to 4, 5 to 60; default 8
          --keep                           leave everything running after the last act, until Ctrl-C
        """;

    /// <summary>Reads the command line; null and a message on the error stream when it cannot be read.</summary>
    public static PlayOptions? Parse(string[] args)
    {
        var options = new PlayOptions(null, false, TimeSpan.FromSeconds(8));
        for (var i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--keep":
                    options = options with { Keep = true };
                    break;
                case "--consul" when ++i < args.Length && Uri.TryCreate(args[i], UriKind.Absolute, out var consul) && consul.Scheme is "http" or "https":
                    options = options with { Consul = consul };
                    break;
                case "--seconds" when ++i < args.Length && int.TryParse(args[i], CultureInfo.InvariantCulture, out var seconds) && seconds is >= 5 and <= 60:
                    options = options with { Act = TimeSpan.FromSeconds(seconds) };
                    break;
                default:
                    Console.Error.WriteLine($"Expected an option with a value it can have, found \"{args[Math.Min(i, args.Length - 1)]}\".\n{Usage}");
                    return null;
            }
        }
        return options;
    }
}
