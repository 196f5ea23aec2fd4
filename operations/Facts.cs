using System.Net;
namespace Marketplace.Operations;

/// <summary>Units that Subscriptions has of a subscription.</summary>
public sealed record UnitFacts(string Unit, long Counted, long Charged, long Carried);

/// <summary>An invoice by what both sides tell of it.</summary>
/// <param name="CoversFrom">Start of the period whose base price it charges (UTC), as Invoicing has it.</param>
/// <param name="CoversTo">That one's end.</param>
public sealed record InvoiceFacts(string Id, string Status, long Total, string Kind = "", DateTimeOffset? CoversFrom = null, DateTimeOffset? CoversTo = null);

/// <summary>A subscription as Subscriptions has it.</summary>
/// <param name="MigratedFrom">The subscription whose place it took.</param>
/// <param name="ChargedFrom">Start of its current period (UTC), where an invoice must cover that by now.</param>
/// <param name="Follows">The one that its organization had of the product before.</param>
public sealed record SubscriptionFacts(
    string SubscriptionId, string Status, bool Approved, string? Refusal, bool Paid, DateTimeOffset CreatedAt, IReadOnlyList<UnitFacts> Units, IReadOnlyList<InvoiceFacts> Invoices,
    string? MigratedFrom = null, DateTimeOffset? ChargedFrom = null, string? Follows = null);

/// <summary>Units that Invoicing has taken over.</summary>
public sealed record ChargedFacts(string Unit, long Quantity);

/// <summary>A subscription as Invoicing has it.</summary>
public sealed record InvoicingFacts(string SubscriptionId, IReadOnlyList<ChargedFacts> Units, IReadOnlyList<InvoiceFacts> Invoices);

/// <summary>A subscription as a gateway enforces it.</summary>
public sealed record EnforcedFacts(string SubscriptionId, string? Refusal);

/// <summary>What a gateway told.</summary>
public sealed record GatewayFacts(string GatewayId, long? OldestReport, IReadOnlyList<EnforcedFacts> Enforced);

/// <summary>A pair on record.</summary>
/// <param name="Listed">Whether Stripe must list it with our id.</param>
public sealed record RecordedFacts(string OurId, string StripeId, string ObjectType, string IntegrationId, bool Listed = true);

/// <summary>An object of ours that Stripe lists.</summary>
/// <param name="Idle">Whether nothing can be charged by it: it need not be on record.</param>
/// <param name="Ends">Of a subscription: <c>with_period</c> or <c>at_date</c> where Stripe ends it; null where it goes on.</param>
public sealed record ListedFacts(string StripeId, string OurId, string ObjectType, string IntegrationId, bool Idle = false, string? Ends = null);

/// <summary>Everything that is compared, read service by service and therefore not as of one moment.</summary>
/// <param name="UnitsSince">Since when Invoicing writes down what closures brought.</param>
/// <param name="Unlisted">Types of objects that Stripe does not list for an integration's key, with the reason.</param>
public sealed record AllFacts(
    IReadOnlyList<SubscriptionFacts> Subscriptions, IReadOnlyList<InvoicingFacts> Invoicing, DateTimeOffset UnitsSince, GatewayFacts Gateway,
    IReadOnlyList<RecordedFacts> Recorded, IReadOnlyList<ListedFacts> Listed, IReadOnlyList<string> Unlisted)
{
    private static readonly string[] AlwaysListed = ["customer", "invoice"];

    /// <summary>Reads them through the services' own routes.</summary>
    public static async Task<AllFacts> Read(OperatorClient client)
    {
        var invoicing = new List<InvoicingFacts>();
        DateTimeOffset since;
        string? cursor = null;
        do
        {
            var page = await client.Get<InvoicingPage>($"/v1/operations/invoicing/books?limit=100{(cursor is null ? "" : $"&cursor={cursor}")}");
            invoicing.AddRange(page.Data);
            (cursor, since) = (page.NextCursor, page.UnitsSince);
        }
        while (cursor is not null);

        var recorded = await client.All<RecordedFacts>("/v1/operations/invoicing/stripe-objects");
        var (listed, unlisted) = await Listing(client, recorded);
        return new(
            await client.All<SubscriptionFacts>("/v1/operations/subscriptions/books"), invoicing, since, await OfGateway(client), recorded, listed, unlisted);
    }

    private static async Task<GatewayFacts> OfGateway(OperatorClient client)
    {
        var enforced = new List<EnforcedFacts>();
        var after = "";
        while (true)
        {
            var page = await client.Get<GatewayPage>($"/v1/operations/gateway/books?limit=5000&after={after}");
            enforced.AddRange(page.Data);
            if (page.Next is not { } next)
            {
                return new(page.GatewayId, page.OldestReport, enforced);
            }

            after = next;
        }
    }

    private static async Task<(IReadOnlyList<ListedFacts> Listed, IReadOnlyList<string> Unlisted)> Listing(OperatorClient client, IReadOnlyList<RecordedFacts> recorded)
    {
        List<ListedFacts> listed = [];
        List<string> unlisted = [];
        // One without a Stripe account has nothing there to be compared.
        foreach (var integration in (await client.All<Integration>("/v1/billing-integrations")).Where(i => i.AccountId is not null))
        {
            foreach (var type in recorded.Where(r => r.IntegrationId == integration.Id).Select(r => r.ObjectType).Union(AlwaysListed).Order(StringComparer.Ordinal))
            {
                try
                {
                    await foreach (var entry in Listing(client, integration.Id, type))
                    {
                        listed.Add(entry);
                    }
                }
                catch (HttpRequestException exception) when (exception.StatusCode == HttpStatusCode.NotFound)
                {
                    unlisted.Add($"{integration.Id} {type}: Stripe has no list of these by which they could be told from others.");
                }
                catch (HttpRequestException exception) when (exception.StatusCode is not null)
                {
                    unlisted.Add($"{integration.Id} {type}: {exception.Message}");
                }
            }
        }

        return (listed, unlisted);
    }

    private static async IAsyncEnumerable<ListedFacts> Listing(OperatorClient client, string integration, string type)
    {
        string? after = null;
        do
        {
            var page = await client.Get<ListedPage>($"/v1/operations/invoicing/stripe-objects/{integration}/{type}{(after is null ? "" : $"?startingAfter={after}")}");
            foreach (var (stripeId, ourId, idle, ends) in page.Data)
            {
                yield return new(stripeId, ourId, type, integration, idle, ends);
            }

            after = page.NextStartingAfter;
        }
        while (after is not null);
    }

    private sealed record InvoicingPage(IReadOnlyList<InvoicingFacts> Data, string? NextCursor, DateTimeOffset UnitsSince);

    private sealed record GatewayPage(string GatewayId, long? OldestReport, IReadOnlyList<EnforcedFacts> Data, string? Next);

    private sealed record ListedPage(IReadOnlyList<ListedEntry> Data, string? NextStartingAfter);

    private sealed record ListedEntry(string StripeId, string OurId, bool Idle, string? Ends);

    private sealed record Integration(string Id, string? AccountId);
}
