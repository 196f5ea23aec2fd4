using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Marketplace.Operations;
using Marketplace.Story;
using Marketplace.Testing;

[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Marketplace.Chaos.Tests;

/// <summary>The whole system at work while its processes are killed and Stripe fails; then quiet, and nothing may be lost, doubled or stuck.
/// <c>TEST_CHAOS_ROUNDS</c> and <c>TEST_CHAOS_SEED</c> make it longer or another one.</summary>
public sealed class ChaosTests(RunningSystem system, ITestOutputHelper output) : IClassFixture<RunningSystem>
{
    private const int FewRounds = 4;
    private const int SeatsInAll = 100;

    // How often an operator looks: nobody leaves a lane that stands still alone for months.
    private const int RoundsToLook = 3;
    private const string Operator = "operator@marketplace.localhost";
    private static readonly string[] Services = ["accounts", "catalog", "subscriptions", "invoicing", "webhooks"];
    private static readonly int Rounds = Number("TEST_CHAOS_ROUNDS", FewRounds);
    private static readonly int Seed = Number("TEST_CHAOS_SEED", 20261121);
    private readonly SemaphoreSlim open = new(SeatsInAll);

    [Fact]
    public async Task Nothing_is_lost_doubled_or_stuck_whatever_is_killed_and_however_Stripe_fails()
    {
        try
        {
            output.WriteLine($"{Rounds} rounds, seed {Seed}");
            var random = new Random(Seed);
            using var ours = await Market.Open(system, "invoices", [Habit.PaysAlways, Habit.PaysAlways, Habit.PaysOnce, Habit.PaysNever], output.WriteLine, random);
            using var renewed = await Market.Open(system, "subscriptions", [Habit.PaysAlways, Habit.PaysAlways, Habit.PaysNever], output.WriteLine, random);
            Market[] markets = [ours, renewed];
            using var stripe = new Emulator(system.Stripe);
            var trouble = new Trouble(system, stripe, random, output.WriteLine);
            await Work(markets, trouble);
            await Quiet(markets, stripe);
            await Compare(markets, stripe);
            output.WriteLine($"killed {string.Join(", ", trouble.Killed.OrderBy(k => k.Key, StringComparer.Ordinal).Select(k => $"{k.Key} {k.Value}"))}; {trouble.FaultsMade} faults at Stripe");
        }
        catch
        {
            output.WriteLine($"Data and logs are kept in {system.Keep()}.");
            throw;
        }
    }

    private async Task Work(Market[] markets, Trouble trouble)
    {
        using var stop = new CancellationTokenSource();
        var shopping = markets.SelectMany(market => market.Shoppers).Select(shopper => Task.Run(() => shopper.Shop(open, stop.Token))).ToList();
        for (var round = 1; round <= Rounds; round++)
        {
            await trouble.Round(round);
            // Nobody shops while the days pass; what falls due meanwhile meets trouble every other time, the first renewals in the fourth round among it.
            await Closed(() => Task.WhenAll(round % 2 == 0 ? trouble.Round(round, daysPass: true) : Task.CompletedTask, MoveClock(markets[0].Settings, TimeSpan.FromDays(9))));
            if (round % RoundsToLook == 0)
            {
                await system.UntilReady();
                await RetryJobs(markets[0].Settings);
            }
        }

        await stop.CancelAsync();
        await Task.WhenAll(shopping);
    }

    // All that was put off comes due, and what the webhooks never told is found out.
    private async Task Quiet(Market[] markets, Emulator stripe)
    {
        var settings = markets[0].Settings;
        await stripe.Calm();
        await system.UntilReady();
        await RetryJobs(settings);
        await MoveClock(settings, TimeSpan.FromHours(2));
        var dropped = await stripe.Dropped();
        var repaired = await Reconcile(settings);
        output.WriteLine($"{dropped} webhooks never came; reconciliation found {repaired} differences left by them");
        Assert.Equal(0, await Reconcile(settings));
        foreach (var shopper in markets.SelectMany(market => market.Shoppers).Where(s => s.Habit == Habit.PaysAlways))
        {
            await Eventually.Until(() => AllPaid(shopper), owing => owing.Length == 0, "everything paid", TimeSpan.FromSeconds(60));
        }

        await MoveClock(settings, TimeSpan.FromHours(2));
    }

    // The clock may pass a job's 70 minutes of retries while Stripe fails for seconds: then its lane stands still until an operator has it tried again.
    private async Task RetryJobs(Settings settings)
    {
        using var client = await SignedIn(settings);
        foreach (var integration in (await client.Get("/v1/billing-integrations?limit=100"))["data"]!.AsArray())
        {
            try
            {
                output.WriteLine($"{(await client.Post($"/v1/billing-integrations/{integration!["id"]}/jobs/retry?confirm=retry", new { }))["retried"]} stuck jobs are tried again");
            }
            catch (StoryException refused) when (refused.Message.Contains("answered 409", StringComparison.Ordinal))
            {
                output.WriteLine("no job is stuck");
            }
        }
    }

    private async Task<Client> SignedIn(Settings settings)
    {
        var client = new Client(settings.Gateway);
        client.Token = (string)(await client.Post("/v1/sessions", new { email = Operator, password = system.OperatorPassword }))["accessToken"]!;
        return client;
    }

    // Compares every billing integration with Stripe; how many differences there were, none of which may be left.
    private async Task<long> Reconcile(Settings settings)
    {
        using var client = await SignedIn(settings);
        var found = 0L;
        foreach (var integration in (await client.Get("/v1/billing-integrations?limit=100"))["data"]!.AsArray())
        {
            // A daily one that Stripe's faults have held up goes on first.
            var ours = $"billingIntegrationId={integration!["id"]}";
            await Check.Until(() => client.Get($"/v1/reconciliation?state=running&{ours}"), running => running["data"]!.AsArray().Count == 0, "The end of the daily reconciliation", seconds: 120);
            var id = (string)(await client.Post("/v1/reconciliation", new { billingIntegrationId = (string)integration["id"]! }))["id"]!;
            var (run, _) = await Check.Until(() => client.Get($"/v1/reconciliation/{id}"), r => (string?)r["state"] != "running", "The end of the reconciliation");
            Assert.Equal("finished", (string?)run["state"]);
            await Eventually.Until(async () => (long)(await client.Get($"/v1/reconciliation/{id}"))["drifts"]!["repairing"]!, repairing => repairing == 0, "every repair done", TimeSpan.FromSeconds(60));
            run = await client.Get($"/v1/reconciliation/{id}");
            Assert.True((long)run["drifts"]!["open"]! == 0, (await client.Get($"/v1/reconciliation/{id}/drifts?state=open")).ToJsonString());
            found += (long)run["drifts"]!["found"]!;
        }

        return found;
    }

    private static async Task<string> AllPaid(Shopper shopper)
    {
        List<string> owing = [];
        foreach (var subscription in await AllOf(shopper))
        {
            var id = (string)subscription["id"]!;
            var paying = 1;
            try
            {
                paying = await shopper.PayAll(id);
            }
            catch (StoryException)
            {
                // Paid a moment ago, which is not heard of yet: the page has no form any more.
            }

            if (paying > 0 || (string?)subscription["status"] is "awaiting_payment" or "past_due" or "suspended")
            {
                owing.Add($"{id} {(string?)subscription["status"]} {string.Join(' ', (await shopper.Invoices(id)).Select(i => $"{i["kind"]} {i["status"]} {i["statusLevel"]}"))}");
            }
        }

        return string.Join('\n', owing);
    }

    private async Task Compare(Market[] markets, Emulator stripe)
    {
        using var client = await OperatorClient.SignIn(system.Gateway, Operator, system.OperatorPassword);
        await NothingIsLeft(client);
        var said = new List<string>();
        Assert.True(await Books.Check(client, said.Add), string.Join('\n', said));
        said.ForEach(output.WriteLine);
        var facts = await AllFacts.Read(client);
        var (renewals, changes) = (0, 0);
        foreach (var market in markets)
        {
            output.WriteLine($"Of the billing model {market.Settings.BillingModel}:");
            await CallsAreCounted(market, facts);
            var (renewed, changed) = await InvoicesAddUp(market, facts);
            (renewals, changes) = (renewals + renewed, changes + changed);
            await InvoicesAreAtStripe(market, stripe);
            await MoneyIsAtStripe(market, stripe);
            await AccessIsPaid(market);
            Assert.Empty(market.Shoppers.SelectMany(shopper => shopper.Wrong));
        }

        // What begins in the second round of four is not renewed any more.
        Assert.True((renewals > 0 && changes > 0) || Rounds < FewRounds);
    }

    // No stuck job, no parked message, no webhook event that nobody handled.
    private static async Task NothingIsLeft(OperatorClient client)
    {
        foreach (var service in Services)
        {
            Assert.Empty((await client.Get<JsonNode>($"/v1/operations/{service}/parked-messages"))["data"]!.AsArray());
        }

        foreach (var integration in await client.All<JsonNode>("/v1/billing-integrations"))
        {
            await Eventually.Until(
                async () => (await client.Get<JsonNode>($"/v1/billing-integrations/{integration["id"]}/jobs"))["data"]!.ToJsonString(), jobs => jobs == "[]", "no job left", TimeSpan.FromSeconds(30));
        }

        foreach (var state in new[] { "announced", "parked" })
        {
            await Eventually.Until(
                async () => (await client.Get<JsonNode>($"/v1/webhook-events?state={state}"))["data"]!.ToJsonString(), events => events == "[]", $"no webhook event {state}", TimeSpan.FromSeconds(30));
        }
    }

    // What was answered is counted; what was not answered may be.
    private async Task CallsAreCounted(Market market, AllFacts facts)
    {
        var counted = facts.Subscriptions.ToDictionary(s => s.SubscriptionId, s => s.Units.Sum(u => u.Counted), StringComparer.Ordinal);
        long all = 0, lost = 0;
        foreach (var shopper in market.Shoppers)
        {
            foreach (var offer in shopper.Offers)
            {
                var (answered, unknown) = shopper.Calls.GetValueOrDefault(offer.Path);
                var units = (await shopper.Subscriptions(offer)).Sum(s => counted.GetValueOrDefault((string)s["id"]!));
                Assert.True(units >= answered && units <= answered + unknown, $"{shopper.OrganizationId} {offer.Path}: {answered} calls answered, {unknown} never, but {units} counted.");
                (all, lost) = (all + answered, lost + unknown);
            }
        }

        output.WriteLine($"{all} calls answered and counted, {lost} whose answer was lost");
        Assert.True(all > 0);
    }

    // Whatever was killed when: what a subscription and those that it replaced were charged follows from their plans, the times of the changes, and the units that their closures carried.
    private async Task<(int Renewals, int Changes)> InvoicesAddUp(Market market, AllFacts facts)
    {
        var carried = facts.Subscriptions.ToDictionary(s => s.SubscriptionId, s => s.Units.Sum(u => u.Carried), StringComparer.Ordinal);
        var now = await Now(market.Settings);
        var (charged, renewals, changes, skipped) = (0L, 0, 0, 0);
        foreach (var shopper in market.Shoppers)
        {
            foreach (var offer in shopper.Offers)
            {
                var all = await shopper.Subscriptions(offer);
                foreach (var lineage in all.Where(one => one["migratedTo"] is null).Select(last => Lineage(last, all)))
                {
                    List<JsonNode> invoices = [];
                    foreach (var invoice in (await Task.WhenAll(lineage.Select(one => shopper.Invoices((string)one["id"]!)))).SelectMany(own => own).Where(invoice => (string?)invoice["status"] != "void"))
                    {
                        invoices.Add(await shopper.Invoice((string)invoice["id"]!));
                    }

                    if (Charges.Of(offer, lineage, invoices, market.Settings.StripeRenews) is not { } charges)
                    {
                        skipped++;
                        continue;
                    }

                    Assert.True(
                        !charges.Wrong(carried, now).Any(),
                        $"{string.Join(" > ", lineage.Select(one => $"{one["id"]} {one["status"]}"))}: {string.Join('\n', charges.Wrong(carried, now))}\n{string.Join('\n', invoices.Select(invoice => invoice.ToJsonString()))}");
                    (charged, renewals, changes) = (charged + charges.Total, renewals + invoices.Count(invoice => (string?)invoice["kind"] == "period"), changes + lineage.Count - 1);
                }
            }
        }

        output.WriteLine($"{charged} cents charged, as plans, times and units say; {renewals} renewals, {changes} plan changes; {skipped} subscriptions that were charged nothing, or after their time");
        return (renewals, changes);
    }

    private static List<JsonNode> Lineage(JsonNode last, IReadOnlyList<JsonNode> all)
    {
        List<JsonNode> lineage = [last];
        while ((string?)lineage[0]["migratedFrom"] is { } before)
        {
            lineage.Insert(0, all.Single(one => (string?)one["id"] == before));
        }

        return lineage;
    }

    // What Stripe took and owes is what our invoices come to that are paid. One that is open has taken over a part of the balance, which nobody has paid yet.
    private static async Task MoneyIsAtStripe(Market market, Emulator stripe)
    {
        var money = await stripe.Money(market.StripeKey);
        foreach (var shopper in market.Shoppers)
        {
            List<JsonNode> invoices = [.. (await Task.WhenAll((await AllOf(shopper)).Select(one => shopper.Invoices((string)one["id"]!)))).SelectMany(own => own)];
            var paid = invoices.Where(invoice => (string?)invoice["status"] == "paid").Sum(invoice => Amount(invoice, "total") - Amount(invoice, "amountRefunded"));
            var asked = invoices.Where(invoice => (string?)invoice["status"] is "open" or "past_due" or "incomplete").Sum(invoice => Amount(invoice, "balanceApplied"));
            Assert.True(
                paid == money.GetValueOrDefault(shopper.OrganizationId) + asked, $"{shopper.OrganizationId}: invoices over {paid} are paid, Stripe took {money.GetValueOrDefault(shopper.OrganizationId)}, and asks for {asked} of its balance.");
        }
    }

    private static long Amount(JsonNode invoice, string what) => (long?)invoice[what]?["amount"] ?? 0;

    private async Task InvoicesAreAtStripe(Market market, Emulator stripe)
    {
        var there = await stripe.Invoices(market.StripeKey);
        Assert.DoesNotContain(there[""], invoice => (long)invoice["amount_paid"]! > 0);
        var compared = 0;
        foreach (var shopper in market.Shoppers)
        {
            foreach (var subscription in await AllOf(shopper))
            {
                foreach (var invoice in (await shopper.Invoices((string)subscription["id"]!)).Where(i => (string?)i["status"] is not ("void" or "draft") && (long)i["total"]!["amount"]! != 0))
                {
                    var atStripe = Assert.Single(there[(string)invoice["id"]!]);
                    Assert.Equal(
                        ((string?)invoice["status"] == "past_due" ? "open" : (string?)invoice["status"], (long)invoice["total"]!["amount"]!),
                        ((string?)atStripe["status"], (long)atStripe["total"]!));
                    compared++;
                }
            }
        }

        output.WriteLine($"{compared} invoices are at Stripe once, with their status and total");
        Assert.True(compared > 0);
    }

    private static async Task AccessIsPaid(Market market)
    {
        foreach (var shopper in market.Shoppers)
        {
            foreach (var offer in shopper.Offers)
            {
                var all = await shopper.Subscriptions(offer);
                var live = all.SingleOrDefault(s => (string?)s["status"] is not ("cancelled" or "expired" or "rejected" or "migrated"));
                Assert.DoesNotContain(all, s => s["migratedTo"] is not null && (string?)s["status"] != "migrated");
                var status = (string?)live?["status"];
                if (shopper.Habit == Habit.PaysAlways)
                {
                    Assert.Contains(status, new[] { "active", "cancelling", null });
                }
                else if (status is "awaiting_payment" or "suspended")
                {
                    Assert.Equal(HttpStatusCode.Forbidden, await shopper.Call(offer));
                }

                Assert.False(shopper.Habit == Habit.PaysNever && status is "active" or "past_due", $"{offer.Path} of {shopper.OrganizationId} is {status}, though it never paid.");
            }
        }
    }

    private static async Task<IReadOnlyList<JsonNode>> AllOf(Shopper shopper)
    {
        List<JsonNode> all = [];
        foreach (var offer in shopper.Offers)
        {
            all.AddRange(await shopper.Subscriptions(offer));
        }

        return all;
    }

    private async Task Closed(Func<Task> work)
    {
        for (var seat = 0; seat < SeatsInAll; seat++)
        {
            await open.WaitAsync();
        }

        try
        {
            await work();
        }
        finally
        {
            open.Release(SeatsInAll);
        }
    }

    // To an instant, so that a move that broke off is not made twice.
    private static async Task MoveClock(Settings settings, TimeSpan by)
    {
        using var client = new Client(settings.Gateway);
        var to = await Now(settings) + by;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                settings.Tell($"the clock shows {(string?)(await client.Post("/dev/clock", new { to }))["now"]}");
                return;
            }
            catch (StoryException busy) when (attempt < 6)
            {
                settings.Tell(busy.Message);
                if (await Now(settings) > to)
                {
                    return;
                }
            }
        }
    }

    private static async Task<DateTimeOffset> Now(Settings settings)
    {
        using var client = new Client(settings.Gateway);
        return DateTimeOffset.Parse((string)(await client.Get("/dev/clock"))["now"]!, CultureInfo.InvariantCulture);
    }

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}
