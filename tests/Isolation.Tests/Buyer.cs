using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Marketplace.Story;

namespace Marketplace.Isolation.Tests;

/// <summary>A consumer organization of a seller's catalog with one of everything, and more of each on demand.</summary>
public sealed class Buyer(Settings settings, Seller seller, Person admin, string name)
{
    private readonly ConcurrentDictionary<bool, Lazy<Task<(string Subscription, string Plan)>>> changing = new();
    private readonly Lazy<Task<string>> approving = new(() => seller.Make("waiting consumer catalog"));
    private int made;

    public Person Admin => admin;

    /// <summary>What stands: ids by the names that the table uses.</summary>
    public Dictionary<string, string> Things { get; } = new(StringComparer.Ordinal);

    /// <summary>Makes one of everything.</summary>
    public async Task Open()
    {
        Things["consumer"] = await Organization();
        Things["colleague"] = await Colleague();
        Things["team"] = await Team();
        Things["team member"] = await TeamMember();
        Things["application"] = await Application();
        Things["paid subscription"] = await Subscribe(seller.Things["plan"]);
        Things["subscription"] = (await Make("subscription"))!;
        Things["waiting subscription"] = (await Make("waiting subscription"))!;
        Things["access request"] = await RequestAccess(Things["subscription"]);
        Things["credential"] = await Credential();
        var (invoices, _) = await Check.Until(
            async () => (await admin.Client.Get($"/v1/invoices?subscription={Things["paid subscription"]}"))["data"]!.AsArray(),
            i => i.Count > 0 && (string?)i[0]!["status"] == "open", "The invoice of the paid subscription open");
        Things["invoice"] = (string)invoices[0]!["id"]!;
        Things["consumer invitation"] = await Invite($"invited-{name}@example.com");
        Things["checkout session"] = (string)(await SetupSession("Open"))["id"]!;
        Things["payment method"] = await PaymentMethod();
    }

    /// <summary>Another one of what the name says; null when it is not a buyer's.</summary>
    public async Task<string?> Make(string thing) => thing switch
    {
        "consumer" => await Organization(),
        "colleague" => await Colleague(),
        "team" => await Team(),
        "team member" => await TeamMember(),
        "application" => await Application(),
        "subscription" => await Subscribe(await seller.PlanOnOffer(new { title = "Free", price = new { model = "free" } })),
        "plan" => await seller.PlanOnOffer(new { title = "Paid", currency = "usd", billingPeriod = new { unit = "month", count = 1 }, price = new { model = "flat", @base = new { amount = 100, currency = "usd" } } }),
        "free plan" => await seller.PlanOnOffer(new { title = "Free", price = new { model = "free" } }),
        "waiting subscription" => await Subscribe(await seller.PlanOnOffer(new { title = "By hand", price = new { model = "free" }, approval = "manual" })),
        "cancelled subscription" => await Cancelled(),
        "subscription without access" => await Make("subscription"),
        "access request" => await RequestAccess((await Make("subscription"))!),
        "rejected access request" => await Rejected(),
        "invoice" => await Invoice(),
        "paid invoice" => await PaidInvoice(),
        "credit note" => (string)(await seller.Owner.Client.Post($"/v1/invoices/{await Invoice()}/credit", new { amount = 1 }))["id"]!,
        "changing subscription" or "previewed subscription" or "other plan" or "previewed plan" => await Changing(thing),
        "changed subscription" => await Changed(),
        "waiting consumer" => await WaitingConsumer(),
        "payment method" => await PaymentMethod(),
        "credential" => await Credential(),
        "suspended credential" => await Suspended(),
        "consumer invitation" => await Invite($"guest-{name}-{Interlocked.Increment(ref made)}@example.com"),
        _ => null,
    };

    // The subscription to one of two plans, and the other plan.
    private async Task<string> Changing(string thing)
    {
        var (subscription, plan) = await changing.GetOrAdd(thing.StartsWith("previewed", StringComparison.Ordinal), _ => new(async () =>
        {
            var (first, second) = await seller.TwoPlansOnOffer();
            return (await Subscribe(first), second);
        })).Value;
        return thing.EndsWith("plan", StringComparison.Ordinal) ? plan : subscription;
    }

    private async Task<string> Changed()
    {
        var (first, second) = await seller.TwoPlansOnOffer();
        var subscription = await Subscribe(first);
        await admin.Client.Post($"/v1/subscriptions/{subscription}/change-plan", new { planId = second, when = "period_end" });
        return subscription;
    }

    private async Task<string> PaidInvoice()
    {
        var invoice = await Invoice();
        await HostedPage.PayByCard(new((string)(await admin.Client.Get($"/v1/invoices/{invoice}"))["hostedInvoiceUrl"]!));
        await Check.Until(() => admin.Client.Get($"/v1/invoices/{invoice}"), i => (string?)i["status"] == "paid", $"Invoice {invoice} paid");
        return invoice;
    }

