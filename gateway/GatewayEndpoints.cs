using Marketplace.Gateway.Control;
using Marketplace.Gateway.Dev;
using Marketplace.Gateway.Runtime;

namespace Marketplace.Gateway;

/// <summary>The gateway's table of contents: every address it answers itself; the control API is in <see cref="ControlRoutes"/>.</summary>
public static class GatewayEndpoints
{
    /// <summary>Maps the runtime path, the control API, its documents and, outside Production, the test clock.</summary>
    public static void MapGateway(this WebApplication app)
    {
        // Callers are known by their keys here, not by tokens.
        app.Map("/apis/{product}/{api}/{**path}", (HttpContext context, string product, string api, RuntimeCall call) => call.Handle(context, product, api))
            .AllowAnonymous().DisableRequestTimeout().ExcludeFromDescription();

        app.MapReverseProxy(proxy => proxy.UseMiddleware<TokenExchange>());

        app.MapGet("/openapi/v1.json", (ApiDocument document, CancellationToken cancellation) => document.Get(cancellation))
            .AllowAnonymous().ExcludeFromDescription();
        app.MapGet("/", () => TypedResults.Redirect("/docs")).AllowAnonymous().ExcludeFromDescription();

        if (!app.Environment.IsProduction())
        {
            app.MapGet("/dev/clock", (DevClock clock) => clock.Read()).AllowAnonymous();
            app.MapPost("/dev/clock", (AdvanceClockRequest request, DevClock clock, CancellationToken cancellation) => clock.Advance(request, cancellation))
                .AllowAnonymous().DisableRequestTimeout();
        }
    }
}
