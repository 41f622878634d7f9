using System.Text.Json;
using System.Text.Json.Serialization;

namespace MeshClient.DevRegistry.Wire;

/// <summary>The generated readers and writers of every body. Go matches field names without regard to case, so do these.</summary>
[JsonSourceGenerationOptions(PropertyNameCaseInsensitive = true)]
[JsonSerializable(typeof(RegisterServiceRequest))]
[JsonSerializable(typeof(CheckRequest))]
[JsonSerializable(typeof(UpdateCheckRequest))]
[JsonSerializable(typeof(List<HealthEntryBody>))]
[JsonSerializable(typeof(List<CatalogServiceBody>))]
[JsonSerializable(typeof(List<NodeBody>))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string[]>))]
[JsonSerializable(typeof(SortedDictionary<string, AgentServiceBody>))]
[JsonSerializable(typeof(SortedDictionary<string, CheckBody>))]
[JsonSerializable(typeof(AgentServiceBody))]
[JsonSerializable(typeof(AgentSelfBody))]
[JsonSerializable(typeof(Dictionary<string, JsonElement>))]
[JsonSerializable(typeof(RootsBody))]
[JsonSerializable(typeof(LeafBody))]
[JsonSerializable(typeof(AuthorityConfigurationBody))]
[JsonSerializable(typeof(AuthorityConfigurationRequest))]
[JsonSerializable(typeof(IntentionRequest))]
[JsonSerializable(typeof(IntentionIdBody))]
[JsonSerializable(typeof(IntentionCheckBody))]
[JsonSerializable(typeof(List<IntentionBody>))]
[JsonSerializable(typeof(SortedDictionary<string, List<IntentionBody>>))]
[JsonSerializable(typeof(bool))]
[JsonSerializable(typeof(string))]
internal sealed partial class WireContext : JsonSerializerContext;
