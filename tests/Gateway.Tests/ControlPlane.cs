using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using MassTransit;
using Marketplace.Contracts.Accounts;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Gateway;
using Marketplace.Contracts.Subscriptions;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Marketplace.Gateway.Tests;

/// <summary>The services as a gateway sees them: their internal addresses, feeds, leases and message exchange over real HTTP and a real broker,
/// with what they know held by the test. One process, one port per service.</summary>
public sealed class ControlPlane : IAsyncDisposable
{
    public static readonly string[] Services = ["accounts", "catalog", "subscriptions", "invoicing", "webhooks", "stripe"];

    private readonly Lock gate = new();
    private readonly List<(long Position, RuntimeRoute Route)> routes = [];
    private readonly List<(long Position, SubscriptionEntitlement Facts)> subscriptions = [];
    private readonly List<(long Position, CredentialEntitlement Facts)> credentials = [];
    private readonly Dictionary<(string Gateway, string Subscription, string Quota, DateTimeOffset Start), long> leases = [];
    private readonly SortedDictionary<(string Gateway, long Sequence), UsageReported> reports = [];
    private readonly ConcurrentDictionary<string, bool> away = new();
    private readonly int[] ports = Ports.Free(Services.Length);
    private WebApplication app = null!;
    private long position;
    private long askedAfter;

    /// <summary>While true, reports are heard and not applied, as with Subscriptions' consumer stopped.</summary>
    public bool HoldReports { get; set; }

    /// <summary>Every report heard, duplicates included.</summary>
    public ConcurrentQueue<UsageReported> Heard { get; } = new();

    /// <summary>Requests for leases, in order.</summary>
    public ConcurrentQueue<LeaseRequest> Leased { get; } = new();

    /// <summary>What the control API's services were asked: service, method, raw target, headers.</summary>
    public ConcurrentQueue<(string Service, string Method, string Target, Dictionary<string, string> Headers)> Asked { get; } = new();

    /// <summary>Client tokens that Accounts knows, and what they are exchanged for.</summary>
    public ConcurrentDictionary<string, string> Tokens { get; } = new();

    /// <summary>The stand-in processes' clocks, by service.</summary>
    public ConcurrentDictionary<string, StandInClock> Clocks { get; } = new();

    /// <summary>Each service's OpenAPI document.</summary>
    public ConcurrentDictionary<string, string> Documents { get; } = new();

    /// <summary>What mints internal tokens in this installation.</summary>
    public InternalTokens Internal => app.Services.GetRequiredService<InternalTokens>();

    public string Address(string service) => $"http://127.0.0.1:{ports[Array.IndexOf(Services, service)]}/";

