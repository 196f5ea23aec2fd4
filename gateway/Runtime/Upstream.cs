using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Marketplace.ServiceDefaults;
using Yarp.ReverseProxy.Forwarder;

namespace Marketplace.Gateway.Runtime;

/// <summary>Sends calls on to providers. An address is checked when the connection is made, after the name was resolved, so that no name and no
/// rebinding leads inside.</summary>
public sealed class Upstream : IDisposable
{
    private readonly IHttpForwarder forwarder;
    private readonly HttpMessageInvoker client;
    private readonly ForwarderRequestConfig request;
    private readonly TimeSpan answerLimit;
    private readonly ConcurrentBag<CancellationTokenSource> deadlines = [];

    /// <summary>A client for all upstreams; connections are pooled per address.</summary>
    public Upstream(IHttpForwarder forwarder, IConfiguration configuration)
    {
        this.forwarder = forwarder;
        var allowed = configuration.GetSection("Upstreams:Allowed").Get<string[]>() ?? [];
        request = new ForwarderRequestConfig { ActivityTimeout = TimeSpan.FromSeconds(configuration.GetValue("Gateway:UpstreamTimeoutSeconds", 30.0)) };
        answerLimit = TimeSpan.FromSeconds(configuration.GetValue("Gateway:AnswerTimeoutSeconds", 600.0));
        client = new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            EnableMultipleHttp2Connections = true,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            // The caller's own trace goes on to the provider as it came; ours stays inside (docs/decisions/0014).
            ActivityHeadersPropagator = null,
            // Headers arrive as UTF-8; the client would refuse to pass on what is not ASCII. Answers it reads byte by byte, and so does Program write them.
            RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8,
            ConnectCallback = (context, cancellation) => Connect(context.DnsEndPoint, allowed, cancellation),
        });
    }

    /// <summary>Forwards the call; the provider sees who calls in <c>X-Marketplace-*</c>, never the key. An answer has to begin within
    /// <c>Gateway:AnswerTimeoutSeconds</c>, however slowly a body trickles in: until then the call holds every report's watermark back.</summary>
    internal async ValueTask<ForwarderError> Send(HttpContext context, Route route, ProviderCall call)
    {
        var deadline = deadlines.TryTake(out var pooled) ? pooled : new CancellationTokenSource();
        deadline.CancelAfter(answerLimit);
        call.Deadline = deadline;
        var error = await forwarder.SendAsync(context, route.Upstream, client, request, call, deadline.Token);
        if (deadline.TryReset())
        {
            deadlines.Add(deadline);
            return error;
        }

        deadline.Dispose();
        return error is ForwarderError.None ? error : ForwarderError.RequestTimedOut;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        client.Dispose();
        foreach (var deadline in deadlines)
        {
            deadline.Dispose();
        }
    }

    private static async ValueTask<Stream> Connect(DnsEndPoint target, string[] allowed, CancellationToken cancellation)
    {
        var addresses = await Dns.GetHostAddressesAsync(target.Host, cancellation);
        var reachable = allowed.Contains($"{target.Host}:{target.Port}", StringComparer.OrdinalIgnoreCase)
            ? addresses
            : [.. addresses.Where(address => !InternalAddresses.Contains(address))];
        if (reachable.Length == 0)
        {
            throw new HttpRequestException($"The upstream '{target.Host}' leads to an internal address.");
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(reachable, target.Port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
