using System.Globalization;
using System.Text.Json;
using MeshClient.DevRegistry.Authority;
using MeshClient.DevRegistry.Intentions;

namespace MeshClient.DevRegistry.Wire;

/// <summary>Turns roots, leaves and intentions into the bodies of the wire. Pure.</summary>
internal static class MeshBodyWriter
{
    public static RootsBody Roots(RootSet roots) =>
        new(roots.Active.Id, roots.TrustDomain, [.. roots.Entries.Select(entry => Root(entry, roots.TrustDomainId))]);

    public static LeafBody Leaf(Leaf leaf) => new(
        leaf.Serial, leaf.CertificatesPem, leaf.KeyPem, leaf.Service, leaf.Id, Time(leaf.Validity.NotBefore), Time(leaf.Validity.NotAfter),
        leaf.CreateIndex, leaf.ModifyIndex);

    public static IntentionBody Intention(Intention intention) => new(
        intention.Id, intention.Description, intention.SourceNamespace, intention.Source, intention.DestinationNamespace,
        intention.Destination, intention.SourceType, intention.Action.Length > 0 ? intention.Action : null,
        intention.Permissions.Length > 0 ? JsonElement.Parse(intention.Permissions) : null, "", 0, intention.Meta, intention.Precedence,
        Time(intention.CreatedAt), Time(intention.UpdatedAt), intention.Hash, intention.CreateIndex, intention.ModifyIndex);

    private static RootBody Root(RootEntry entry, string trustDomainId)
    {
        var root = entry.Root;
        return new(
            root.Id, "Consul CA Root Cert", root.Serial, root.SigningKeyId, trustDomainId, Time(root.Certificate.NotBefore),
            Time(root.Certificate.NotAfter), root.Pem, root.CrossPem is null ? null : [root.CrossPem], entry.Active, "ec", 256,
            root.CreateIndex, entry.ModifyIndex);
    }

    private static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);
}
