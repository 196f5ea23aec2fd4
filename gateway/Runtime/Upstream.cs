using System.Net;
using System.Net.Sockets;
using Marketplace.Contracts.Subscriptions;
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

    /// <summary>A client for all upstreams; connections are pooled per address.</summary>
    public Upstream(IHttpForwarder forwarder, IConfiguration configuration)
    {
        this.forwarder = forwarder;
        var allowed = configuration.GetSection("Upstreams:Allowed").Get<string[]>() ?? [];
        request = new ForwarderRequestConfig { ActivityTimeout = TimeSpan.FromSeconds(configuration.GetValue("Gateway:UpstreamTimeoutSeconds", 30)) };
        client = new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            EnableMultipleHttp2Connections = true,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            ActivityHeadersPropagator = null,
            ConnectCallback = (context, cancellation) => Connect(context.DnsEndPoint, allowed, cancellation),
        });
    }

    /// <summary>The part of the address below <c>/apis/{product}/{api}</c>.</summary>
    public static PathString Below(HttpContext context) =>
        context.Request.RouteValues.TryGetValue("path", out var rest) && rest is string { Length: > 0 } ? Remainder(context.Request.Path) : new PathString("/");

    /// <summary>Forwards the call; the provider sees who calls in <c>X-Marketplace-*</c>, never the key.</summary>
    public ValueTask<ForwarderError> Send(HttpContext context, Route route, Subscribed subscription, CredentialEntitlement credential) =>
        forwarder.SendAsync(context, route.Upstream, client, request, new CallTransformer(route, subscription.Facts, credential));

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    private static PathString Remainder(PathString path)
    {
        var text = path.Value!;
        var at = 0;
        for (var slashes = 0; at < text.Length; at++)
        {
            if (text[at] == '/' && ++slashes == 4)
            {
                break;
            }
        }

        return new PathString(text[at..]);
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

    private sealed class CallTransformer(Route route, SubscriptionEntitlement subscription, CredentialEntitlement credential) : HttpTransformer
    {
        public override async ValueTask TransformRequestAsync(HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
        {
            await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
            proxyRequest.RequestUri = RequestUtilities.MakeDestinationAddress(route.Upstream, Below(httpContext), httpContext.Request.QueryString);
            proxyRequest.Headers.Host = null;
            proxyRequest.Headers.Remove("X-Api-Key");
            proxyRequest.Headers.Remove("Authorization");
            InternalHeaders.Strip(proxyRequest.Headers);
            proxyRequest.Headers.TryAddWithoutValidation("X-Marketplace-Organization", subscription.OrganizationId);
            proxyRequest.Headers.TryAddWithoutValidation("X-Marketplace-Subscription", subscription.SubscriptionId);
            if (credential.ApplicationId is { } application)
            {
                proxyRequest.Headers.TryAddWithoutValidation("X-Marketplace-Application", application);
            }
        }
    }
}
