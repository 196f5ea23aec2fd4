using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Marketplace.Story;

namespace Marketplace.Chaos.Tests;

/// <summary>A consumer organization that shops while everything fails: subscribes, pays (or not), takes access, calls, cancels, and counts what it was answered.</summary>
public sealed class Shopper(Settings settings, Client client, string organizationId, string applicationId, string catalogId, string key, Offer[] offers, Habit habit, bool isSteady, Random random) : IDisposable
{
    private readonly HttpClient calls = new() { BaseAddress = settings.Gateway, Timeout = TimeSpan.FromSeconds(30) };
    private readonly HashSet<string> asked = new(StringComparer.Ordinal);
    private readonly HashSet<string> changed = new(StringComparer.Ordinal);

    /// <summary>Calls answered 2xx, and those whose answer never came, by the offer's path.</summary>
    public ConcurrentDictionary<string, (long Answered, long Unknown)> Calls { get; } = new(StringComparer.Ordinal);

    /// <summary>The organization.</summary>
    public string OrganizationId => organizationId;

    /// <summary>What it pays of what it is charged.</summary>
    public Habit Habit => habit;

    /// <summary>What it buys.</summary>
    public IReadOnlyList<Offer> Offers => offers;

    /// <summary>What was answered in a way that nobody may be answered.</summary>
    public ConcurrentQueue<string> Wrong { get; } = new();

