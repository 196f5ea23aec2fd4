using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Marketplace.Accounts.Tests;

/// <summary>A mail server on loopback that takes everything and remembers what was said.</summary>
public sealed class MailServer : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);

    public MailServer()
    {
        listener.Start();
        _ = Accept();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>One text per mail: the commands and the message.</summary>
    public ConcurrentQueue<string> Received { get; } = new();

    public void Dispose() => listener.Dispose();

    private async Task Accept()
    {
        while (true)
        {
            TcpClient client;
            try
            {
                client = await listener.AcceptTcpClientAsync();
            }
            catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException)
            {
                return;
            }

            _ = Talk(client);
        }
    }

    private async Task Talk(TcpClient client)
    {
        using var _ = client;
        using var reader = new StreamReader(client.GetStream(), Encoding.UTF8);
        await using var writer = new StreamWriter(client.GetStream(), Encoding.ASCII) { NewLine = "\r\n", AutoFlush = true };
        var said = new StringBuilder();
        var inMessage = false;
        await writer.WriteLineAsync("220 here");
        while (await reader.ReadLineAsync() is { } line)
        {
            said.AppendLine(line);
            if (inMessage ? line == "." : line.StartsWith("QUIT", StringComparison.Ordinal))
            {
                if (!inMessage)
                {
                    await writer.WriteLineAsync("221 bye");
                    return;
                }

                Received.Enqueue(said.ToString());
                said.Clear();
                inMessage = false;
                await writer.WriteLineAsync("250 taken");
            }
            else if (!inMessage)
            {
                inMessage = line == "DATA";
                await writer.WriteLineAsync(inMessage ? "354 go on" : "250 ok");
            }
        }
    }
}
