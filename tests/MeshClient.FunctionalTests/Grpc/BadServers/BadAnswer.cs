using System.Globalization;

namespace MeshClient.FunctionalTests.Grpc.BadServers;

/// <summary>The answers that no good server gives, by name.</summary>
internal static class BadAnswer
{
    private const string Grpc = BadServer.GrpcType;

    /// <summary>What the server does about a request.</summary>
    /// <param name="name">The name, with a number after it where it has one: <c>http 503</c>.</param>
    public static Func<Http2Connection, int, Task> Of(string name)
    {
        var number = name.Split(' ')[^1];
        int Number() => int.Parse(number, CultureInfo.InvariantCulture);
        return name[..^number.Length].TrimEnd() switch
        {
            "html" => (c, s) => HtmlAsync(c, s, number),
            "type" => (c, s) => TypeAsync(c, s, number),
            "trailers-only status" => (c, s) => c.HeadersAsync(s, ends: true, (":status", "200"), ("content-type", Grpc), ("grpc-status", number)),
            "trailers-only 404, status" => (c, s) => c.HeadersAsync(s, ends: true, (":status", "404"), ("grpc-status", number)),
            "trailers-only 503, status" => (c, s) => c.HeadersAsync(s, ends: true, (":status", "503"), ("content-type", Grpc), ("grpc-status", number)),
            "trailing status" => (c, s) => AnswerAsync(c, s, BadServer.Message(), ("grpc-status", number)),
            "no status after" => number switch
            {
                "headers" => (c, s) => c.HeadersAsync(s, ends: true, (":status", "200"), ("content-type", Grpc)),
                "message" => NoTrailersAsync,
                "trailers" => (c, s) => AnswerAsync(c, s, BadServer.Message(), ("x-other", "1")),
                _ => throw new ArgumentException(name),
            },
            "cut message, status" => (c, s) => AnswerAsync(c, s, [0, 0, 0, 0, 100, 1, 2, 3], ("grpc-status", number)),
            "cut prefix, status" => (c, s) => AnswerAsync(c, s, [0, 0], ("grpc-status", number)),
            "no message, status" => (c, s) => AnswerAsync(c, s, [], ("grpc-status", number)),
            "length 0, status" => async (c, s) =>
            {
                await c.HeadersAsync(s, ends: false, (":status", "200"), ("content-type", Grpc), ("content-length", "0"));
                await c.HeadersAsync(s, ends: true, ("grpc-status", number));
            }
            ,
            "headers of" => (c, s) => c.HeadersAsync(s, ends: true, (":status", "200"), ("content-type", Grpc), ("grpc-status", "0"), ("x", new('x', Number()))),
            "headers in pieces of" => (c, s) => c.HeadersAsync(
                s, ends: true, [(":status", "200"), ("content-type", Grpc), ("grpc-status", "0"), .. Enumerable.Range(0, 10).Select(i => ($"x{i}", new string('x', Number())))]),
            "trailers of" => (c, s) => AnswerAsync(c, s, BadServer.Message(), ("grpc-status", "0"), ("x", new('x', Number()))),
            "headers without" => (c, s) => c.HeadersAsync(s, ends: true, ("content-type", Grpc), ("grpc-status", "0")),
            "garbage, status" => (c, s) => AnswerAsync(c, s, [0, 0, 0, 0, 2, 0xff, 0xff], ("grpc-status", number)),
            "message over the limit, status" => (c, s) => AnswerAsync(c, s, [0, 0x7f, 0, 0, 0, 1], ("grpc-status", number)),
            "reset" => (c, s) => c.ResetAsync(s, Number()),
            "headers, reset" => async (c, s) =>
            {
                await BadServer.BeginAsync(c, s);
                await c.ResetAsync(s, Number());
            }
            ,
            "message, reset" => async (c, s) =>
            {
                await BadServer.BeginAsync(c, s);
                await c.DataAsync(s, BadServer.Message());
                await c.ResetAsync(s, Number());
            }
            ,
            "closes after" => async (c, s) =>
            {
                if (number == "headers")
                    await BadServer.BeginAsync(c, s);
                c.Close();
            }
            ,
            "goaway that includes the call, then" => async (c, s) =>
            {
                await c.GoAwayAsync(s);
                if (number == "answer")
                    await BadServer.ServeAsync(c, s);
                else
                    c.Close();
            }
            ,
            "goaway that excludes the call, after" => async (c, s) =>
            {
                if (number == "headers")
                    await BadServer.BeginAsync(c, s);
                await c.GoAwayAsync(0);
            }
            ,
            _ => throw new ArgumentException(name),
        };
    }

    private static async Task HtmlAsync(Http2Connection connection, int stream, string status)
    {
        await connection.HeadersAsync(stream, ends: false, (":status", status), ("content-type", "text/html"));
        await connection.DataAsync(stream, "<html>Hello</html>"u8.ToArray(), ends: true);
    }

    private static async Task TypeAsync(Http2Connection connection, int stream, string type)
    {
        await connection.HeadersAsync(stream, ends: false, type == "none" ? [(":status", "200")] : [(":status", "200"), ("content-type", type)]);
        await connection.DataAsync(stream, BadServer.Message());
        await connection.HeadersAsync(stream, ends: true, ("grpc-status", "0"));
    }

    private static async Task NoTrailersAsync(Http2Connection connection, int stream)
    {
        await BadServer.BeginAsync(connection, stream);
        await connection.DataAsync(stream, BadServer.Message(), ends: true);
    }

    private static async Task AnswerAsync(Http2Connection connection, int stream, byte[] body, params (string Name, string Value)[] trailers)
    {
        await BadServer.BeginAsync(connection, stream);
        await connection.DataAsync(stream, body);
        await connection.HeadersAsync(stream, ends: true, trailers);
    }
}
