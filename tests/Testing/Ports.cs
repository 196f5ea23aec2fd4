using System.Net;
using System.Net.Sockets;

namespace Marketplace.Testing;

/// <summary>Ports on loopback that nobody listens on, below the range from which the system picks ports by itself: one that is named
/// here stays free until its server is up, and while it is down. None is named twice by one process.</summary>
public static class Ports
{
    private const int Lowest = 12_000;
    private const int Highest = 32_000;
    private static readonly Lock Gate = new();
    private static int next = Random.Shared.Next(Lowest, Highest);

    /// <summary>One free port.</summary>
    public static int Free() => Free(1)[0];

    /// <summary>Several free ports, all different.</summary>
    public static int[] Free(int count) => [.. Enumerable.Range(FreeRow(count), count)];

    /// <summary>The first of several free ports in a row.</summary>
    public static int FreeRow(int count)
    {
        lock (Gate)
        {
            for (var tries = 0; tries < Highest - Lowest; tries++)
            {
                var first = next + count <= Highest ? next : Lowest;
                if (Enumerable.Range(first, count).All(IsFree))
                {
                    next = first + count;
                    return first;
                }

                next = first + 1;
            }
        }

        throw new InvalidOperationException($"No {count} free ports in a row between {Lowest} and {Highest}.");
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
