namespace MeshClient.Consul.Api;

/// <summary>The calls to one agent, over two sets of connections: held queries can never take the ones that heartbeats need.</summary>
internal sealed class ConsulClient : IDisposable
{
    private readonly ConsulHttp _reads;
    private readonly ConsulHttp _writes;

    /// <summary>A client over connections of its own.</summary>
    public ConsulClient(ConsulSettings settings, TimeProvider time)
        : this(
            settings,
            ConsulHandlers.Create(settings, settings.Options.MaxWatches + ConsulHandlers.PollHeadroom + ConsulHandlers.SecurityHeadroom),
            ConsulHandlers.Create(settings, ConsulHandlers.Writes),
            time)
    {
    }

    public ConsulClient(ConsulSettings settings, HttpMessageHandler reads, HttpMessageHandler writes, TimeProvider time)
    {
        var token = new ConsulToken(settings, time);
        _reads = new ConsulHttp(reads, settings, token, time);
        _writes = new ConsulHttp(writes, settings, token, time);
        Settings = settings;
        Health = new HealthApi(_reads, settings.Options.Datacenter);
        Connect = new ConnectApi(_reads);
        Agent = new AgentApi(_writes);
        Intentions = new IntentionsApi(_reads);
    }

    public ConsulSettings Settings { get; }

    /// <summary>Which of Consul's lists of a service's instances are read. Default <see cref="InstanceLists.All"/>.</summary>
    public InstanceLists Lists { get; init; }

    public HealthApi Health { get; }

    public ConnectApi Connect { get; }

    public AgentApi Agent { get; }

    public IntentionsApi Intentions { get; }

    public void Dispose()
    {
        _reads.Dispose();
        _writes.Dispose();
    }
}
