using System.Text;
using MeshClient.AspNetCore.Registration;
using MeshClient.Consul;
using MeshClient.Consul.Registration;
using MeshClient.Discovery;
using MeshClient.FuzzTests.Fuzzing;
using MeshClient.Identity;
using MeshClient.Model;
using MeshClient.Transport;
using MeshClient.Transport.Security;
using Microsoft.Extensions.Logging.Abstractions;

namespace MeshClient.FuzzTests.Targets;

/// <summary>Addresses as people write them: each is understood or refused with a sentence.</summary>
internal sealed class Addresses : IFuzzTarget
{
    private static readonly IReadOnlyList<byte[]> s_seeds = Seeds.Texts(
        "10.0.0.1:8080", "[::1]:80", "web-1.example.com:1", "localhost:65535", "::1", "http://10.0.0.1:80", "http://127.0.0.1:8500", "consul:8501",
        "https://consul.example.com", "unix:///run/consul.sock", "http://*:5000", "http://+:80", "https://[::]:443", "http://unix:/tmp/x", "http://0.0.0.0:0",
        "http://[fe80::1%25eth0]:80", "http://ünï:80", "[]:80", ":80");

    public int Inputs => 1500;

    public byte[] Make(Mutator mutator) => mutator.Mutate(s_seeds);

    public long Allowance(byte[] input) => (1 << 20) + (1024L * input.Length);

    public Task TakeAsync(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input);
        if (EndpointAddress.TryParse(text, out var address, out var fault))
            Connect(address);
        else
            Assert.NotEmpty(fault);
        if (ConsulAddress.TryParse(text, tls: false, out var consul, out fault))
            Assert.True(new Uri(consul.Uri, "/v1/agent/self").IsAbsoluteUri);
        else
            Assert.NotEmpty(fault);
        if (ServerAddress.Choose(new ServiceOptions(), text.Split('\n')) is { } chosen)
            Assert.InRange(chosen.Port, 1, 65535);
        return Task.CompletedTask;
    }

    private static void Connect(EndpointAddress address)
    {
        Assert.InRange(address.Port, 1, 65535);
        var endpoint = new Endpoint { InstanceId = "a", Host = address.Host, Port = address.Port };
        new SocketTransportFactory(new ClientSecurity(MeshSecurity.Off, TimeProvider.System, new PeerRefusals(TimeProvider.System, NullLogger<PeerRefusals>.Instance))).Create(new TransportTarget("web", new ServiceName("web"), endpoint), new TransportOptions()).Dispose();
    }
}
