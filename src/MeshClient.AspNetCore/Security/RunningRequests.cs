using MeshClient.Identity;
using MeshClient.Intentions;
using MeshClient.Matching;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace MeshClient.AspNetCore.Security;

/// <summary>A request that runs; used again for another when it has ended.</summary>
internal sealed class RunningRequest
{
    private static readonly HeaderReader s_read = static (headers, name) => ((IHeaderDictionary)headers)[name];

    private string _method = "";
    private string _target = "";
    private IHeaderDictionary? _headers;

    public HttpContext? Context { get; private set; }

    public SpiffeId? Caller { get; private set; }

    public RunningRequest? Next { get; set; }

    public RunningRequest? Previous { get; set; }

    public void Set(HttpContext context, SpiffeId? caller)
    {
        Context = context;
        Caller = caller;
        _method = context.Request.Method;
        _target = context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
        _headers = context.Request.Headers;
    }

    public void Clear()
    {
        Context = null;
        Caller = null;
        _headers = null;
    }

    public IntentionDecision Decide(IntentionTable? table) =>
        table is null ? IntentionDecision.NothingKnown : table.Decide(Caller, new RequestFacts(_method, _target, _headers, s_read));
}

/// <summary>
/// The requests of the mesh's endpoints that run now, so that those can be ended that a change of the intentions denies. In stripes, each with a lock of
/// its own: a request takes one twice, and the look at all of them holds one at a time.
/// </summary>
internal sealed class RunningRequests
{
    private const int MostSpare = 256;
    private readonly Stripe[] _stripes = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Stripe())];

    /// <summary>How many run.</summary>
    public int Count => _stripes.Sum(s => s.Count);

    /// <summary>Notes a request, before it is decided: of a change at the same time one of the two learns.</summary>
    public RunningRequest Begin(HttpContext context, SpiffeId? caller, out int stripe)
    {
        stripe = Thread.GetCurrentProcessorId() % _stripes.Length;
        return _stripes[stripe].Add(context, caller);
    }

    public void End(RunningRequest request, int stripe) => _stripes[stripe].Remove(request);

    /// <summary>Decides all again.</summary>
    /// <param name="table">The intentions in force.</param>
    /// <param name="denied">Called for each that is denied now, while it cannot end and be another.</param>
    public void Recheck(IntentionTable table, Action<RunningRequest, IntentionDecision> denied)
    {
        foreach (var stripe in _stripes)
            stripe.Recheck(table, denied);
    }

    private sealed class Stripe
    {
        private readonly Lock _turn = new();
        private RunningRequest? _first;
        private RunningRequest? _spare;
        private int _spares;

        public int Count { get; private set; }

        public RunningRequest Add(HttpContext context, SpiffeId? caller)
        {
            lock (_turn)
            {
                var request = _spare ?? new RunningRequest();
                if (_spare is not null)
                {
                    _spare = request.Next;
                    _spares--;
                }
                request.Set(context, caller);
                request.Previous = null;
                request.Next = _first;
                if (_first is not null)
                    _first.Previous = request;
                _first = request;
                Count++;
                return request;
            }
        }

        public void Remove(RunningRequest request)
        {
            lock (_turn)
            {
                if (request.Previous is { } previous)
                    previous.Next = request.Next;
                else
                    _first = request.Next;
                if (request.Next is { } next)
                    next.Previous = request.Previous;
                Count--;
                request.Clear();
                request.Previous = null;
                request.Next = null;
                if (_spares >= MostSpare)
                    return;
                request.Next = _spare;
                _spare = request;
                _spares++;
            }
        }

        public void Recheck(IntentionTable table, Action<RunningRequest, IntentionDecision> denied)
        {
            lock (_turn)
            {
                for (var request = _first; request is not null; request = request.Next)
                {
                    if (Decide(request, table) is { IsAllowed: false } decision)
                        denied(request, decision);
                }
            }
        }

        // The application may be changing the headers at this moment; what cannot be read is denied.
        private static IntentionDecision Decide(RunningRequest request, IntentionTable table)
        {
            try
            {
                return request.Decide(table);
            }
            catch (Exception error) when (error is InvalidOperationException or NullReferenceException or IndexOutOfRangeException)
            {
                return IntentionDecision.NothingKnown;
            }
        }
    }
}
