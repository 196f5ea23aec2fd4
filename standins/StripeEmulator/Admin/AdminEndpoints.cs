using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;
using Marketplace.StripeEmulator.Subscriptions;
using Marketplace.StripeEmulator.Webhooks;

namespace Marketplace.StripeEmulator.Admin;

/// <summary>Asks for a key: an account (default: the default one), its mode, and permissions when it is to be restricted.</summary>
public sealed record KeyRequest(string? Account, bool Livemode, JsonObject? Permissions);

public sealed record AccountRequest(string Id, string? Name, string? Country, string? DefaultCurrency, DunningRequest? Dunning, JsonObject? Tax = null, bool? ThinEvents = null);

/// <summary>How the account goes after money; what is left out stays as it is.</summary>
public sealed record DunningRequest(int[]? RetryDays, string? Subscription, string? Invoice, int? UpcomingDays);

public sealed record ClockRequest(DateTimeOffset Now);

public sealed record WebhookRequest(bool? Hold, int? Times, bool? Shuffle, int? DelayMilliseconds, double? DropShare, int? ForgeNext);

public sealed record DeliverRequest(int? Times, bool? Forged, string? Endpoint);

public sealed record CardRequest(int? Times, string? DeclineCode);

public sealed record RotateRequest(long? OverlapSeconds);

/// <summary>The knobs, all under /_emulator. They need no key: whoever reaches the emulator may turn them.</summary>
public static class AdminEndpoints
{
    private const string Permissions = "A permission is none, read or write.";

    public static void MapAdmin(this WebApplication app)
    {
        var admin = app.MapGroup("/_emulator");
        admin.MapGet("/state", State);
        admin.MapPost("/reset", Reset);
        admin.MapPost("/keys", Keys);
        admin.MapPut("/keys/{key}/permissions", (string key, JsonObject permissions, Engine engine) =>
            !Known(permissions) ? Problem(400, Permissions) : ApiKeys.Permit(engine, key, permissions) ? Results.NoContent() : Problem(404, "This is not a restricted key."));
        admin.MapDelete("/keys/{key}", (string key, Engine engine) => ApiKeys.Revoke(engine, key) ? Results.NoContent() : Problem(404, "This is not a key."));
        admin.MapPost("/accounts", Account);
        admin.MapGet("/clock", ClockRoutes.Read);
        admin.MapPut("/clock", ClockRoutes.Move);
        admin.MapGet("/webhooks", (Engine engine) => engine.Webhooks);
        admin.MapPut("/webhooks", TurnWebhooks);
        admin.MapPost("/webhooks/hold", (Engine engine) => TurnWebhooks(new WebhookRequest(true, null, null, null, null, null), engine, null));
        admin.MapPost("/webhooks/release", (Engine engine, Dispatcher dispatcher) => TurnWebhooks(new WebhookRequest(false, null, null, null, null, null), engine, dispatcher));
        admin.MapGet("/deliveries", ListDeliveries);
        admin.MapPost("/events/{id}/deliver", Deliver);
        admin.MapPost("/webhook_endpoints/{id}/rotate", Rotate);
        admin.MapGet("/faults", (FaultRules faults) => faults.All);
        admin.MapPost("/faults", (FaultRule rule, FaultRules faults) => AddFault(rule, faults));
        admin.MapDelete("/faults", (FaultRules faults) =>
        {
            faults.Clear();
            return Results.NoContent();
        });
        admin.MapPayments();
        admin.MapPost("/cards/fail", (CardRequest request, Engine engine) =>
        {
            if (request.DeclineCode is { } code && !Resources.Declines.Known(code))
            {
                return Problem(400, $"'{code}' is not a decline code.");
            }

            engine.Cards.FailNext(request.Times ?? 1, request.DeclineCode ?? "generic_decline");
            return Results.NoContent();
        });
    }

    private static JsonObject State(Engine engine, FaultRules faults) => engine.Look(() => new JsonObject
    {
        ["clock"] = engine.Clock.GetUtcNow().ToString("O"),
        ["objects"] = new JsonObject(engine.Store.All.OrderBy(s => s.Sequence).GroupBy(s => s.Kind).OrderBy(g => g.Key, StringComparer.Ordinal).Select(kind => KeyValuePair.Create(
            kind.Key,
            (JsonNode?)new JsonArray([.. kind.Select(s => new JsonObject { ["account"] = s.Scope.Account, ["livemode"] = s.Scope.Livemode, ["value"] = s.Value.DeepClone(), ["inner"] = s.Inner.DeepClone() })])))),
        ["faults"] = faults.All.Count,
    });

    private static IResult Reset(Engine engine, FaultRules faults)
    {
        engine.Reset();
        faults.Clear();
        engine.Cards.FailNext(0, "generic_decline");
        TurnWebhooks(new WebhookRequest(false, 1, false, 0, 0, 0), engine, null);
        return Results.NoContent();
    }

    private static bool Known(JsonObject? permissions) =>
        permissions?.All(p => p.Value is JsonValue value && value.TryGetValue(out string? may) && may is "none" or "read" or "write") != false;

