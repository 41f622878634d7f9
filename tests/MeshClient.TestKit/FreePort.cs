using System.Net;
using System.Net.Sockets;

namespace MeshClient.TestKit;

/// <summary>Finds TCP ports on the loopback address that nobody listens on.</summary>
public static class FreePort
{
    /// <summary>One free port.</summary>
    public static int Next() => Next(1)[0];

    /// <summary>As many different free ports as asked for. All are held until the last is found.</summary>
    public static int[] Next(int count)
    {
        var listeners = new List<TcpListener>(count);
        try
        {
            while (listeners.Count < count)
            {
                var listener = new TcpListener(IPAddress.Loopback, 0);
                listeners.Add(listener);
                listener.Start();
            }
            return [.. listeners.Select(static listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        }
        finally
        {
            listeners.ForEach(static listener => listener.Dispose());
        }
    }
}