    public static async Task<ControlPlane> Start(Uri broker, string keyRing)
    {
        var plane = new ControlPlane();
        foreach (var service in Services)
        {
            plane.Clocks[service] = new();
            plane.Documents[service] = """{"openapi":"3.1.1","paths":{}}""";
        }

        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ApplicationName = "Marketplace.Testing" });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["DataProtection:KeyRing"] = keyRing,
            ["ConnectionStrings:messaging"] = broker.ToString(),
            ["urls"] = string.Join(';', Services.Select(plane.Address)),
        });
        builder.Logging.ClearProviders();
        builder.AddServiceDefaults();
        builder.Services.AddSingleton(plane);
        builder.AddMessaging("subscriptions", bus => bus.AddConsumer<HearUsage>());
        plane.app = builder.Build();
        plane.app.Use(plane.BeAway);
        plane.app.UseExceptionHandler(new ExceptionHandlerOptions { StatusCodeSelector = exception => exception is BadHttpRequestException bad ? bad.StatusCode : 500 });
        plane.app.UseAuthentication();
        plane.app.UseAuthorization();
        plane.Map(plane.app);
        await plane.app.StartAsync();
        return plane;
    }

    /// <summary>Cuts every connection to the service until it is back.</summary>
    public void TakeAway(params string[] services) => Array.ForEach(services, service => away[service] = true);

    public void BringBack(params string[] services) => Array.ForEach(services, service => away.TryRemove(service, out _));

    public void Put(RuntimeRoute route)
    {
        lock (gate)
        {
            routes.RemoveAll(r => r.Route.ApiId == route.ApiId && r.Route.ProductId == route.ProductId);
            routes.Add((++position, route));
        }
    }

    public SubscriptionEntitlement Put(SubscriptionEntitlement facts)
    {
        lock (gate)
        {
            subscriptions.RemoveAll(s => s.Facts.SubscriptionId == facts.SubscriptionId);
            subscriptions.Add((++position, facts));
        }

        return facts;
    }

    public CredentialEntitlement Put(CredentialEntitlement facts)
    {
        lock (gate)
        {
            credentials.RemoveAll(c => c.Facts.CredentialId == facts.CredentialId);
            credentials.Add((++position, facts));
        }

        return facts;
    }

    /// <summary>Hints the gateway over the broker and waits until it has read everything.</summary>
    public async Task Settle()
    {
        long target;
        lock (gate)
        {
            target = position;
        }

        // It is known to have taken in what it read when it asks for what comes after.
        await Eventually.Until(
            async () =>
            {
                await Publish(new AccessChanged("sub_any", "org_any", target));
                await Task.Delay(30);
                return Interlocked.Read(ref askedAfter);
            },
            asked => asked >= target, $"the gateway reads the feed up to {target}");
    }

    public Task Publish<T>(T message)
        where T : class => app.Services.GetRequiredService<IBus>().Publish(message);

    public static string HashOf(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    /// <summary>Applied reports of a gateway (of all without a name), each number once, oldest first.</summary>
    public List<UsageReported> Applied(string? gateway = null)
    {
        lock (gate)
        {
            return [.. reports.Values.Where(r => gateway is null || r.GatewayId == gateway)];
        }
    }

    /// <summary>Units of a subscription in everything applied.</summary>
    public long Metered(string subscriptionId, string? unit = null) =>
        Applied().SelectMany(r => r.Entries).Where(e => e.SubscriptionId == subscriptionId && e.Unit == unit).Sum(e => e.Quantity);

    /// <summary>Waits until that many units were reported, and looks a moment longer for too many.</summary>
    public async Task ExpectMetered(string subscriptionId, long units, string? unit = null)
    {
        await Eventually.Until(() => Task.FromResult(Metered(subscriptionId, unit)), metered => metered >= units, $"{units} units of {subscriptionId} reported");
        Assert.Equal(units, Metered(subscriptionId, unit));
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    internal void Hear(UsageReported report)
    {
        Heard.Enqueue(report);
        if (!HoldReports)
        {
            lock (gate)
            {
                reports.TryAdd((report.GatewayId, report.Sequence), report);
            }
        }
    }

    private void Map(WebApplication routes)
    {
        var service = routes.MapGroup("").RequireAuthorization(Policies.Service);
        service.MapPost("/internal/token-exchange", (TokenExchangeRequest request) =>
            Tokens.TryGetValue(request.Token, out var token) ? Results.Ok(new TokenExchangeAnswer(token)) : Problem.Of(401, "token_invalid", "The token is not valid.") as IResult);
        service.MapGet("/internal/routes", (long after, int limit) => Page(after, limit));
        service.MapGet("/internal/entitlements", (long after, int limit) => Entitlements(after, limit));
        service.MapPut("/internal/leases", (LeaseRequest request) => Grant(request));
        service.MapGet("/internal/usage-reports/{gateway}", (string gateway) => new UsageReportsApplied(AppliedThrough(gateway)));
        service.MapGet("/internal/clock", (HttpContext context) => Clocks[ServiceOf(context)].Read());
        service.MapPut("/internal/clock", (HttpContext context, MoveClockRequest request) => Clocks[ServiceOf(context)].Move(request.Now!.Value));
        service.MapGet("/_emulator/clock", () => Clocks["stripe"].Read());
        service.MapPut("/_emulator/clock", (MoveClockRequest request) => Clocks["stripe"].Move(request.Now!.Value));
        routes.MapGet("/openapi/v1.json", (HttpContext context) => Results.Text(Documents[ServiceOf(context)], "application/json")).AllowAnonymous();
        routes.Map("/{**rest}", Answer).AllowAnonymous();
    }

    // What came is kept with the headers; the body, byte by byte, as one more of them.
    private async Task Answer(HttpContext context)
    {
        var service = ServiceOf(context);
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var headers = context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        headers["test-body"] = Convert.ToHexString(body.ToArray());
        Asked.Enqueue((service, context.Request.Method, context.Features.Get<IHttpRequestFeature>()!.RawTarget, headers));
        await context.Response.WriteAsJsonAsync(new { service });
    }

    private string ServiceOf(HttpContext context) => Services[Array.IndexOf(ports, context.Connection.LocalPort)];

    private Task BeAway(HttpContext context, RequestDelegate next)
    {
        if (away.ContainsKey(ServiceOf(context)))
        {
            context.Abort();
            return Task.CompletedTask;
        }

        return next(context);
    }

    private RoutePage Page(long after, int limit)
    {
        lock (gate)
        {
            var found = routes.Where(r => r.Position > after).OrderBy(r => r.Position).ToList();
            return new(found.Count == 0 ? after : found[Math.Min(limit, found.Count) - 1].Position, found.Count > limit, [.. found.Take(limit).Select(r => r.Route)]);
        }
    }

    private EntitlementPage Entitlements(long after, int limit)
    {
        Interlocked.Exchange(ref askedAfter, after);
        lock (gate)
        {
            var found = subscriptions.Select(s => (s.Position, Subscription: (SubscriptionEntitlement?)s.Facts, Credential: (CredentialEntitlement?)null))
                .Concat(credentials.Select(c => (c.Position, Subscription: (SubscriptionEntitlement?)null, Credential: (CredentialEntitlement?)c.Facts)))
                .Where(e => e.Position > after).OrderBy(e => e.Position).ToList();
            var shown = found.Take(limit).ToList();
            return new(
                shown.Count == 0 ? Math.Max(after, position) : shown[^1].Position, found.Count > limit,
                [.. shown.Where(e => e.Subscription is not null).Select(e => e.Subscription!)], [.. shown.Where(e => e.Credential is not null).Select(e => e.Credential!)]);
        }
    }

    // The rule of Subscriptions: all gateways together never hold more than the limit, and what is held is never taken back.
    private LeaseAnswer Grant(LeaseRequest request)
    {
        Leased.Enqueue(request);
        lock (gate)
        {
            var quota = subscriptions.Select(s => s.Facts).First(s => s.SubscriptionId == request.SubscriptionId).Quotas.First(q => q.QuotaId == request.QuotaId);
            var limit = quota.Limit!.Value;
            var key = (request.GatewayId, request.SubscriptionId, request.QuotaId, request.WindowStart);
            var own = leases.GetValueOrDefault(key);
            var others = leases.Where(l => l.Key != key && (l.Key.Subscription, l.Key.Quota, l.Key.Start) == (key.SubscriptionId, key.QuotaId, key.WindowStart)).Sum(l => l.Value);
            var granted = leases[key] = Math.Max(own, Math.Min(request.Wanted, limit - others));
            var through = AppliedThrough(request.GatewayId);
            var counted = reports.Values.Where(r => r.GatewayId == request.GatewayId && r.Sequence <= through).SelectMany(r => r.Entries)
                .Where(e => e.SubscriptionId == request.SubscriptionId && (e.Unit ?? "transactions") == quota.Unit && e.From >= request.WindowStart).Sum(e => e.Quantity);
            return new(granted, Math.Max(0, limit - others - granted), counted, through);
        }
    }

    private long AppliedThrough(string gateway)
    {
        lock (gate)
        {
            var through = 0L;
            while (reports.ContainsKey((gateway, through + 1)))
            {
                through++;
            }

            return through;
        }
    }
}

/// <summary>The usage consumer of Subscriptions.</summary>
public sealed class HearUsage(ControlPlane plane) : IConsumer<UsageReported>
{
    public Task Consume(ConsumeContext<UsageReported> context)
    {
        plane.Hear(context.Message);
        return Task.CompletedTask;
    }
}

/// <summary>A process's clock as the test clock's coordinator sees it.</summary>
public sealed class StandInClock
{
    private readonly Lock gate = new();
    private readonly List<DateTimeOffset> due = [];
    private DateTimeOffset now = TimeProvider.System.GetUtcNow();

    /// <summary>Work that will not end by itself.</summary>
    public long Pending { get; set; }

    /// <summary>The instants it was moved to, in order.</summary>
    public List<DateTimeOffset> Moves { get; } = [];

    public void FallsDue(DateTimeOffset at)
    {
        lock (gate)
        {
            due.Add(at);
        }
    }

    internal ClockState Read()
    {
        lock (gate)
        {
            var later = due.Where(d => d > now).ToList();
            return new(now, later.Count == 0 ? null : later.Min(), Pending, Moves.Count);
        }
    }

    internal IResult Move(DateTimeOffset to)
    {
        lock (gate)
        {
            now = to > now ? to : now;
            Moves.Add(to);
        }

        return Results.NoContent();
    }
}
