using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Marketplace.Testing;
using Marketplace.StripeEmulator.Subscriptions;
using static Marketplace.StripeEmulator.Tests.SubscriptionCaller;

namespace Marketplace.StripeEmulator.Tests;

/// <summary>Any sequence of calls and clock moves: no state and no step that Stripe's table lacks, and no money made or lost.</summary>
public sealed class SubscriptionPropertyTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private static readonly string[] Actions =
    [
        "start", "start trial", "start incomplete", "start sent", "wait 3600", "wait 90000", "wait 1000000", "wait 2600000", "card visa", "card fails", "quantity", "quantity at once",
        "quantity pending", "price", "year", "anchor", "add", "remove", "cancel", "cancel at end", "go on", "cancel prorated", "trial", "end trial", "pause", "unpause", "resume", "pay", "void",
        "give up", "discount", "credit", "preview",
        // Once more, so that walks often come to where money is missing.
        "card fails", "card fails", "wait 2600000", "wait 2600000", "wait 1000000", "start trial", "end trial",
    ];

    private static readonly ConcurrentDictionary<string, int> Reached = new(StringComparer.Ordinal);

    [Fact]
    public void No_sequence_of_calls_and_clock_moves_leaves_Stripes_table_or_makes_or_loses_money()
    {
        var gen = Gen.Elements(Actions).ListOf(14);
        Prop.ForAll(gen.ToArbitrary(), steps => Walk(["start", .. steps]).GetAwaiter().GetResult()).Check(Config.QuickThrowOnFailure.WithMaxTest(25).WithReplay(PropertySeed.Start, PropertySeed.Step));
        Assert.True(Reached.Count >= 7, $"The walks reached only {string.Join(", ", Reached.Keys)}.");
    }

    private async Task<bool> Walk(IEnumerable<string> steps)
    {
        var walk = new Walker(new SubscriptionCaller(app.NewAccount()));
        await walk.Begin();
        foreach (var step in steps)
        {
            await walk.Do(step);
            await walk.Check();
        }

        return true;
    }

    private sealed class Walker(SubscriptionCaller caller)
    {
        private static readonly Dictionary<string, HashSet<string>> Steps = SubscriptionStates.All.ToDictionary(
            s => s, s => SubscriptionStates.Actions.Select(a => SubscriptionStates.After(s, a)).OfType<string>().ToHashSet(), StringComparer.Ordinal);

        private string customer = "";
        private string price = "";
        private string dear = "";
        private string year = "";
        private string subscription = "";
        private string seen = "";

        public async Task Begin()
        {
            await caller.Dunning(new { retryDays = (int[])[3], subscription = "unpaid", invoice = "uncollectible" });
            customer = await caller.Customer();
            (price, dear, year) = (await caller.Price(), await caller.Price(3700), await caller.Price(9900, "recurring[interval]=year"));
            seen = (await caller.Events())[^1]["id"]!.GetValue<string>();
        }

        public async Task Do(string step)
        {
            var words = step.Split(' ');
            var at = subscription.Length == 0 ? "" : $"/v1/subscriptions/{subscription}";
            Task<Answer> work = words[0] switch
            {
                "start" => Start(words),
                _ when at.Length == 0 => Start(words),
                "wait" => Wait(long.Parse(words[1])),
                "card" => Card(words[1]),
                "quantity" => Change(at, $"items[0][quantity]={(words.Length == 1 ? 3 : 2)}", words),
                "price" => Change(at, $"items[0][price]={dear}", words),
                "year" => Change(at, $"items[0][price]={year}", words),
                "anchor" => caller.Post(at, "billing_cycle_anchor=now"),
                "add" => caller.Post("/v1/subscription_items", $"subscription={subscription}&price={dear}&quantity=2"),
                "remove" => Remove(),
                "cancel" when words.Length == 1 => caller.Delete(at),
                "cancel" when words[1] == "prorated" => caller.Delete(at + "?prorate=true&invoice_now=true"),
                "cancel" => caller.Post(at, "cancel_at_period_end=true"),
                "go" => caller.Post(at, "cancel_at_period_end=false"),
                "trial" => caller.Post(at, $"trial_end={await Now() + (5 * Day)}"),
                "end" => caller.Post(at, "trial_end=now"),
                "pause" => caller.Post(at, "pause_collection[behavior]=void"),
                "unpause" => caller.Post(at, "pause_collection="),
                "resume" => caller.Post(at + "/resume"),
                "pay" => Latest("pay?payment_method=pm_card_visa"),
                "void" => Latest("void"),
                "give" => Latest("mark_uncollectible"),
                "discount" => Discount(at),
                "credit" => caller.Post($"/v1/customers/{customer}/balance_transactions", "amount=-700&currency=usd"),
                _ => caller.Post("/v1/invoices/create_preview", $"subscription={subscription}"),
            };
            var answer = await work;
            Assert.True(answer.Status < 500, $"{step}: {answer.Status}: {answer.Body}");
        }

        /// <summary>Every step of every subscription since the last look is one of the table; every invoice and balance adds up.</summary>
        public async Task Check()
        {
            var events = await caller.Since(seen);
            foreach (var told in events.Where(e => e["type"]!.GetValue<string>().StartsWith("customer.subscription.", StringComparison.Ordinal)))
            {
                var now = told["data"]!["object"]!["status"]!.GetValue<string>();
                Assert.Contains(now, SubscriptionStates.All);
                if (told["data"]!["previous_attributes"]?["status"]?.GetValue<string>() is { } before)
                {
                    Assert.True(Steps[before].Contains(now), $"{before} → {now}");
                }

                Reached.TryAdd(now, 0);
            }

            seen = events.Count > 0 ? events[^1]["id"]!.GetValue<string>() : seen;
            await Conserved();
        }

        private async Task Conserved()
        {
            foreach (var invoice in (await caller.Get($"/v1/invoices?customer={customer}&limit=100")).Ok()["data"]!.AsArray())
            {
                long Field(string name) => invoice![name]!.GetValue<long>();
                Assert.Equal(Field("amount_due"), Field("amount_paid") + Field("amount_remaining"));
                var lines = invoice!["lines"]!["has_more"]!.GetValue<bool>() ? (await caller.Get($"/v1/invoices/{invoice["id"]}/lines?limit=100")).Ok().Body : invoice["lines"]!;
                Assert.Equal(Field("subtotal"), lines["data"]!.AsArray().Sum(l => l!["amount"]!.GetValue<long>()));
                Assert.Equal(Field("total"), Field("subtotal") - invoice["total_discount_amounts"]!.AsArray().Sum(d => d!["amount"]!.GetValue<long>()));
                if (invoice["ending_balance"] is JsonValue ending)
                {
                    Assert.Equal(Field("total") + Field("starting_balance"), Field("amount_due") + ending.GetValue<long>());
                }
            }

            var moves = (await caller.Get($"/v1/customers/{customer}/balance_transactions?limit=100")).Ok()["data"]!.AsArray();
            Assert.Equal((await caller.Get($"/v1/customers/{customer}")).Ok().Number("balance"), moves.Sum(m => m!["amount"]!.GetValue<long>()));
        }

        private async Task<Answer> Start(string[] words)
        {
            var form = words.Length < 2 ? "" : words[1] switch
            {
                "trial" => "&trial_period_days=5&trial_settings[end_behavior][missing_payment_method]=pause",
                "incomplete" => "&payment_behavior=default_incomplete",
                "sent" => "&collection_method=send_invoice&days_until_due=5",
                _ => "",
            };
            var answer = await caller.Post("/v1/subscriptions", $"customer={customer}&items[0][price]={price}{form}");
            subscription = answer.Status == 200 ? answer.Id : subscription;
            return answer;
        }

        private async Task<Answer> Wait(long seconds)
        {
            await caller.To(await Now() + seconds);
            return await caller.Subscription(subscription);
        }

        private async Task<Answer> Card(string kind)
        {
            await caller.Pay(customer, kind == "visa" ? "pm_card_visa" : "pm_card_chargeCustomerFail");
            return await caller.Subscription(subscription);
        }

        private async Task<Answer> Change(string at, string form, string[] words)
        {
            var item = (await caller.Subscription(subscription)).Text("items.data.0.id");
            var how = words.Length == 1 ? "" : words[1] == "pending" ? "&proration_behavior=always_invoice&payment_behavior=pending_if_incomplete" : "&proration_behavior=always_invoice";
            return await caller.Post(at, $"items[0][id]={item}&{form}{how}");
        }

        private async Task<Answer> Remove()
        {
            var items = (await caller.Subscription(subscription)).At("items.data")!.AsArray();
            return await caller.Delete($"/v1/subscription_items/{items[^1]!["id"]}");
        }

        private async Task<Answer> Latest(string action)
        {
            var invoice = (await caller.Subscription(subscription)).Text("latest_invoice");
            var parts = action.Split('?');
            return invoice.Length == 0 ? await caller.Subscription(subscription) : await caller.Post($"/v1/invoices/{invoice}/{parts[0]}", parts.Length == 1 ? "" : parts[1]);
        }

        private async Task<Answer> Discount(string at)
        {
            var coupon = (await caller.Post("/v1/coupons", "percent_off=33&duration=once")).Ok().Id;
            return await caller.Post(at, "discounts[0][coupon]=" + coupon);
        }

        private async Task<long> Now() => (await caller.Get($"/v1/test_helpers/test_clocks/{caller.Clock}")).Ok().Number("frozen_time");
    }
}
