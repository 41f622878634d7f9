namespace MeshClient.Resilience;

/// <summary>Writes times as <see cref="GrpcTimeout"/> does; the one that nearly every call writes, the whole time of a call, only once.</summary>
internal sealed class TimeoutText(TimeSpan whole)
{
    private readonly string _text = GrpcTimeout.Format(whole);

    public string Of(TimeSpan left) => left == whole ? _text : GrpcTimeout.Format(left);
}
