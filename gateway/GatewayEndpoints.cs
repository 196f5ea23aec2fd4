using Marketplace.Gateway.Books;
using Marketplace.Gateway.Control;
using Marketplace.Gateway.Dev;
using Marketplace.Gateway.Dev.Seed;
using Marketplace.Gateway.Runtime;
using Marketplace.ServiceDefaults;

namespace Marketplace.Gateway;

/// <summary>The gateway's table of contents: every address it answers itself; the control API is in <see cref="ControlRoutes"/>.</summary>
public static class GatewayEndpoints
{
    /// <summary>What comes before routing: the path's judgement, and the runtime path, whose callers are known by keys and not by tokens and which
    /// therefore passes none of the control API's steps.</summary>
    public static void UseRuntimePath(this WebApplication app)
    {
        app.Use((context, next) => PathGuard.Judge(context) is { } refusal ? refusal.ExecuteAsync(context) : next(context));
        app.Map("/apis", branch =>
        {
            branch.UseTelemetry("/apis/{product}/{api}/{**path}");
            branch.UseExceptionHandler();
            branch.Run(app.Services.GetRequiredService<RuntimeCall>().Handle);
        });
        // What the gateway itself tells operators is behind the same exchange as what it forwards.
        app.UseWhen(context => context.Request.Path.StartsWithSegments(ReadBooks.Area, StringComparison.OrdinalIgnoreCase), branch => branch.UseMiddleware<TokenExchange>());
        app.UseRouting();
    }

    /// <summary>Maps the control API, its documents and, outside Production, the test clock and the seed.</summary>
    public static void MapGateway(this WebApplication app)
    {
        app.MapReverseProxy(proxy =>
        {
            proxy.UseMiddleware<TokenExchange>();
            proxy.UseLoadBalancing();
        });

        app.MapGet($"{ReadBooks.Area}/books", ReadBooks.Handle).RequireAuthorization(Policies.Operator).ExcludeFromDescription();
        app.MapGet("/openapi/v1.json", (ApiDocument document, CancellationToken cancellation) => document.Get(cancellation))
            .AllowAnonymous().ExcludeFromDescription();
        app.MapGet("/", () => TypedResults.Redirect("/docs")).AllowAnonymous().ExcludeFromDescription();

        if (!app.Environment.IsProduction())
        {
            app.MapGet("/dev/clock", (DevClock clock) => clock.Read()).AllowAnonymous();
            app.MapPost("/dev/clock", (AdvanceClockRequest request, DevClock clock, CancellationToken cancellation) => clock.Advance(request, cancellation))
                .AllowAnonymous().DisableRequestTimeout();
            app.MapPost("/dev/seed", (HttpContext context, DevSeed seed, CancellationToken cancellation) => seed.Run(context, cancellation))
                .AllowAnonymous().DisableRequestTimeout();
        }
    }
}
