using System.Text;
using Grpc.Core;

namespace MeshClient.ContractTests.Interop;

/// <summary>A gRPC service of one method, written as its generated code would be: what is said comes back, with who answers.</summary>
internal static class Echo
{
    private static readonly Marshaller<string> s_text = Marshallers.Create(Encoding.UTF8.GetBytes, Encoding.UTF8.GetString);

    public static Method<string, string> Method { get; } = new(MethodType.Unary, "test.Echo", "Say", s_text, s_text);
}

[BindServiceMethod(typeof(EchoBase), nameof(Bind))]
internal abstract class EchoBase
{
    public static void Bind(ServiceBinderBase binder, EchoBase? service) =>
        binder.AddMethod(Echo.Method, service is null ? null : new UnaryServerMethod<string, string>(service.Say));

    // The server looks for an overridden method of the call's name.
    public abstract Task<string> Say(string request, ServerCallContext context);
}

internal sealed class EchoService : EchoBase
{
    public override Task<string> Say(string request, ServerCallContext context) => Task.FromResult($"{request} by {Served.By(context.GetHttpContext())}");
}

internal sealed class EchoClient(CallInvoker calls) : ClientBase<EchoClient>(calls)
{
    public async Task<string> SayAsync(string text)
    {
        using var call = CallInvoker.AsyncUnaryCall(Echo.Method, null, new CallOptions(deadline: DateTime.UtcNow.AddSeconds(30)), text);
        return await call.ResponseAsync;
    }

    protected override EchoClient NewInstance(ClientBaseConfiguration configuration) => throw new NotSupportedException();
}
