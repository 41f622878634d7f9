using MeshClient.AspNetCore.Inbound;
using MeshClient.AspNetCore.Security;
using MeshClient.Identity;
using MeshClient.Intentions;
using Microsoft.AspNetCore.Http;

namespace MeshClient.AspNetCore.Tests.Security;

public sealed class RunningRequestsTests
{
    private static readonly SpiffeId s_api = SpiffeId.Of("t.consul", "dc1", "api");
    private static readonly SpiffeId s_web = SpiffeId.Of("t.consul", "dc1", "web");

    private static readonly IntentionTable s_denyApi = new(new IntentionSet(
        "db", [new Intention { Source = "api", Destination = "db", Action = IntentionAction.Deny }], AllowByDefault: true));

    private readonly RunningRequests _running = new();

    [Fact]
    public void Those_that_are_denied_now_are_named_and_no_others()
    {
        var denied = new[] { Begin(s_api), Begin(s_web), Begin(null), Begin(s_api) };

        Assert.Equal([denied[0].Context!, denied[3].Context!], Denied());
        End(denied[0]);
        End(denied[1]);
        Assert.Equal([denied[3].Context!], Denied());
        End(denied[3]);
        End(denied[2]);
        Assert.Empty(Denied());
        Assert.Equal(0, _running.Count);
    }

    [Fact]
    public void What_has_ended_is_used_again_and_holds_nothing()
    {
        for (var i = 0; i < 1000; i++)
        {
            var batch = Enumerable.Range(0, 300).Select(_ => Begin(s_web)).ToArray();
            Array.ForEach(batch, End);
            Assert.All(batch, r => Assert.Equal((null, null), (r.Request.Context, r.Request.Call)));
        }
        Assert.Equal(0, _running.Count);
    }

    [Fact]
    public void One_that_cannot_be_ended_keeps_none_of_the_others_from_it()
    {
        var all = Enumerable.Range(0, 50).Select(_ => Begin(s_api)).ToArray();
        var ended = 0;
        var error = Assert.Throws<AggregateException>(() => _running.Recheck(s_denyApi, (_, _) => throw new IOException($"{++ended}")));
        Assert.Equal((50, 50), (ended, error.InnerExceptions.Count));
        Array.ForEach(all, End);
    }

    [Fact]
    public void A_header_that_the_application_has_changed_decides_as_it_came()
    {
        var table = Table(new HeaderCondition { Name = "x-tenant", Exact = "a" });
        var context = new DefaultHttpContext();
        context.Request.Headers["X-Tenant"] = "a";
        var request = _running.Begin(context, s_web, table, out var stripe);
        Assert.True(request.Decide(table).IsAllowed);

        context.Request.Headers["X-Tenant"] = "b";

        _running.Recheck(table, (_, decision) => Assert.Fail($"{decision}"));
        // Only newer intentions read this one.
        context.Request.Headers["x-new"] = "1";
        Assert.True(request.Decide(Table(new HeaderCondition { Name = "x-new", Exact = "1" })).IsAllowed);
        _running.End(request, stripe);
        var next = _running.Begin(new DefaultHttpContext(), s_web, table, out stripe);
        Assert.False(next.Decide(table).IsAllowed);
        _running.End(next, stripe);
    }

    private static IntentionTable Table(HeaderCondition condition) => new(new IntentionSet("db",
    [
        new Intention
        {
            Source = "web",
            Destination = "db",
            Permissions = [new IntentionPermission { Action = IntentionAction.Allow, Headers = [condition] }],
        },
    ], AllowByDefault: false));

    private HttpContext[] Denied()
    {
        var found = new List<HttpContext>();
        _running.Recheck(s_denyApi, (request, _) => found.Add(request.Context!));
        return [.. found.OrderBy(c => c.TraceIdentifier, StringComparer.Ordinal)];
    }

    private int _number;

    private (RunningRequest Request, int Stripe, HttpContext? Context) Begin(SpiffeId? caller)
    {
        var context = new DefaultHttpContext { TraceIdentifier = $"{++_number:D6}" };
        context.Features.Set(new MeteredCall());
        return (_running.Begin(context, caller, null, out var stripe), stripe, context);
    }

    private void End((RunningRequest Request, int Stripe, HttpContext? Context) running) => _running.End(running.Request, running.Stripe);
}
