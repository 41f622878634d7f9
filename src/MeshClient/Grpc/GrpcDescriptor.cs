using System.Text;
using MeshClient.Primitives;

namespace MeshClient.Grpc;

/// <summary>Reads from the description of a .proto file, as its generated code carries it, which methods it marks as idempotent (descriptor.proto).</summary>
internal static class GrpcDescriptor
{
    private const uint Package = 2, Service = 6;
    private const uint Name = 1, Method = 2, Options = 4;
    private const uint IdempotencyLevel = 34;

    /// <summary>The methods whose <c>idempotency_level</c> is NO_SIDE_EFFECTS or IDEMPOTENT, as <c>package.Service/Method</c>.</summary>
    /// <param name="file">A FileDescriptorProto.</param>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static IReadOnlyList<string> IdempotentMethods(ReadOnlySpan<byte> file)
    {
        var methods = new List<string>();
        var package = "";
        var reader = new ProtobufReader(file);
        while (reader.TryNext(out var field))
        {
            if (field is { Number: Package, Type: WireType.Length })
                package = Encoding.UTF8.GetString(field.Bytes) + ".";
        }
        reader = Checked(reader, file);
        while (reader.TryNext(out var field))
        {
            if (field is { Number: Service, Type: WireType.Length })
                AddService(field.Bytes, package, methods);
        }
        return methods;
    }

    private static void AddService(ReadOnlySpan<byte> service, string package, List<string> methods)
    {
        var name = "";
        var reader = new ProtobufReader(service);
        while (reader.TryNext(out var field))
        {
            if (field is { Number: Name, Type: WireType.Length })
                name = Encoding.UTF8.GetString(field.Bytes);
        }
        reader = Checked(reader, service);
        while (reader.TryNext(out var field))
        {
            if (field is { Number: Method, Type: WireType.Length } && IdempotentMethod(field.Bytes) is { } method)
                methods.Add($"{package}{name}/{method}");
        }
    }

    private static string? IdempotentMethod(ReadOnlySpan<byte> method)
    {
        var (name, isIdempotent) = ("", false);
        var reader = new ProtobufReader(method);
        while (reader.TryNext(out var field))
        {
            if (field is { Number: Name, Type: WireType.Length })
                name = Encoding.UTF8.GetString(field.Bytes);
            else if (field is { Number: Options, Type: WireType.Length })
                isIdempotent |= IsIdempotent(field.Bytes);
        }
        _ = Checked(reader, method);
        return isIdempotent ? name : null;
    }

    // NO_SIDE_EFFECTS = 1, IDEMPOTENT = 2.
    private static bool IsIdempotent(ReadOnlySpan<byte> options)
    {
        var level = 0ul;
        var reader = new ProtobufReader(options);
        while (reader.TryNext(out var field))
        {
            if (field is { Number: IdempotencyLevel, Type: WireType.Varint })
                level = field.Bits;
        }
        _ = Checked(reader, options);
        return level is 1 or 2;
    }

    // From its beginning again, if all of it was well-formed.
    private static ProtobufReader Checked(ProtobufReader reader, ReadOnlySpan<byte> message) => reader.IsValid
        ? new ProtobufReader(message)
        : throw new ArgumentException(
            "Expected the serialised description of a .proto file, found bytes that are none. Generated code has it as PricingReflection.Descriptor.SerializedData.Span.");
}
