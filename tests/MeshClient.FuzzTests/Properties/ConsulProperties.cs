using System.Text;
using System.Text.Json;
using CsCheck;
using MeshClient.Consul;
using MeshClient.Consul.Api;
using MeshClient.Consul.Discovery;

namespace MeshClient.FuzzTests.Properties;

/// <summary>What is made of Consul's answers.</summary>
public sealed class ConsulProperties
{
    private static readonly string[] s_statuses = ["passing", "warning", "critical", "maintenance", "", "PASSING"];

    private static readonly Gen<string?> s_texts = Gen.Select(Gen.Int[0, 5], Gen.String).Select((kind, text) => kind switch { 0 => null, 1 => "", _ => text });

    private static readonly Gen<int?> s_numbers =
        Gen.Select(Gen.Int[0, 4], Gen.Int, Gen.Int[1, 65535]).Select((kind, any, valid) => kind switch { 0 => (int?)null, < 3 => any, _ => valid });

    private static readonly Gen<Entry> s_entries =
        Gen.Select(s_texts, s_texts, s_texts, s_numbers, s_numbers, Gen.Int[0, s_statuses.Length - 1].Array[0, 4])
            .Select((id, address, node, port, weight, checks) => new Entry(id, address, node, port, weight, [.. checks.Select(i => s_statuses[i])]));

    [Fact]
    public void Every_entry_becomes_an_endpoint_in_range_or_none() => s_entries.Array[0, 5].Holds(entries =>
    {
        HealthEntry[] read = [.. entries.Select(entry => JsonSerializer.Deserialize(entry.ToJson(), ConsulJson.Default.HealthEntry)!)];
        var endpoints = new EndpointMapper().Map([.. read]);
        Assert.Equal(entries.Count(entry => entry.HasAddress), endpoints.Length);
        foreach (var endpoint in endpoints)
        {
            Assert.InRange(endpoint.Port, 0, 65535);
            Assert.InRange(endpoint.Weight, 0, 65535);
            Assert.True(Enum.IsDefined(endpoint.Health));
        }
        Assert.Equal(endpoints, new EndpointMapper().Map([.. read]));
    });

    [Fact]
    public void An_index_is_followed_forward_and_begun_again_when_it_goes_back() => Gen.Select(Gen.ULong[0, 20], Gen.ULong[0, 20]).Holds((last, received) =>
    {
        var next = ConsulIndex.Next(last, received);
        Assert.True(next == received || next <= 1);
        Assert.Equal(received >= last ? Math.Max(1, received) : received == 0 ? 1ul : 0, next);
        Assert.Equal(received < last, ConsulIndex.WentBack(last, received));
    });

    [Fact]
    public void A_watch_is_paced_however_often_its_service_changes() => Gen.Int[0, 400].Array[1, 60].Holds(gaps =>
    {
        var now = DateTimeOffset.UnixEpoch;
        var bucket = new TokenBucket(now);
        var asked = new List<DateTimeOffset>();
        foreach (var gap in gaps)
        {
            now += TimeSpan.FromMilliseconds(gap);
            var wait = bucket.Take(now);
            Assert.InRange(wait, TimeSpan.Zero, TokenBucket.Refill);
            now += wait;
            asked.Add(now);
        }
        for (var i = 0; i < asked.Count; i++)
        {
            for (var j = i + 1; j < asked.Count; j++)
                Assert.True(j - i + 1 <= TokenBucket.Burst + ((asked[j] - asked[i]) / TokenBucket.Refill) + 1e-6);
        }
    });

    [Fact]
    public void A_body_is_read_to_its_limit_in_any_pieces() => Gen.Select(Gen.Byte.Array[0, 600], Gen.Int[1, 64], Gen.Int[0, 600]).Holds((body, piece, limit) =>
    {
        using var bounded = new BoundedStream(new MemoryStream(body), limit, "a test");
        var read = new MemoryStream();
        var buffer = new byte[piece];
        try
        {
            for (int count; (count = bounded.ReadAsync(buffer).AsTask().GetAwaiter().GetResult()) > 0;)
                read.Write(buffer, 0, count);
            Assert.Equal(body, read.ToArray());
            Assert.True(body.Length <= limit);
        }
        catch (ConsulException)
        {
            Assert.True(body.Length > limit);
            Assert.True(read.Length <= limit);
        }
        var seen = (int)Math.Min(bounded.Position, 200);
        Assert.Equal(string.Concat(Encoding.UTF8.GetString(body, 0, seen).Select(c => char.IsControl(c) ? ' ' : c)).Trim(), bounded.Head);
    });

    private sealed record Entry(string? Id, string? Address, string? Node, int? Port, int? Weight, string[] Statuses)
    {
        public bool HasAddress => !string.IsNullOrEmpty(Id) && (string.IsNullOrEmpty(Address) ? Node : Address)?.Trim('[', ']') is { Length: > 0 };

        public string ToJson() => JsonSerializer.Serialize(new
        {
            Node = new { Node, Address = Node },
            Service = new { ID = Id, Address, Port, Weights = Weight is null ? null : new { Passing = Weight, Warning = Weight }, Tags = (string?[])[Id, null] },
            Checks = Statuses.Select(status => new { CheckID = "c", Status = status }),
        });
    }
}
