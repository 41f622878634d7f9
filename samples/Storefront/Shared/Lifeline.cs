namespace Storefront.Shared;

/// <summary>Ends a service when the program that started it has ended, however that came about: its standard input closes then.</summary>
internal static class Lifeline
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    public static void Attach(WebApplication app)
    {
        if (!Console.IsInputRedirected)
            return;
        _ = Task.Run(async () =>
        {
            while (await Console.In.ReadLineAsync() is not null)
            {
            }
            app.Lifetime.StopApplication();
            await Task.Delay(s_patience);
            Environment.Exit(1);
        });
    }
}
