using System.Text.Json.Nodes;

namespace Marketplace.Story;

/// <summary>A consumer organization: signs up to the catalog, subscribes, pays, gets keys, calls.</summary>
public sealed class Consumer(Settings settings, Provider provider, string name) : IDisposable
{
    private readonly Client client = new(settings.Gateway);

    /// <summary>The sign-in of the organization's administrator.</summary>
    public string Email => $"{name}-{settings.Run}@example.com";

    /// <summary>The organization.</summary>
    public string OrganizationId { get; private set; } = "";

    /// <summary>The application that calls.</summary>
    public string ApplicationId { get; private set; } = "";

    /// <summary>The application's own key.</summary>
    public string ApplicationKey { get; private set; } = "";

    /// <summary>The subscription.</summary>
    public string SubscriptionId { get; private set; } = "";

    /// <summary>Signs up; who creates the organization administers it.</summary>
    public async Task SignUp()
    {
        client.Token = await People.SignUp(settings, Email);
        OrganizationId = (string)(await client.Post("/v1/organizations", new { kind = "consumer", title = $"{name} {settings.Run}", catalogId = provider.CatalogId }))["id"]!;
        var application = await client.Post("/v1/applications", new { organizationId = OrganizationId, title = "Shop" });
        ApplicationId = (string)application["id"]!;
        ApplicationKey = (string)application["credential"]!["key"]!;
        settings.Tell($"Consumer {Email} signed up; organization {OrganizationId}, application {ApplicationId}.");
    }

    /// <summary>Subscribes to a plan and accepts its terms.</summary>
    /// <param name="seats">How many, of a plan that is sold by seats.</param>
    public async Task Subscribe(string planId, int? seats = null)
    {
        var subscription = await client.Post("/v1/subscriptions", new
        {
            planId, catalogId = provider.CatalogId, organizationId = OrganizationId, applicationId = ApplicationId, acceptTerms = true, seats,
        });
        SubscriptionId = (string)subscription["id"]!;
        settings.Tell($"Subscription {SubscriptionId} is {(string?)subscription["status"]}.");
    }

    /// <summary>The subscription at present.</summary>
    public Task<JsonNode> Subscription() => client.Get($"/v1/subscriptions/{SubscriptionId}");

    /// <summary>Waits until the subscription has the status.</summary>
    public async Task Until(string status) =>
        await Check.Until(Subscription, s => (string?)s["status"] == status, $"Subscription {SubscriptionId} {status}");

    /// <summary>All invoices of the subscription, oldest first.</summary>
    public async Task<IReadOnlyList<JsonNode>> Invoices() =>
        [.. (await client.Get($"/v1/invoices?subscription={SubscriptionId}&limit=100"))["data"]!.AsArray().Select(i => i!).Reverse()];

    /// <summary>Waits for the invoice with this number in the row, and checks that it is open over the amount.</summary>
    public async Task<JsonNode> OpenInvoice(int number, long amount, string currency = "usd")
    {
        var (invoices, _) = await Check.Until(Invoices, i => i.Count >= number && (string?)i[number - 1]["status"] == "open", $"Invoice {number} of {SubscriptionId} open");
        var invoice = invoices[number - 1];
        Check.Equal(amount, (long?)invoice["total"]!["amount"], $"Invoice {number} of {name}");
        Check.Equal(currency, (string?)invoice["total"]!["currency"], $"The currency of invoice {number} of {name}");
        settings.Tell($"Invoice {(string?)invoice["number"]} ({(string?)invoice["id"]}) over {Shown(amount, currency)} is open at {(string?)invoice["hostedInvoiceUrl"]}.");
        return invoice;
    }

    /// <summary>Makes the first payment: at the checkout where Stripe renews, else on the first invoice's page.</summary>
    public async Task PayFirst(long amount, string currency = "usd")
    {
        if (!settings.StripeRenews)
        {
            await Pay(await OpenInvoice(1, amount, currency));
            return;
        }

        await PayAtCheckout(await Checkout());
        await PaidInvoice(1, amount, currency);
    }

    /// <summary>Opens a checkout for the subscription; where it is paid.</summary>
    public async Task<Uri> Checkout()
    {
        var session = await client.Post("/v1/checkout-sessions", new { subscriptionId = SubscriptionId, successUrl = "https://example.com/done", cancelUrl = "https://example.com/back" });
        settings.Tell($"Checkout {(string?)session["id"]} is open at {(string?)session["url"]}.");
        return new((string)session["url"]!);
    }