    /// <summary>Goes on until told to stop. What fails is tried again at the next turn.</summary>
    /// <param name="open">Held by each turn; while somebody else holds it, nobody shops.</param>
    public async Task Shop(SemaphoreSlim open, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            foreach (var offer in offers)
            {
                await open.WaitAsync(CancellationToken.None);
                try
                {
                    await Turn(offer);
                }
                catch (Exception failed) when (failed is StoryException or HttpRequestException or TaskCanceledException)
                {
                    // Refused or away: that is what this is about. A 500 is none of both.
                    if (failed.Message.Contains("answered 500", StringComparison.Ordinal))
                    {
                        Wrong.Enqueue(failed.Message);
                    }
                }
                finally
                {
                    open.Release();
                }
            }
        }
    }

    /// <summary>Pays every open invoice that it means to pay, or where Stripe renews makes the first payment at the checkout; how many.</summary>
    public async Task<int> PayAll(string subscriptionId)
    {
        var paid = 0;
        if (settings.StripeRenews && habit != Habit.PaysNever && (string?)(await client.Get($"/v1/subscriptions/{subscriptionId}"))["status"] == "awaiting_payment")
        {
            var session = await client.Post("/v1/checkout-sessions", new { subscriptionId, successUrl = "https://example.com/done", cancelUrl = "https://example.com/back" });
            await HostedPage.StoreCard(new Uri((string)session["url"]!), "4242424242424242");
            paid++;
        }

        foreach (var invoice in (await client.Get($"/v1/invoices?subscription={subscriptionId}&limit=100"))["data"]!.AsArray())
        {
            var meant = habit == Habit.PaysAlways || (habit == Habit.PaysOnce && (string?)invoice!["kind"] == "initial");
            if (meant && (string?)invoice!["status"] is "open" or "past_due" && (string?)invoice!["hostedInvoiceUrl"] is { } page)
            {
                await settings.Pay(new Uri(page));
                paid++;
            }
        }

        return paid;
    }

    /// <summary>Its subscriptions to a product, newest first.</summary>
    public Task<IReadOnlyList<JsonNode>> Subscriptions(Offer offer) => All($"/v1/subscriptions?organizationId={organizationId}&productId={offer.ProductId}");

    /// <summary>Its invoices of a subscription.</summary>
    public Task<IReadOnlyList<JsonNode>> Invoices(string subscriptionId) => All($"/v1/invoices?subscription={subscriptionId}");

    /// <summary>One of its invoices with its lines.</summary>
    public Task<JsonNode> Invoice(string id) => client.Get($"/v1/invoices/{id}");

    /// <summary>One call, counted.</summary>
    public async Task<HttpStatusCode?> Call(Offer offer)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{offer.Path}/orders");
        request.Headers.Add("X-Api-Key", key);
        try
        {
            using var response = await calls.SendAsync(request);
            if (response.IsSuccessStatusCode)
            {
                Calls.AddOrUpdate(offer.Path, (1, 0), (_, seen) => (seen.Answered + 1, seen.Unknown));
            }
            else if (response.StatusCode == HttpStatusCode.InternalServerError)
            {
                Wrong.Enqueue($"GET {offer.Path} answered 500");
            }

            return response.StatusCode;
        }
        catch (Exception lost) when (lost is HttpRequestException or TaskCanceledException)
        {
            Calls.AddOrUpdate(offer.Path, (0, 1), (_, seen) => (seen.Answered, seen.Unknown + 1));
            return null;
        }
    }

    public void Dispose()
    {
        client.Dispose();
        calls.Dispose();
    }

    private async Task<IReadOnlyList<JsonNode>> All(string path)
    {
        List<JsonNode> all = [];
        string? cursor = null;
        do
        {
            var page = await client.Get($"{path}&limit=100{(cursor is null ? "" : $"&cursor={cursor}")}");
            all.AddRange(page["data"]!.AsArray().Select(found => found!));
            cursor = (string?)page["nextCursor"];
        }
        while (cursor is not null);
        return all;
    }

    private async Task Turn(Offer offer)
    {
        var live = (await Subscriptions(offer)).FirstOrDefault(s => (string?)s["status"] is not ("cancelled" or "expired" or "rejected" or "migrated"));
        if (live is null)
        {
            await client.Post("/v1/subscriptions", new
            {
                planId = offer.Plans[random.Next(offer.Plans.Count)].Id, seats = offer.MostSeats is { } most ? random.Next(1, most + 1) : (int?)null, catalogId, organizationId, applicationId, acceptTerms = true,
            });
            return;
        }

        var id = (string)live["id"]!;
        await PayAll(id);
        if (!asked.Contains(id))
        {
            // What took another one's place took its access over.
            if ((string?)live["migratedFrom"] is not { } before || !asked.Contains(before))
            {
                await client.Post("/v1/access-requests", new { subscriptionId = id, apiId = offer.ApiId, applicationId });
            }

            asked.Add(id);
        }

        for (var call = 0; call < 8; call++)
        {
            if (await Call(offer) is null or not HttpStatusCode.OK)
            {
                await Task.Delay(100);
                break;
            }
        }

        await ChangeMind(offer, live);
    }

    // Cancels, changes plans or seats to and fro, now and with the period, and takes back what waits for its end. Whatever chance says, each changes its plan once, and a steady one keeps its last offer.
    private async Task ChangeMind(Offer offer, JsonNode live)
    {
        if (isSteady && offer == offers[^1])
        {
            return;
        }

        if ((string?)live["status"] == "active" && !changed.Contains(offer.Path) && await MayEndNow(live))
        {
            await ChangePlanNow(offer, live);
            changed.Add(offer.Path);
            return;
        }

        var id = (string)live["id"]!;
        switch ((string?)live["status"], random.Next(60))
        {
            case ("active", 0) when await MayEndNow(live):
                await client.Post($"/v1/subscriptions/{id}/cancel", new { when = "now" });
                break;
            case ("active", 1):
                await client.Post($"/v1/subscriptions/{id}/cancel", new { when = "period_end" });
                break;
            case ("active", 2 or 3) when await MayEndNow(live):
                await ChangePlanNow(offer, live);
                break;
            case ("active", 4 or 5) when live["scheduledChange"] is null:
                await client.Post($"/v1/subscriptions/{id}/change-plan", Other(offer, live, "period_end"));
                break;
            case ("active", 6) when live["scheduledChange"] is not null:
                await client.Update(HttpMethod.Delete, $"/v1/subscriptions/{id}/change-plan", new { });
                break;
            case ("cancelling", < 8):
                await client.Post($"/v1/subscriptions/{id}/resume", new { });
                break;
            default:
                break;
        }
    }

    // Its keys go on working.
    private async Task ChangePlanNow(Offer offer, JsonNode live)
    {
        var before = await Call(offer);
        var changed = await client.Post($"/v1/subscriptions/{live["id"]}/change-plan", Other(offer, live, "now"));
        asked.Add((string)changed["subscription"]!["id"]!);
        if (before == HttpStatusCode.OK && await Call(offer) is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.PaymentRequired)
        {
            Wrong.Enqueue($"GET {offer.Path} was refused after {live["id"]} had changed to {changed["subscription"]!["id"]}");
        }
    }

    // Another plan, or another number of seats.
    private object Other(Offer offer, JsonNode live, string when) => offer.MostSeats is { } most
        ? new { planId = (string)live["plan"]!["id"]!, seats = (((int)live["seats"]! + random.Next(1, most) - 1) % most) + 1, when }
        : new { planId = offer.Plans.First(plan => plan.Id != (string)live["plan"]!["id"]!).Id, when };

    private async Task<bool> MayEndNow(JsonNode subscription) => !settings.StripeRenews || await HasLived(subscription, TimeSpan.FromMinutes(2));

    // Stripe's meters know whole minutes: two subscriptions to one plan within the same one cannot be told apart there, only in our own books.
    private async Task<bool> HasLived(JsonNode subscription, TimeSpan time) =>
        Instant((await client.Get("/dev/clock"))["now"]) - Instant(subscription["currentPeriod"]?["start"] ?? (await client.Get("/dev/clock"))["now"]) > time;

    private static DateTimeOffset Instant(JsonNode? time) => DateTimeOffset.Parse((string)time!, CultureInfo.InvariantCulture);
}

/// <summary>What a shopper pays.</summary>
public enum Habit
{
    /// <summary>Whatever it is charged.</summary>
    PaysAlways,

    /// <summary>The first invoice of a subscription and no other.</summary>
    PaysOnce,

    /// <summary>Nothing.</summary>
    PaysNever,
}
