using System.Buffers.Text;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Marketplace.Benchmarks;

/// <summary>How requests were answered: 2xx, turned away with 503, anything else; and in which time.</summary>
/// <param name="Milliseconds">Time to the answer of each 2xx, from when the request was due.</param>
public sealed record Answers(int Good, int TurnedAway, int Bad, TimeSpan Took, double[] Milliseconds)
{
    public double Rate => Good / Took.TotalSeconds;

    /// <summary>The time within which so many of a hundred were answered.</summary>
    public double Percentile(double of)
    {
        Array.Sort(Milliseconds);
        return Milliseconds.Length == 0 ? double.NaN : Milliseconds[(int)Math.Min(Milliseconds.Length - 1, Math.Ceiling(Milliseconds.Length * of / 100) - 1)];
    }
}

/// <summary>Sends prepared HTTP requests over kept connections, with as little work of its own as there can be: it shares the machine with what it measures.</summary>
public static class Load
{
    /// <summary>Each connection sends the next request when the one before is answered.</summary>
    public static Task<Answers> Closed(Uri address, IReadOnlyList<byte[]> requests, int connections) => Send(address, requests, connections, null);

    /// <summary>Requests fall due at a fixed rate, answered or not.</summary>
    public static Task<Answers> Open(Uri address, IReadOnlyList<byte[]> requests, int connections, double perSecond) => Send(address, requests, connections, perSecond);

    private static async Task<Answers> Send(Uri address, IReadOnlyList<byte[]> requests, int connections, double? perSecond)
    {
        var (next, good, away, bad) = (-1, 0, 0, 0);
        var times = new double[requests.Count];
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(async () =>
        {
            using var connection = new Connection(address);
            for (var i = Interlocked.Increment(ref next); i < requests.Count; i = Interlocked.Increment(ref next))
            {
                var due = perSecond is { } rate ? TimeSpan.FromSeconds(i / rate) : watch.Elapsed;
                if (due > watch.Elapsed)
                {
                    await Task.Delay(due - watch.Elapsed);
                }

                switch (await connection.Exchange(requests[i]))
                {
                    case >= 200 and < 300:
                        times[Interlocked.Increment(ref good) - 1] = (watch.Elapsed - due).TotalMilliseconds;
                        break;
                    case 503:
                        Interlocked.Increment(ref away);
                        break;
                    default:
                        Interlocked.Increment(ref bad);
                        break;
                }
            }
        })));
        return new(good, away, bad, watch.Elapsed, times[..good]);
    }

    private sealed class Connection(Uri address) : IDisposable
    {
        private readonly byte[] buffer = new byte[16 * 1024];
        private Socket? socket;

        /// <summary>The status of the answer; 0 when there was none.</summary>
        public async Task<int> Exchange(byte[] request)
        {
            try
            {
                if (socket is null)
                {
                    socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                    await socket.ConnectAsync(IPAddress.Loopback, address.Port);
                }

                for (var sent = 0; sent < request.Length;)
                {
                    sent += await socket.SendAsync(request.AsMemory(sent));
                }

                for (var length = 0; ;)
                {
                    var read = await socket.ReceiveAsync(buffer.AsMemory(length));
                    if (read == 0)
                    {
                        Close();
                        return 0;
                    }

                    length += read;
                    if (Whole(buffer.AsSpan(0, length)))
                    {
                        return ((buffer[9] - '0') * 100) + ((buffer[10] - '0') * 10) + buffer[11] - '0';
                    }
                }
            }
            catch (SocketException)
            {
                Close();
                return 0;
            }
        }

        public void Dispose() => Close();

        private static bool Whole(ReadOnlySpan<byte> answer)
        {
            var end = answer.IndexOf("\r\n\r\n"u8);
            if (end < 0)
            {
                return false;
            }

            // As Kestrel and Node write it; without it an answer is chunked or empty.
            var at = answer[..end].IndexOf("Content-Length: "u8);
            return at >= 0
                ? Utf8Parser.TryParse(answer[(at + 16)..], out int length, out _) && answer.Length >= end + 4 + length
                : answer[..end].IndexOf("chunked"u8) < 0 || answer.EndsWith("0\r\n\r\n"u8);
        }

        private void Close()
        {
            socket?.Dispose();
            socket = null;
        }
    }
}