    /// <summary>Pays at the checkout by card.</summary>
    public static Task PayAtCheckout(Uri page) => HostedPage.StoreCard(page, "4242424242424242");

    /// <summary>Stores a card, from which invoices are then paid by themselves.</summary>
    public async Task StoreCard()
    {
        var session = (await client.Post("/v1/payment-methods", new
        {
            organizationId = OrganizationId, catalogId = provider.CatalogId, title = "Company card", successUrl = "https://example.com/done", cancelUrl = "https://example.com/back",
        }))["setupSession"]!;
        await HostedPage.StoreCard(new((string)session["url"]!), "4242424242424242");
        await Check.Until(() => client.Get($"/v1/payment-methods?organizationId={OrganizationId}"), m => m["data"]!.AsArray().Any(card => (bool)card!["isDefault"]!), $"A default card of {name}");
        settings.Tell($"{name} stored a card.");
    }

    /// <summary>Waits for the invoice with this number in the row to be paid, and checks what it was over.</summary>
    public async Task<JsonNode> PaidInvoice(int number, long amount, string currency = "usd")
    {
        var (invoices, _) = await Check.Until(Invoices, i => i.Count >= number && (string?)i[number - 1]["status"] == "paid", $"Invoice {number} of {SubscriptionId} paid");
        Check.Equal(amount, (long?)invoices[number - 1]["total"]!["amount"], $"Invoice {number} of {name}");
        Check.Equal(currency, (string?)invoices[number - 1]["total"]!["currency"], $"The currency of invoice {number} of {name}");
        settings.Tell($"Invoice {(string?)invoices[number - 1]["id"]} over {Shown(amount, currency)} is paid by itself.");
        return invoices[number - 1];
    }

    /// <summary>Has an invoice that is not the first one paid: by the stored card where Stripe renews, else on its page.</summary>
    public async Task<JsonNode> HavePaid(int number, long amount, string currency = "usd")
    {
        if (settings.StripeRenews)
        {
            return await PaidInvoice(number, amount, currency);
        }

        var invoice = await OpenInvoice(number, amount, currency);
        await Pay(invoice);
        return invoice;
    }

    /// <summary>Pays on the hosted page and waits until the webhook has made the invoice paid.</summary>
    public async Task Pay(JsonNode invoice)
    {
        await settings.Pay(new Uri((string)invoice["hostedInvoiceUrl"]!));
        var id = (string)invoice["id"]!;
        var (_, took) = await Check.Until(async () => (string?)(await client.Get($"/v1/invoices/{id}"))["status"], s => s == "paid", $"Invoice {id} paid");
        settings.Tell($"Invoice {id} paid; known here {took.TotalMilliseconds:0} ms after the page answered.");
    }

    /// <summary>Requests access to the API; the request's id, its status and, when it is granted at once, the key.</summary>
    public async Task<(string Id, string Status, string? Key)> RequestAccess()
    {
        var request = await client.Post("/v1/access-requests", new { subscriptionId = SubscriptionId, apiId = provider.ApiId, applicationId = ApplicationId });
        settings.Tell($"Access request {(string?)request["id"]} is {(string?)request["status"]}.");
        return ((string)request["id"]!, (string)request["status"]!, (string?)request["credential"]?["key"]);
    }

    /// <summary>Requests access to the API of a subscription that has access already; the key.</summary>
    public async Task<string> TakeAccess()
    {
        var (_, status, key) = await RequestAccess();
        Check.Equal("granted", status, "An access request of a subscription with access");
        Check.That(key is { Length: > 20 }, "An access request that is granted at once must show the key.");
        return key;
    }

    /// <summary>Waits for the grant; the key, which is shown this once.</summary>
    public async Task<string> GrantedKey(string requestId)
    {
        var (request, _) = await Check.Until(() => client.Get($"/v1/access-requests/{requestId}"), r => (string?)r["status"] == "granted", $"Access request {requestId} granted");
        var key = (string?)request["credential"]?["key"];
        Check.That(key is { Length: > 20 }, "The granted access request must show the key.");
        Check.That((string?)(await client.Get($"/v1/access-requests/{requestId}"))["credential"]?["key"] is null, "The key must be shown only once.");
        settings.Tell($"Access granted; credential {(string?)request["credential"]!["id"]}, its key shown once.");
        return key;
    }

