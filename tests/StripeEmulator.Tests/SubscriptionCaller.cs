using System.Text.Json.Nodes;
using Marketplace.Testing;

namespace Marketplace.StripeEmulator.Tests;

/// <summary>Calls about subscriptions: prices, customers on a clock, and time.</summary>
public sealed class SubscriptionCaller(Caller caller)
{
    public const long Start = 1_704_067_200; // 2024-01-01

    public const long Day = 86_400;

    public const long Month = 31 * Day; // January

    private string? clock;

    public Caller Caller => caller;

    public string Clock => clock!;

    public Task<Answer> Get(string path, params (string Name, string Value)[] headers) => caller.Get(path, headers);

    public Task<Answer> Post(string path, string form = "", params (string Name, string Value)[] headers) => caller.Post(path, form, headers);

    public Task<Answer> Delete(string path) => caller.Delete(path);

    public async Task<string> Price(long amount = 1000, string form = "recurring[interval]=month", string name = "Gold")
    {
        var product = (await caller.Post("/v1/products", "name=" + name)).Ok().Id;
        return (await caller.Post("/v1/prices", $"product={product}&unit_amount={amount}&currency=usd&{form}")).Ok().Id;
    }

    /// <summary>A customer on a new clock, with a card unless said otherwise.</summary>
    public async Task<string> Customer(string? method = "pm_card_visa", string form = "")
    {
        clock ??= (await caller.Post("/v1/test_helpers/test_clocks", $"frozen_time={Start}")).Ok().Id;
        var customer = await caller.Customer($"test_clock={clock}&name=Ada&{form}");
        if (method is not null)
        {
            await Pay(customer, method);
        }

        return customer;
    }

    /// <summary>Makes it the customer's default payment method.</summary>
    public async Task Pay(string customer, string method)
    {
        var attached = (await caller.Post($"/v1/payment_methods/{method}/attach", "customer=" + customer)).Ok().Id;
        (await caller.Post("/v1/customers/" + customer, "invoice_settings[default_payment_method]=" + attached)).Ok();
    }

    public async Task<Answer> Subscribe(string customer, string price, string form = "") =>
        (await caller.Post("/v1/subscriptions", $"customer={customer}&items[0][price]={price}&{form}")).Ok();

    public async Task<Answer> Subscription(string id) => (await caller.Get("/v1/subscriptions/" + id)).Ok();

    public async Task<string> Status(string id) => (await Subscription(id)).Text("status");

    public async Task<Answer> Latest(string id) => (await caller.Get("/v1/invoices/" + (await Subscription(id)).Text("latest_invoice"))).Ok();

    public async Task<List<JsonNode>> Invoices(string id) => [.. (await caller.Get($"/v1/invoices?subscription={id}&limit=100")).Ok()["data"]!.AsArray().Select(i => i!)];

    public async Task To(long time)
    {
        (await caller.Post($"/v1/test_helpers/test_clocks/{clock}/advance", $"frozen_time={time}")).Ok();
        await Eventually.Until(async () => (await caller.Get($"/v1/test_helpers/test_clocks/{clock}")).Ok().Text("status") == "ready", "the clock has arrived");
    }

    /// <summary>Types of the account's events that begin so, oldest first.</summary>
    public async Task<List<string>> Told(string prefix = "", int skip = 0) =>
        [.. (await Events()).Select(e => e["type"]!.GetValue<string>()).Where(t => t.StartsWith(prefix, StringComparison.Ordinal)).Skip(skip)];

    /// <summary>All events, oldest first.</summary>
    public async Task<List<JsonNode>> Events()
    {
        var events = new List<JsonNode>();
        var after = "";
        while (true)
        {
            var page = (await caller.Get($"/v1/events?limit=100{after}")).Ok();
            events.AddRange(page["data"]!.AsArray().Select(e => e!));
            if (!page["has_more"]!.GetValue<bool>())
            {
                events.Reverse();
                return events;
            }

            after = "&starting_after=" + events[^1]["id"]!.GetValue<string>();
        }
    }

    /// <summary>Events after the one of this id, oldest first.</summary>
    public async Task<List<JsonNode>> Since(string id)
    {
        var events = new List<JsonNode>();
        while (true)
        {
            var page = (await caller.Get($"/v1/events?limit=100&ending_before={id}")).Ok();
            events.AddRange(page["data"]!.AsArray().Select(e => e!).Reverse());
            if (!page["has_more"]!.GetValue<bool>())
            {
                return events;
            }

            id = events[^1]["id"]!.GetValue<string>();
        }
    }

    public Task<JsonNode?> Dunning(object settings) => caller.Turn(HttpMethod.Post, "accounts", new { id = caller.Account, dunning = settings });
}
