namespace Storefront.Shared;

/// <summary>Ends a service when the program that started it has ended, however that came about: its standard input closes then.</summary>
internal static class Lifeline
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    public static void Attach(WebApplication app)
    {
        // Only when asked: started by hand or by a container, a service may have no standard input from the start.
        if (app.Configuration["Lifeline"] != "stdin")
            return;
        var thread = new Thread(() =>
        {
            while (Console.In.ReadLine() is not null)
            {
            }
            app.Lifetime.StopApplication();
            Thread.Sleep(s_patience);
            Environment.Exit(1);
        })
        {
            IsBackground = true,
        };
        thread.Start();
    }
}
