using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Marketplace.AppHost.Tests.StandIn;

/// <summary>The wire to a broker, which can fall silent for buses alone: theirs are the connections that name MassTransit when they begin. What they send is swallowed
/// from then on and they hear nothing, while every other connection opens and works.</summary>
public sealed class SilentBroker : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource over = new();
    private readonly ConcurrentDictionary<Link, bool> links = new();
    private readonly Uri broker;
    private readonly Task accepting;
    private volatile bool silent;

    public SilentBroker(Uri broker)
    {
        this.broker = broker;
        listener.Start();
        Address = new UriBuilder(broker) { Port = ((IPEndPoint)listener.LocalEndpoint).Port }.Uri;
        accepting = Accept();
    }

    /// <summary>The broker's address by way of this wire.</summary>
    public Uri Address { get; }

    /// <summary>Cuts the buses that are connected, and lets none of them connect again.</summary>
    public void FallSilent()
    {
        silent = true;
        foreach (var link in links.Keys.Where(link => link.IsBus))
        {
            link.Dispose();
        }
    }

    /// <summary>Lets buses connect again.</summary>
    public void Speak() => silent = false;

    public async ValueTask DisposeAsync()
    {
        await over.CancelAsync();
        listener.Stop();
        await accepting;
        foreach (var link in links.Keys)
        {
            link.Dispose();
        }

        over.Dispose();
    }

    private async Task Accept()
    {
        while (!over.IsCancellationRequested)
        {
            try
            {
                var link = new Link(await listener.AcceptTcpClientAsync(over.Token), new TcpClient());
                links[link] = true;
                _ = Carry(link);
            }
            catch (Exception stopped) when (stopped is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task Carry(Link link)
    {
        try
        {
            await link.Broker.ConnectAsync(broker.Host, broker.Port, over.Token);
            await Task.WhenAny(Pump(link, link.Client, link.Broker, fromClient: true), Pump(link, link.Broker, link.Client, fromClient: false));
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Either side has gone, or the test is over: the other side is told by the cut below.
            link.Dispose();
        }

        links.TryRemove(link, out _);
        link.Dispose();
    }

    private async Task Pump(Link link, TcpClient from, TcpClient to, bool fromClient)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.GetStream().ReadAsync(buffer, over.Token) is var read and > 0)
            {
                link.IsBus |= fromClient && buffer.AsSpan(0, read).IndexOf("MassTransit"u8) >= 0;
                if (!(silent && link.IsBus))
                {
                    await to.GetStream().WriteAsync(buffer.AsMemory(0, read), over.Token);
                }
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            return;
        }
    }

    private sealed class Link(TcpClient client, TcpClient broker) : IDisposable
    {
        public TcpClient Client { get; } = client;

        public TcpClient Broker { get; } = broker;

        public bool IsBus { get; set; }

        public void Dispose()
        {
            Client.Dispose();
            Broker.Dispose();
        }
    }
}