    // Until Accounts has heard of the catalog's setting, whoever signs up is let in.
    private async Task<string> WaitingConsumer()
    {
        var catalogId = await approving.Value;
        var (waiting, _) = await Check.Until(
            () => admin.Client.Post("/v1/organizations", new { kind = "consumer", title = $"Waiting {Interlocked.Increment(ref made)}", catalogId }),
            organization => (string?)organization["approval"] == "pending", "An organization that waits for approval");
        return (string)waiting["id"]!;
    }

    private async Task<string> Organization() => (string)(await admin.Client.Post(
        "/v1/organizations", new { kind = "consumer", title = $"Consumer {name} {settings.Run}", catalogId = seller.Things["catalog"] }))["id"]!;

    // Members whose roles are their teams' alone, so that none of the table's callers is meant.
    private async Task<string> Colleague()
    {
        using var person = await Person.SignUp(settings, $"colleague-{name}{Interlocked.Increment(ref made)}");
        await Seller.Join(admin, Things["consumer"], person, "member");
        return person.Id;
    }

    private async Task<string> Team() =>
        (string)(await admin.Client.Post($"/v1/organizations/{Things["consumer"]}/teams", new { title = $"Team {Interlocked.Increment(ref made)}" }))["id"]!;

    private async Task<string> TeamMember()
    {
        var userId = await Colleague();
        await admin.Client.Post($"/v1/organizations/{Things["consumer"]}/teams/{Things["team"]}/members", new { userId, roles = new[] { "developer" } });
        return userId;
    }

    private async Task<string> Application() =>
        (string)(await admin.Client.Post("/v1/applications", new { organizationId = Things["consumer"], title = $"App {Interlocked.Increment(ref made)}" }))["id"]!;

    private async Task<string> Subscribe(string plan) => (string)(await admin.Client.Post("/v1/subscriptions", new
    {
        planId = plan, catalogId = seller.Things["catalog"], organizationId = Things["consumer"], acceptTerms = true,
    }))["id"]!;

    private async Task<JsonNode> SetupSession(string title) => (await admin.Client.Post("/v1/payment-methods", new
    {
        organizationId = Things["consumer"], title, successUrl = "https://shop.example.com/paid", cancelUrl = "https://shop.example.com/",
    }))["setupSession"]!;

    // A card that can be stored and pays nothing, so that invoices stay open.
    private async Task<string> PaymentMethod()
    {
        var title = $"Card {Interlocked.Increment(ref made)}";
        var session = await SetupSession(title);
        await HostedPage.StoreCard(new((string)session["url"]!), "4000000000000341");
        await admin.Client.Get($"/v1/checkout-sessions/{session["id"]}");
        var (stored, _) = await Check.Until(
            async () => (await admin.Client.Get($"/v1/payment-methods?organizationId={Things["consumer"]}&limit=100"))["data"]!.AsArray().SingleOrDefault(method => (string?)method!["title"] == title),
            method => method is not null, $"The payment method {title} stored");
        return (string)stored!["id"]!;
    }

    private async Task<string> Cancelled()
    {
        var subscription = await Make("subscription");
        await admin.Client.Post($"/v1/subscriptions/{subscription}/cancel", new { when = "period_end" });
        return subscription!;
    }

    private async Task<string> RequestAccess(string subscription) =>
        (string)(await admin.Client.Post("/v1/access-requests", new { subscriptionId = subscription, apiId = seller.Things["api"] }))["id"]!;

    private async Task<string> Rejected()
    {
        var request = await Make("access request");
        await seller.Owner.Client.Post($"/v1/access-requests/{request}/reject", new { });
        return request!;
    }

    private async Task<string> Invoice()
    {
        var subscription = await Subscribe((await Make("plan"))!);
        try
        {
            var (invoices, _) = await Check.Until(
                async () => (await admin.Client.Get($"/v1/invoices?subscription={subscription}"))["data"]!.AsArray(),
                i => i.Count > 0 && (string?)i[0]!["status"] == "open", $"The invoice of {subscription} open");
            return (string)invoices[0]!["id"]!;
        }
        catch (StoryException late)
        {
            // Jobs of one organization go in their order: what holds it up may be another one's.
            throw new StoryException($"{late.Message}\nThe queue: {await seller.Owner.Client.Get($"/v1/billing-integrations/{seller.Things["integration"]}/jobs")}");
        }
    }

    private async Task<string> Credential()
    {
        var application = await admin.Client.Post("/v1/applications", new { organizationId = Things["consumer"], title = $"App {Interlocked.Increment(ref made)}" });
        return (string)application["credential"]!["id"]!;
    }

    private async Task<string> Suspended()
    {
        var credential = await Credential();
        await admin.Client.Post($"/v1/credentials/{credential}/suspend", new { reason = "Lost." });
        return credential;
    }

    private async Task<string> Invite(string email) =>
        (string)(await admin.Client.Post($"/v1/organizations/{Things["consumer"]}/invitations", new { email, roles = new[] { "developer" } }))["id"]!;
}
