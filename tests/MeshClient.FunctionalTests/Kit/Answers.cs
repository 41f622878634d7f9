namespace MeshClient.FunctionalTests.Kit;

/// <summary>What servers of the tests answer.</summary>
internal static class Answers
{
    public static RequestDelegate Status(int status) => context =>
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsync($"status {status}");
    };

    /// <summary>Reads the whole request first, and says how long its body was.</summary>
    public static RequestDelegate Length(Action<long>? note = null) => async context =>
    {
        var length = await ReadAsync(context);
        note?.Invoke(length);
        await context.Response.WriteAsync($"{length}");
    };

    /// <summary>Answers one status to the first request and another to all that follow, whoever of those that share this answer gets them.</summary>
    public static RequestDelegate FirstThen(int first, int then)
    {
        var calls = 0;
        return async context =>
        {
            await ReadAsync(context);
            context.Response.StatusCode = Interlocked.Increment(ref calls) == 1 ? first : then;
            await context.Response.WriteAsync("x");
        };
    }

    public static async Task<long> ReadAsync(HttpContext context)
    {
        var buffer = new byte[64 * 1024];
        long sum = 0;
        while (await context.Request.Body.ReadAsync(buffer, context.RequestAborted) is var read and > 0)
            sum += read;
        return sum;
    }
}
