using System.Net;
using System.Net.Sockets;

namespace Marketplace.Testing;

/// <summary>Ports on loopback that nobody listens on.</summary>
public static class Ports
{
    /// <summary>One free port.</summary>
    public static int Free() => Free(1)[0];

    /// <summary>Several free ports, all different.</summary>
    public static int[] Free(int count)
    {
        // All are held until the last is known, so that none is handed out twice.
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        try
        {
            return [.. listeners.Select(listener =>
            {
                listener.Start();
                return ((IPEndPoint)listener.LocalEndpoint).Port;
            })];
        }
        finally
        {
            foreach (var listener in listeners)
            {
                listener.Dispose();
            }
        }
    }
}
