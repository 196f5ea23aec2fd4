using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Marketplace.Story;
using Marketplace.Testing;

namespace Marketplace.Benchmarks;

/// <summary>How long a customer waits: from the moment Stripe sends the webhook of a payment until the first call with the customer's key passes. The whole way: gateway, ingest,
/// broker, Invoicing (which asks Stripe for the invoice), broker, Subscriptions, broker, gateway. Ten providers with an account each, because Stripe lets an account
/// be asked 25 times a second.</summary>
public static class PaidToUsable
{
    private const int Providers = 10;
    private const int ForEach = 50;

    // What is compiled and connected on the way is not counted.
    private const double WarmUpPerSecond = 40;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task Measure(int payments, double perSecond, int before)
    {
        await using var system = new RunningSystem();
        await system.InitializeAsync();
        using var stripe = new HttpClient { BaseAddress = system.Stripe };
        var waiting = (await Task.WhenAll(Enumerable.Range(0, Providers).Select(number => Prepare(system, number, (payments + before) / Providers)))).SelectMany(w => w).ToList();
        await stripe.PostAsync("_emulator/webhooks/hold", null);
        foreach (var customer in waiting)
        {
            await HostedPage.PayByCard(customer.Page);
        }

        foreach (var account in waiting.GroupBy(w => w.Account))
        {
            var events = await Payments(stripe, account.Key);
            foreach (var customer in account)
            {
                customer.Event = events[customer.InvoiceId];
            }
        }

        // Customers of one provider do not pay one after the other.
        var order = waiting.GroupBy(w => w.Account).SelectMany(account => account.Select((customer, at) => (customer, at))).OrderBy(entry => entry.at).Select(entry => entry.customer).ToList();
        using var calls = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 256 }) { BaseAddress = system.Gateway };
        foreach (var customer in order)
        {
            if (await Call(calls, customer) != HttpStatusCode.Forbidden)
            {
                throw new InvalidOperationException($"{customer.InvoiceId} is usable before its payment was told.");
            }
        }

        await Pay(stripe, calls, order[..before], WarmUpPerSecond);
        var spent = Costs(system);
        var answers = await Pay(stripe, calls, order[before..], perSecond);
        var costs = Costs(system).Select(cost => (cost.Key, Milliseconds: (cost.Value - spent[cost.Key]).TotalMilliseconds / payments)).OrderByDescending(cost => cost.Milliseconds).ToList();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"webhook sent to first call that passes, {perSecond:0} payments a second: p50 {answers.Percentile(50):0} ms, p99 {answers.Percentile(99):0} ms, slowest {answers.Percentile(100):0} ms; {answers.Good} usable, {answers.Bad} not within {Patience.TotalSeconds:0} s"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"ms CPU a payment: {costs.Sum(cost => cost.Milliseconds):0.0}, of it {string.Join(", ", costs.Select(cost => $"{cost.Key} {cost.Milliseconds:0.0}"))}"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} processors, load {File.ReadAllText("/proc/loadavg")[..14]}; looked every 5 ms, later at each tenth of the time waited; the looking is part of the load"));
    }

    // What every process of the system has cost so far, and those who send and look.
    private static Dictionary<string, TimeSpan> Costs(RunningSystem system) => system.Resources.ToDictionary(resource => resource, resource => ProcessorTime.Of(system.ProcessId(resource)))
        .Append(new("those who look", Process.GetCurrentProcess().TotalProcessorTime)).ToDictionary();

    // Each payment's webhook is sent when it is due, and the customer tries until a call passes.
    private static async Task<Answers> Pay(HttpClient stripe, HttpClient calls, IReadOnlyList<Customer> order, double perSecond)
    {
        var times = new ConcurrentBag<double>();
        var late = 0;
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(order.Select((customer, at) => Task.Run(async () =>
        {
            var due = TimeSpan.FromSeconds(at / perSecond);
            await Task.Delay(due > watch.Elapsed ? due - watch.Elapsed : TimeSpan.Zero);
            var began = watch.Elapsed;
            var delivery = stripe.PostAsJsonAsync($"_emulator/events/{customer.Event}/deliver", new { times = 1 });
            while (await Call(calls, customer) != HttpStatusCode.OK)
            {
                if (watch.Elapsed - began > Patience)
                {
                    Interlocked.Increment(ref late);
                    return;
                }

                // Who waits longer looks less often, to a tenth of the time: else those who wait would keep the machine from what they wait for.
                await Task.Delay(TimeSpan.FromMilliseconds(Math.Max(5, (watch.Elapsed - began).TotalMilliseconds / 10)));
            }

            times.Add((watch.Elapsed - began).TotalMilliseconds);
            (await delivery).Dispose();
        })));
        return new(times.Count, 0, late, watch.Elapsed, [.. times]);
    }

    // A provider with its own Stripe account, and customers who have subscribed, asked for access, and been sent an invoice.
    private static async Task<List<Customer>> Prepare(RunningSystem system, int number, int customers)
    {
        var settings = new Settings(system.Gateway, system.Stripe, system.Echo) { Tell = _ => { }, Run = $"{number:d2}{Guid.NewGuid().ToString("n")[..6]}" };
        using var account = new StripeAccount(settings.Stripe, settings.Run);
        using var provider = new Provider(settings, account);
        await provider.Play();
        var made = new List<Customer>();
        for (var first = 0; first < customers; first += ForEach)
        {
            made.AddRange(await Subscribe(settings, provider, account, first, Math.Min(ForEach, customers - first)));
        }

        return made;
    }

    // One person acts for so many customers: nobody belongs to any number of organizations.
    private static async Task<List<Customer>> Subscribe(Settings settings, Provider provider, StripeAccount account, int first, int customers)
    {
        using var client = new Client(settings.Gateway, await People.SignUp(settings, $"customers-{settings.Run}-{first}@example.com"));
        var made = new List<Customer>();
        for (var at = first; at < first + customers; at++)
        {
            var organization = (string)(await client.Post("/v1/organizations", new { kind = "consumer", title = $"Customer {at}", catalogId = provider.CatalogId }))["id"]!;
            var application = await client.Post("/v1/applications", new { organizationId = organization, title = "Shop" });
            var subscription = (string)(await client.Post("/v1/subscriptions", new
            {
                planId = provider.EnterprisePlanId, catalogId = provider.CatalogId, organizationId = organization, applicationId = (string)application["id"]!, acceptTerms = true,
            }))["id"]!;
            await client.Post("/v1/access-requests", new { subscriptionId = subscription, apiId = provider.ApiId, applicationId = (string)application["id"]! });
            made.Add(new(account.SecretKey, subscription, provider.RuntimePath, (string)application["credential"]!["key"]!));
        }

        foreach (var customer in made)
        {
            var (invoices, _) = await Check.Until(
                () => client.Get($"/v1/invoices?subscription={customer.Subscription}"), i => (string?)i["data"]!.AsArray().FirstOrDefault()?["status"] == "open", "The first invoice", seconds: 300);
            (customer.InvoiceId, customer.Page) = ((string)invoices["data"]![0]!["id"]!, new((string)invoices["data"]![0]!["hostedInvoiceUrl"]!));
        }

        return made;
    }

    // The payments' events of an account, by our invoice's id.
    private static async Task<Dictionary<string, string>> Payments(HttpClient stripe, string key)
    {
        Dictionary<string, string> events = new(StringComparer.Ordinal);
        string? after = null;
        do
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"v1/events?type=invoice.paid&limit=100{(after is null ? "" : $"&starting_after={after}")}");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
            using var response = await stripe.SendAsync(request);
            var page = (await response.Content.ReadFromJsonAsync<JsonNode>())!;
            foreach (var entry in page["data"]!.AsArray())
            {
                after = (string)entry!["id"]!;
                events[(string?)entry["data"]!["object"]!["metadata"]?["marketplace_id"] ?? after] = after;
            }

            after = (bool)page["has_more"]! ? after : null;
        }
        while (after is not null);
        return events;
    }

    private static async Task<HttpStatusCode> Call(HttpClient calls, Customer customer)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{customer.Path}/orders");
        request.Headers.Add("X-Api-Key", customer.Key);
        using var response = await calls.SendAsync(request);
        return response.StatusCode;
    }

    private sealed record Customer(string Account, string Subscription, string Path, string Key)
    {
        public string InvoiceId { get; set; } = "";

        public Uri Page { get; set; } = null!;

        public string Event { get; set; } = "";
    }
}
