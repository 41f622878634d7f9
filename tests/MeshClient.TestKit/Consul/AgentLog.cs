using System.Diagnostics;

namespace MeshClient.TestKit.Consul;

/// <summary>The last lines that an agent wrote, for error messages.</summary>
internal sealed class AgentLog
{
    private const int MaxLines = 40;

    private readonly Queue<string> lines = new();

    public void Add(object sender, DataReceivedEventArgs line)
    {
        lock (lines)
        {
            lines.Enqueue(line.Data ?? "");
            while (lines.Count > MaxLines)
            {
                lines.Dequeue();
            }
        }
    }

    public override string ToString()
    {
        lock (lines)
        {
            return string.Join('\n', lines);
        }
    }
}
