using System.Collections.Immutable;
using System.Globalization;
using MeshClient.Model;
using MeshClient.Testing.Seam;

namespace MeshClient.Testing;

/// <summary>A service that the test plays. Without instances it is one that the registry knows and that nobody runs.</summary>
public sealed class TestService : TestTarget
{
    private readonly TestMesh _mesh;
    private readonly ServiceName _name;
    private readonly Lock _gate = new();
    private ImmutableArray<TestInstance> _known = [];

    internal TestService(TestMesh mesh, ServiceName name) => (_mesh, _name) = (mesh, name);

    /// <summary>The registry's name of the service.</summary>
    public string Name => _name.Name;

    /// <summary>The datacenter it is looked for in; null = the application's own.</summary>
    public string? Datacenter => _name.Datacenter;

    /// <summary>The instances that are in the registry, in the order in which they were first added.</summary>
    public IReadOnlyList<TestInstance> Instances => [.. Known.Where(i => i.IsRegistered)];

    /// <inheritdoc/>
    public override IReadOnlyList<RecordedCall> Calls => _mesh.CallsWhere(call => call.Instance.Service == this);

    internal TestMesh Mesh => _mesh;

    private protected override Task NextCall => _mesh.NextCall;

    internal string FullName => _name.ToString();

    internal ImmutableArray<TestInstance> Known
    {
        get
        {
            lock (_gate)
                return _known;
        }
    }

    /// <summary>The instance of an ID, in the registry or removed from it.</summary>
    /// <param name="id">The ID.</param>
    /// <returns>The instance.</returns>
    /// <exception cref="KeyNotFoundException">There is none of this ID.</exception>
    public TestInstance Instance(string id) => Known.FirstOrDefault(i => i.Id == id) ?? throw new KeyNotFoundException(
        $"\"{FullName}\" has no instance \"{id}\". It has {(Known.IsEmpty ? "none" : string.Join(", ", Known.Select(i => $"\"{i.Id}\"")))}.");

    /// <summary>Adds an instance that answers every request with an empty 200.</summary>
    /// <param name="id">Its ID; null = the service's name and a number, from <c>catalog-1</c>.</param>
    /// <returns>The instance.</returns>
    /// <exception cref="ArgumentException">The service has an instance of this ID.</exception>
    public TestInstance AddInstance(string? id = null) => AddInstance(static _ => new HttpResponseMessage(), id);

    /// <summary>Adds an instance that answers by a function.</summary>
    /// <param name="answer">Makes the answer, a new one for each request.</param>
    /// <param name="id">Its ID; null = the service's name and a number, from <c>catalog-1</c>.</param>
    /// <returns>The instance.</returns>
    /// <exception cref="ArgumentException">The service has an instance of this ID.</exception>
    public TestInstance AddInstance(Func<HttpRequestMessage, HttpResponseMessage> answer, string? id = null)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return AddInstance((request, _) => Task.FromResult(answer(request)), id);
    }

    /// <summary>Adds an instance that answers by an asynchronous function.</summary>
    /// <param name="answer">Makes the answer, a new one for each request; its token is cancelled when the caller gives up or an attempt times out.</param>
    /// <param name="id">Its ID; null = the service's name and a number, from <c>catalog-1</c>.</param>
    /// <returns>The instance.</returns>
    /// <exception cref="ArgumentException">The service has an instance of this ID.</exception>
    public TestInstance AddInstance(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> answer, string? id = null)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return AddInstance(new AnswerHandler(answer), id);
    }

    /// <summary>Adds an instance that a handler plays, such as that of a test server: <c>factory.Server.CreateHandler()</c>.</summary>
    /// <param name="handler">Answers. It stays the caller's, and may be given to several instances. Requests keep the URL of the mesh's name.</param>
    /// <param name="id">Its ID; null = the service's name and a number, from <c>catalog-1</c>.</param>
    /// <returns>The instance.</returns>
    /// <exception cref="ArgumentException">The service has an instance of this ID.</exception>
    public TestInstance AddInstance(HttpMessageHandler handler, string? id = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        TestInstance instance;
        lock (_gate)
        {
            id ??= string.Create(CultureInfo.InvariantCulture, $"{Name}-{_known.Length + 1}");
            if (_known.Any(i => i.Id == id))
                throw new ArgumentException($"Expected an ID that no other instance of \"{FullName}\" has, found \"{id}\" again. One that was removed is brought back by Return().", nameof(id));
            instance = _mesh.Add(this, id, new HttpMessageInvoker(handler, disposeHandler: false));
            _known = _known.Add(instance);
        }
        _mesh.Feed.Publish();
        return instance;
    }

    /// <inheritdoc/>
    public override string ToString() => FullName;
}