    /// <summary>Waits until exactly so many units are metered in the current period; more is never right.</summary>
    public async Task Metered(long quantity)
    {
        var (used, _) = await Check.Until(Used, u => u >= quantity, $"{quantity} metered units of {SubscriptionId}");
        Check.Equal(quantity, used, $"The metered units of {name}");
        settings.Tell($"Exactly {quantity} calls are metered for {name}.");
    }

    /// <summary>What the next invoice would come to with what was used so far.</summary>
    public async Task<long> Upcoming() => (long)(await client.Get($"/v1/subscriptions/{SubscriptionId}/upcoming-invoice"))["total"]!["amount"]!;

    /// <summary>An invoice's lines: kind, quantity and amount.</summary>
    public async Task<IReadOnlyList<string>> Lines(JsonNode invoice) =>
        [.. (await client.Get($"/v1/invoices/{(string)invoice["id"]!}"))["lines"]!.AsArray().Select(l => $"{(string?)l!["kind"]} {(long)l["quantity"]!} {(long)l["amount"]!["amount"]!}")];

    /// <summary>Where the subscription stands, and what each of its invoices came to, line by line.</summary>
    public async Task<IReadOnlyList<string>> Books()
    {
        List<string> books = [$"{name} is {(string?)(await Subscription())["status"]}"];
        foreach (var invoice in await Invoices())
        {
            var lines = (await Lines(invoice)).Order(StringComparer.Ordinal);
            books.Add($"{name} {(string?)invoice["kind"]} {(long)invoice["total"]!["amount"]!} {(string?)invoice["total"]!["currency"]} {(string?)invoice["status"]}: {string.Join(", ", lines)}");
        }

        return books;
    }

    /// <summary>Units counted in the current period.</summary>
    public async Task<long> Used() => (long)(await client.Get($"/v1/subscriptions/{SubscriptionId}/usage"))["total"]!;

    /// <summary>What changing to the plan now would cost: the preview's total.</summary>
    public async Task<long> PreviewChange(string planId) =>
        (long)(await client.Post($"/v1/subscriptions/{SubscriptionId}/preview-change", new { planId, when = "now" }))["total"]!["amount"]!;

    /// <summary>Changes to the plan now and goes on with the subscription that took this one's place.</summary>
    public async Task ChangePlan(string planId)
    {
        var done = await client.Post($"/v1/subscriptions/{SubscriptionId}/change-plan", new { planId, when = "now" });
        Check.Equal("done", (string?)done["state"], "A change now");
        await Follow();
    }

    /// <summary>Asks for so many seats of its plan from the next period on.</summary>
    public async Task ChangeSeats(string planId, int seats)
    {
        var wish = await client.Post($"/v1/subscriptions/{SubscriptionId}/change-plan", new { planId, seats, when = "period_end" });
        Check.Equal("scheduled", (string?)wish["state"], "A change of seats at the period's end");
        settings.Tell($"{name} will have {seats} seats.");
    }

    /// <summary>Goes on with the subscription that took this one's place.</summary>
    public async Task Follow()
    {
        await Until("migrated");
        SubscriptionId = (string)(await Subscription())["migratedTo"]!;
        settings.Tell($"{name} goes on with {SubscriptionId}.");
    }

    /// <summary>Waits until exactly so many units count against the plan's first quota; more is never right.</summary>
    public async Task Counted(long quantity)
    {
        var (used, _) = await Check.Until(
            async () => (long)(await client.Get($"/v1/subscriptions/{SubscriptionId}/usage"))["quotas"]![0]!["used"]!, u => u >= quantity, $"{quantity} units counted for {SubscriptionId}");
        Check.Equal(quantity, used, $"What counts against the quota of {name}");
    }

    /// <summary>Cancels now.</summary>
    public async Task Cancel() => await client.Post($"/v1/subscriptions/{SubscriptionId}/cancel", new { when = "now" });

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    private static string Shown(long amount, string currency) => currency == "usd" ? $"{amount / 100m:0.00} USD" : $"{amount} {currency.ToUpperInvariant()}";
}
