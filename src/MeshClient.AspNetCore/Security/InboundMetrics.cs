using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using MeshClient.Identity;
using MeshClient.Intentions;
using MeshClient.Primitives;
using MeshClient.Telemetry;

namespace MeshClient.AspNetCore.Security;

/// <summary>What the mesh's endpoints are measured by.</summary>
internal sealed class InboundMetrics
{
    /// <summary>More callers in plain text at a time than this are one, <c>other</c>.</summary>
    public const int MostAddresses = 200;

    /// <summary>A caller in plain text that has not called for this long gives its place to another.</summary>
    public static readonly TimeSpan Idle = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan s_rest = TimeSpan.FromSeconds(10);

    public const string Mutual = "mutual_tls";
    public const string Plain = "plain";
    public const string PlainRefused = "plain_refused";
    public const string Unknown = "unknown_protocol";
    public const string Timeout = "timeout";
    public const string NoLeaf = "no_leaf";
    public const string LeafExpired = "leaf_expired";
    public const string Failed = "handshake_failed";

    private static readonly TagDefinition s_result = new(
        "mesh.inbound.result", "What became of the connection: accepted (`mutual_tls`, `plain`), or why it was refused.",
        [Mutual, Plain, PlainRefused, Unknown, Timeout, NoLeaf, LeafExpired, Failed, .. Enum.GetValues<PeerVerdict>().Where(v => v != PeerVerdict.Accepted).Select(NameOf)]);

    private static readonly TagDefinition s_client = new(
        "client.address", "The address that the caller has; `other` beyond 200 at a time. One that has not called for ten minutes no longer counts among them.");

    private static readonly CounterDefinition s_connections = new(
        "mesh.inbound.connections", "{connection}", "Connections to endpoints of the mesh, accepted or refused.", s_result);

    private static readonly CounterDefinition s_plain = new(
        "mesh.inbound.plain_requests", "{request}", "Requests in plain text, which Strict would refuse.", s_client);

    private static readonly CounterDefinition s_aborted = new(
        "mesh.inbound.aborted_requests", "{request}", "Running requests that were ended since a change of the intentions denies them.", IntentionMetrics.Rule);

    private readonly ConcurrentDictionary<IPAddress, Caller> _addresses = new();
    private readonly Lock _turn = new();
    private readonly TimeProvider _time;
    private TimeSpan _looked = TimeSpan.MinValue;
    private readonly Counter<long> _connections;
    private readonly Counter<long> _plain;
    private readonly Counter<long> _aborted;

    public InboundMetrics(IMeterFactory meters, TimeProvider time)
    {
        _time = time;
        var meter = MeshTelemetry.MeterOf(meters);
        _connections = s_connections.Create(meter);
        _plain = s_plain.Create(meter);
        _aborted = s_aborted.Create(meter);
    }

    public static string NameOf(PeerVerdict verdict) => verdict switch
    {
        PeerVerdict.NoCertificate => "no_certificate",
        PeerVerdict.NoTrustBundle => "no_trust_bundle",
        PeerVerdict.Expired => "expired",
        PeerVerdict.NotYetValid => "not_yet_valid",
        PeerVerdict.UntrustedChain => "untrusted_chain",
        PeerVerdict.IsAuthority => "is_authority",
        PeerVerdict.WrongUsage => "wrong_usage",
        PeerVerdict.NoIdentity => "no_identity",
        PeerVerdict.SeveralIdentities => "several_identities",
        PeerVerdict.MalformedIdentity => "malformed_identity",
        PeerVerdict.OtherTrustDomain => "other_trust_domain",
        PeerVerdict.OtherIdentity => "other_identity",
        _ => Mutual,
    };

    public void Connection(string result) => _connections.Add(1, s_result.Of(result));

    public void PlainRequest(IPAddress? address) => _plain.Add(1, s_client.Of(Name(address)));

    public void Aborted(in IntentionDecision decision) => _aborted.Add(1, IntentionMetrics.Rule.Of(decision.Rule));

    private string Name(IPAddress? address)
    {
        if (address is null)
            return "unknown";
        var now = _time.Now();
        if (_addresses.TryGetValue(address, out var known))
        {
            known.Seen(now);
            return known.Name;
        }
        lock (_turn)
        {
            if (_addresses.Count >= MostAddresses && !Forget(now))
                return "other";
            var caller = _addresses.GetOrAdd(address, static a => new Caller(a.ToString()));
            caller.Seen(now);
            return caller.Name;
        }
    }

    // Not for each of many that find no place.
    private bool Forget(TimeSpan now)
    {
        if (_looked != TimeSpan.MinValue && now - _looked < s_rest)
            return false;
        _looked = now;
        foreach (var (address, caller) in _addresses)
        {
            if (now - caller.LastSeen >= Idle)
                _addresses.TryRemove(address, out _);
        }
        return _addresses.Count < MostAddresses;
    }

    private sealed class Caller(string name)
    {
        private long _seen;

        public string Name => name;

        public TimeSpan LastSeen => new(Volatile.Read(ref _seen));

        public void Seen(TimeSpan now) => Volatile.Write(ref _seen, now.Ticks);
    }
}
