using System.Text.Json;
using MeshClient.DevRegistry.Intentions;

namespace MeshClient.DevRegistry;

/// <summary>
/// Who may call whom, set by code: what a test writes before and between its calls. The same rules are read and written at
/// <c>/v1/connect/intentions</c>. A name may be <c>*</c>, which stands for every service; the most specific rule decides.
/// </summary>
/// <remarks>
/// The change is readable, and clients that wait for one are being answered, by the time a method returns.
/// <see cref="DevRegistryServer.Wipe"/> forgets all rules.
/// </remarks>
public sealed class DevRegistryIntentions
{
    private readonly Func<IntentionStore> store;

    internal DevRegistryIntentions(Func<IntentionStore> store) => this.store = store;

    /// <summary>Lets <paramref name="source"/> call <paramref name="destination"/>, whatever was said about the pair before.</summary>
    /// <param name="source">The calling service, or <c>*</c>.</param>
    /// <param name="destination">The called service, or <c>*</c>.</param>
    /// <exception cref="ArgumentException">A name is empty, or a part of it is <c>*</c>.</exception>
    public Task AllowAsync(string source, string destination) => PutAsync(source, destination, "allow", "");

    /// <summary>
    /// Refuses calls of <paramref name="source"/> to <paramref name="destination"/>, whatever was said about the pair before.
    /// </summary>
    /// <inheritdoc cref="AllowAsync"/>
    public Task DenyAsync(string source, string destination) => PutAsync(source, destination, "deny", "");

    /// <summary>
    /// Decides calls by path, header and method, in the form of Consul 1.9 and newer:
    /// <c>[{"Action":"allow","HTTP":{"PathPrefix":"/read","Methods":["GET"]}}]</c>. Agents of 1.8 know no such rules.
    /// </summary>
    /// <param name="source">The calling service, or <c>*</c>.</param>
    /// <param name="destination">The called service, or <c>*</c>.</param>
    /// <param name="permissions">A JSON list, handed to clients as it is; fields that nobody knows may be in it.</param>
    /// <exception cref="ArgumentException">A name is empty, a part of it is <c>*</c>, or the text is no JSON list.</exception>
    public Task SetPermissionsAsync(string source, string destination, string permissions)
    {
        ArgumentException.ThrowIfNullOrEmpty(permissions);
        try
        {
            var list = JsonElement.Parse(permissions);
            return list.ValueKind == JsonValueKind.Array && list.GetArrayLength() > 0
                ? PutAsync(source, destination, "", list.GetRawText())
                : throw new ArgumentException("Expected a JSON list with at least one permission.", nameof(permissions));
        }
        catch (JsonException e)
        {
            throw new ArgumentException($"Expected a JSON list of permissions: {e.Message}", nameof(permissions), e);
        }
    }

    /// <summary>Takes the rule about exactly this pair away.</summary>
    /// <param name="source">The calling service, or <c>*</c>.</param>
    /// <param name="destination">The called service, or <c>*</c>.</param>
    /// <returns>False when there was none.</returns>
    public Task<bool> RemoveAsync(string source, string destination)
    {
        CheckName(source, nameof(source));
        CheckName(destination, nameof(destination));
        return Task.FromResult(
            store().Remove(new PairKey(Intention.DefaultNamespace, source, Intention.DefaultNamespace, destination)));
    }

    private Task PutAsync(string source, string destination, string action, string permissions)
    {
        CheckName(source, nameof(source));
        CheckName(destination, nameof(destination));
        store().Put(new Intention { Id = "", Source = source, Destination = destination, Action = action, Permissions = permissions });
        return Task.CompletedTask;
    }

    private static void CheckName(string name, string parameter)
    {
        ArgumentException.ThrowIfNullOrEmpty(name, parameter);
        if (name != Intention.Any && name.Contains('*', StringComparison.Ordinal))
        {
            throw new ArgumentException($"'*' stands for every service and cannot be a part of a name: '{name}'.", parameter);
        }
    }
}
