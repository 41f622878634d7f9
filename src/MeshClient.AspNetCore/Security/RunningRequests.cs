using System.Collections.Immutable;
using MeshClient.AspNetCore.Inbound;
using MeshClient.Identity;
using MeshClient.Intentions;
using MeshClient.Matching;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace MeshClient.AspNetCore.Security;

/// <summary>A request that runs; used again for another when it has ended.</summary>
internal sealed class RunningRequest
{
    private static readonly HeaderReader s_read = static (request, name) => ((RunningRequest)request).Header(name);

    private string _method = "";
    private string _target = "";
    private IHeaderDictionary? _headers;
    private ImmutableArray<string> _names = [];
    private StringValues[] _values = [];

    public HttpContext? Context { get; private set; }

    /// <summary>The call for its meter; null = it is not measured. Kept, since another thread must not look for a feature that the application may be replacing.</summary>
    public MeteredCall? Call { get; private set; }

    public SpiffeId? Caller { get; private set; }

    public RunningRequest? Next { get; set; }

    public RunningRequest? Previous { get; set; }

    /// <param name="context">The request.</param>
    /// <param name="caller">Who makes it.</param>
    /// <param name="headers">The headers whose values are kept as they came: the application may change them, and a change must not move a later decision.</param>
    public void Set(HttpContext context, SpiffeId? caller, ImmutableArray<string> headers)
    {
        Context = context;
        Call = context.Features.Get<MeteredCall>();
        Caller = caller;
        _method = context.Request.Method;
        _target = context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
        _headers = context.Request.Headers;
        _names = headers;
        if (_values.Length < headers.Length)
            _values = new StringValues[headers.Length];
        for (var i = 0; i < headers.Length; i++)
            _values[i] = _headers[headers[i]];
    }

    public void Clear()
    {
        Context = null;
        Call = null;
        Caller = null;
        _headers = null;
        _names = [];
        Array.Clear(_values);
    }

    public IntentionDecision Decide(IntentionTable? table) =>
        table is null ? IntentionDecision.NothingKnown : table.Decide(Caller, new RequestFacts(_method, _target, this, s_read));

    // A header that only newer intentions read is taken as it is now.
    private StringValues Header(string name)
    {
        for (var i = 0; i < _names.Length; i++)
        {
            if (_names[i].Equals(name, StringComparison.OrdinalIgnoreCase))
                return _values[i];
        }
        return _headers![name];
    }
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
    /// <param name="context">The request.</param>
    /// <param name="caller">Who makes it.</param>
    /// <param name="table">The intentions in force, for the headers that they read; null = none.</param>
    /// <param name="stripe">Where it is noted, for its end.</param>
    public RunningRequest Begin(HttpContext context, SpiffeId? caller, IntentionTable? table, out int stripe)
    {
        stripe = Thread.GetCurrentProcessorId() % _stripes.Length;
        return _stripes[stripe].Add(context, caller, table?.Headers ?? []);
    }

    public void End(RunningRequest request, int stripe) => _stripes[stripe].Remove(request);

    /// <summary>Decides all again.</summary>
    /// <param name="table">The intentions in force.</param>
    /// <param name="denied">Called for each that is denied now, while it cannot end and be another. One that fails keeps none of the others from being called.</param>
    /// <exception cref="AggregateException">Some failed.</exception>
    public void Recheck(IntentionTable table, Action<RunningRequest, IntentionDecision> denied)
    {
        var errors = new List<Exception>();
        foreach (var stripe in _stripes)
            stripe.Recheck(table, denied, errors);
        if (errors.Count > 0)
            throw new AggregateException(errors);
    }

    private sealed class Stripe
    {
        private readonly Lock _turn = new();
        private RunningRequest? _first;
        private RunningRequest? _spare;
        private int _spares;

        public int Count { get; private set; }

        public RunningRequest Add(HttpContext context, SpiffeId? caller, ImmutableArray<string> headers)
        {
            lock (_turn)
            {
                var request = _spare ?? new RunningRequest();
                if (_spare is not null)
                {
                    _spare = request.Next;
                    _spares--;
                }
                request.Set(context, caller, headers);
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

        public void Recheck(IntentionTable table, Action<RunningRequest, IntentionDecision> denied, List<Exception> errors)
        {
            lock (_turn)
            {
                for (var request = _first; request is not null; request = request.Next)
                {
                    if (Decide(request, table) is not { IsAllowed: false } decision)
                        continue;
                    try
                    {
                        denied(request, decision);
                    }
                    catch (Exception error)
                    {
                        errors.Add(error);
                    }
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