    private static IResult Keys(KeyRequest request, Engine engine)
    {
        var account = request.Account ?? engine.Options.DefaultAccount;
        if (!Known(request.Permissions))
        {
            return Problem(400, Permissions);
        }

        return account.Length == 22 && account.StartsWith("acct_1", StringComparison.Ordinal) && account[6..].All(char.IsAsciiLetterOrDigit)
            ? Results.Json(new { key = ApiKeys.Make(engine, account, request.Livemode, request.Permissions), account })
            : Problem(400, "An account is acct_1 and 16 letters or digits.");
    }

    private static IResult Account(AccountRequest request, Engine engine)
    {
        if (request.Dunning is { } wished && !Dunned(wished, Dunning.Standard).IsKnown)
        {
            return Problem(400, "Dunning has at most 8 retryDays of 1 to 60; subscription is cancel, unpaid or past_due; invoice is open or uncollectible; upcomingDays is 0 to 60.");
        }

        if (request.Tax is { } registrations && !AutomaticTax.IsKnown(registrations))
        {
            return Problem(400, "Tax is what is collected where: countries (DE) or states (US-NY), each with a percentage up to 100.");
        }

        engine.Run(new Scope(request.Id, false), Origin.Automatic, tx =>
        {
            var id = "account/" + request.Id;
            var stored = tx.Find("account", id) ?? tx.Add("account", id, []);
            var value = tx.Edit(stored);
            if (request.Dunning is { } asked)
            {
                Dunned(asked, Dunning.Of(tx)).Keep(tx, stored);
            }

            if (request.Tax is { } collected)
            {
                AutomaticTax.Register(tx, stored, collected);
            }

            if (request.ThinEvents is { } offered)
            {
                stored.Inner[WebhookEndpoints.ThinEvents] = offered;
            }

            foreach (var (name, given) in ((string, string?)[])[("name", request.Name), ("country", request.Country), ("default_currency", request.DefaultCurrency)])
            {
                if (given is not null)
                {
                    value[name] = given;
                }
            }

            return true;
        }).Durable.Wait();
        return Results.NoContent();
    }

    private static Dunning Dunned(DunningRequest asked, Dunning present) => new(
        asked.RetryDays ?? present.RetryDays, asked.Subscription ?? present.Subscription, asked.Invoice ?? present.Invoice, asked.UpcomingDays ?? present.UpcomingDays);

    private static WebhookKnobs TurnWebhooks(WebhookRequest request, Engine engine, Dispatcher? dispatcher)
    {
        var knobs = engine.Webhooks;
        knobs.Hold = request.Hold ?? knobs.Hold;
        knobs.Times = Math.Max(1, request.Times ?? knobs.Times);
        knobs.Shuffle = request.Shuffle ?? knobs.Shuffle;
        knobs.DelayMilliseconds = Math.Max(0, request.DelayMilliseconds ?? knobs.DelayMilliseconds);
        knobs.DropShare = Math.Clamp(request.DropShare ?? knobs.DropShare, 0, 1);
        knobs.ForgeNext = request.ForgeNext ?? knobs.ForgeNext;
        dispatcher?.Wake();
        return knobs;
    }

    private static JsonArray ListDeliveries(Engine engine, string? @event, string? endpoint) => engine.Look(() => new JsonArray(
        [.. engine.Store.All.Where(s => s.Kind == "delivery" && (@event is null || s.Value.Text("event") == @event) && (endpoint is null || s.Value.Text("endpoint") == endpoint)).OrderBy(s => s.Sequence).Select(s => s.Value.DeepClone())]));

    private static async Task<IResult> Deliver(string id, DeliverRequest request, Engine engine, Dispatcher dispatcher)
    {
        var found = engine.Look(() => engine.Store.Find(id));
        if (found is not { Kind: "event" })
        {
            return Problem(404, $"No event {id}.");
        }

        var endpoints = engine.Look(() => engine.Store.OfKind(found.Scope, "webhook_endpoint")
            .Where(e => request.Endpoint is null ? WebhookEndpoints.Hears(e, found.Value.Text("type")!) : e.Id == request.Endpoint).Select(e => e.Id).ToList());
        var sends = endpoints.SelectMany(endpoint => Enumerable.Range(0, request.Times ?? 1).Select(_ => dispatcher.SendNow(id, endpoint, request.Forged ?? false)));
        return Results.Json(new { statuses = await Task.WhenAll(sends) });
    }

    private static IResult Rotate(string id, RotateRequest request, Engine engine)
    {
        var found = engine.Look(() => engine.Store.Find(id));
        if (found is not { Kind: "webhook_endpoint" })
        {
            return Problem(404, $"No webhook endpoint {id}.");
        }

        var done = engine.Run(found.Scope, Origin.Automatic, tx => WebhookEndpoints.Rotate(tx, tx.Find("webhook_endpoint", id)!, request.OverlapSeconds ?? 86_400));
        done.Durable.Wait();
        return Results.Json(new { secret = done.Value });
    }

    private static IResult AddFault(FaultRule rule, FaultRules faults)
    {
        if (!rule.IsPossible())
        {
            return Problem(400, "kind is status, timeout, reset or lost; status is 400 to 599; times is 1 or more; seconds is 0 to 86400; headers have names and values that can be sent.");
        }

        faults.Add(rule);
        return Results.Json(faults.All);
    }

    internal static IResult Problem(int status, string detail) => Results.Problem(detail, statusCode: status);
}
