namespace MeshClient.Testing.Tests.Kit;

internal static class Answers
{
    public static Func<HttpRequestMessage, HttpResponseMessage> Text(string text) => _ => new HttpResponseMessage { Content = new StringContent(text) };
}
