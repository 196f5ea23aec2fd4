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

    /// <summary>The first of several free ports in a row, below the range from which the system picks ports for outgoing connections.</summary>
    public static int FreeRow(int count)
    {
        for (var tries = 0; tries < 200; tries++)
        {
            var first = Random.Shared.Next(12_000, 32_000 - count);
            if (Enumerable.Range(first, count).All(IsFree))
            {
                return first;
            }
        }

        throw new InvalidOperationException($"No {count} free ports in a row between 12000 and 32000.");
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Any, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
