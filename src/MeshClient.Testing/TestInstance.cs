using MeshClient.Model;
using MeshClient.Testing.Seam;

namespace MeshClient.Testing;

/// <summary>
/// One instance of a service that the test plays. What the registry says of it can change while hosts run; they take it over on their own
/// threads, and <see cref="TestMesh.SettleAsync"/> waits for that.
/// </summary>
public sealed class TestInstance : TestTarget
{
    /// <summary>An address of the range that RFC 5737 keeps for documentation: whatever connects to it by mistake reaches nobody.</summary>
    internal const string Host = "192.0.2.1";

    internal const int FirstPort = 10_000;

    private readonly HttpMessageInvoker _answers;
    private Endpoint _endpoint;
    private volatile bool _registered = true;

    internal TestInstance(TestService service, HttpMessageInvoker answers, Endpoint endpoint) =>
        (Service, _answers, _endpoint) = (service, answers, endpoint);

    /// <summary>Its service.</summary>
    public TestService Service { get; }

    /// <summary>The registry's ID of the instance.</summary>
    public string Id => Endpoint.InstanceId;

    /// <summary>What the registry says of it. The address is made up and nobody listens there.</summary>
    public Endpoint Endpoint => Volatile.Read(ref _endpoint);

    /// <summary>Whether it is in the registry.</summary>
    public bool IsRegistered => _registered;

    /// <inheritdoc/>
    public override IReadOnlyList<RecordedCall> Calls => Service.Mesh.CallsWhere(call => call.Instance == this);

    private protected override Task NextCall => Service.Mesh.NextCall;

    /// <summary>Takes it out of the registry, as an instance that has been deregistered. Calls in flight go on.</summary>
    public void Remove() => Register(false);

    /// <summary>Brings it back into the registry after <see cref="Remove"/>.</summary>
    public void Return() => Register(true);

    /// <summary>Changes what the registry's checks say of it; critical and in maintenance means: not called.</summary>
    /// <param name="health">What they say.</param>
    public void SetHealth(EndpointHealth health) => Change(endpoint => endpoint with { Health = health });

    /// <summary>Changes what the registry says of it, such as its weight, tags or metadata.</summary>
    /// <param name="change">Gives the endpoint as it shall be; instance ID, host and port stay as they are.</param>
    /// <exception cref="ArgumentException">The ID or the address would be another: that is another instance.</exception>
    public void Change(Func<Endpoint, Endpoint> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        Endpoint before, after;
        do
        {
            before = Endpoint;
            after = change(before);
            if (after.Key != before.Key)
                throw new ArgumentException($"Expected the ID and the address {before} to stay, found {after}: add another instance for another address.", nameof(change));
        }
        while (Interlocked.CompareExchange(ref _endpoint, after, before) != before);
        Service.Mesh.Feed.Publish();
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Service.FullName}: {Endpoint}";

    internal async Task<HttpResponseMessage> AnswerAsync(HttpRequestMessage request, TimeProvider time, CancellationToken cancellationToken)
    {
        var call = new RecordedCall(this, request, time.GetUtcNow());
        Service.Mesh.Record(call);
        using var exchange = new Exchange(request, this, time, cancellationToken);
        HttpContent? replaced = null;
        try
        {
            replaced = await call.Copy.BeginAsync(request, cancellationToken).ConfigureAwait(false);
            var faults = Service.FaultsOf(request).Concat(FaultsOf(request)).ToArray();
            var response = await AnswerAsync(exchange, faults).ConfigureAwait(false);
            response.RequestMessage ??= request;
            call.Ended(response, null);
            return response;
        }
        catch (Exception error)
        {
            call.Ended(null, error);
            throw;
        }
        finally
        {
            if (replaced is not null)
                request.Content = replaced;
        }
    }

    private async Task<HttpResponseMessage> AnswerAsync(Exchange exchange, ReadOnlyMemory<Fault> faults)
    {
        if (!faults.IsEmpty)
            return await faults.Span[0].ApplyAsync(exchange, () => AnswerAsync(exchange, faults[1..])).ConfigureAwait(false);
        return await _answers.SendAsync(exchange.Request, exchange.CancellationToken).ConfigureAwait(false)
            ?? throw new InvalidOperationException($"What plays {this} answered with null. Expected an HttpResponseMessage, a new one for each request.");
    }

    private void Register(bool registered)
    {
        _registered = registered;
        Service.Mesh.Feed.Publish();
    }
}
