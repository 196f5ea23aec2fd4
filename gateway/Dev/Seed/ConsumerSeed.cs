using System.Text.Json.Nodes;

namespace Marketplace.Gateway.Dev.Seed;

/// <summary>A consumer organization with members of each role and a team, a paid and a free subscription, and keys that have called.</summary>
internal sealed class ConsumerSeed(SeedWorld world, SeededProvider provider)
{
    private const string Administrator = "consumer-demo@example.com";
    private const int PaidCalls = 25;
    private const int FreeCalls = 5;

    private static readonly SeededUser[] Others =
    [
        new("consumer-demo-subscriber@example.com", ["subscriber"]), new("consumer-demo-developer@example.com", ["developer"]),
        new("consumer-demo-billing@example.com", ["billing"]), new("consumer-demo-member@example.com", ["member"], ["developer", "team_manager"]),
    ];

    /// <summary>Makes what is not there yet; what is there now.</summary>
    public async Task<SeededConsumer> Fill(CancellationToken cancellation)
    {
        using var admin = await world.Client().SignUp(Administrator, cancellation);
        var id = SeedClient.Text(
            await admin.OldestOr(
                "v1/organizations?kind=consumer", _ => true,
                () => admin.Post("v1/organizations", new { kind = "consumer", title = "Corner Shop", catalogId = provider.CatalogId }, cancellation), cancellation), "id");
        await Members.Join(world, admin, id, Others, cancellation);
        var team = await Team(admin, id, cancellation);
        var application = await admin.OldestOr($"v1/applications?organizationId={id}", SeedClient.Has("title", "Shop"), async () =>
        {
            var made = await admin.Post("v1/applications", new { organizationId = id, title = "Shop" }, cancellation);
            world.Keys.Keep(SeedClient.Text(made["credential"]!, "id"), SeedClient.Text(made["credential"]!, "key"));
            return made;
        }, cancellation);
        var applicationId = SeedClient.Text(application, "id");
        // The application's own credential is the one of no subscription.
        var credential = await admin.Oldest($"v1/credentials?organizationId={id}&applicationId={applicationId}", c => c["subscriptionId"] is null, cancellation);
        var paid = await Subscribe(admin, id, applicationId, PriceList.Orders, PriceList.Enterprise, PaidCalls, cancellation);
        var free = await Subscribe(admin, id, applicationId, PriceList.EveryModel, PriceList.Free, FreeCalls, cancellation);
        await admin.Leave(cancellation);
        return new(id, team, applicationId, Shown(credential), paid, free, [new SeededUser(Administrator, ["admin"]), .. Others]);
    }

    private static async Task<string> Team(SeedClient admin, string id, CancellationToken cancellation)
    {
        var teams = $"v1/organizations/{id}/teams";
        var team = SeedClient.Text(
            await admin.OldestOr(teams, SeedClient.Has("title", "Integration"), () => admin.Post(teams, new { title = "Integration" }, cancellation), cancellation), "id");
        foreach (var user in Others.Where(user => user.TeamRoles is not null))
        {
            await admin.OldestOr($"{teams}/{team}/members", SeedClient.Has("email", user.Email), async () =>
            {
                var member = await admin.Oldest($"v1/organizations/{id}/members", SeedClient.Has("email", user.Email), cancellation)
                    ?? throw new SeedException($"{user.Email} has not become a member.");
                return await admin.Post($"{teams}/{team}/members", new { userId = SeedClient.Text(member, "userId"), roles = user.TeamRoles }, cancellation);
            }, cancellation);
        }

        return team;
    }

    private async Task<SeededSubscription> Subscribe(SeedClient admin, string organizationId, string applicationId, string product, string plan, int calls, CancellationToken cancellation)
    {
        var sold = provider.Products.First(p => p.Title == product);
        var planId = sold.Plans.First(p => p.Title == plan).Id;
        var subscription = SeedClient.Text(
            await admin.OldestOr($"v1/subscriptions?organizationId={organizationId}&planId={planId}", _ => true, () => admin.Post("v1/subscriptions", new
            {
                planId, catalogId = provider.CatalogId, organizationId, applicationId, acceptTerms = true,
            }, cancellation), cancellation), "id");
        var granted = await admin.Oldest($"v1/access-requests?subscriptionId={subscription}", _ => true, cancellation);
        if (granted is null)
        {
            granted = await Open(admin, subscription, applicationId, cancellation);
            await Use(admin, subscription, sold.RuntimePath, granted, calls, cancellation);
        }

        var credential = await admin.Oldest($"v1/credentials?organizationId={organizationId}&subscriptionId={subscription}", _ => true, cancellation);
        return new(subscription, sold.Id, planId, sold.RuntimePath, Shown(credential));
    }

    // Pays what is to be paid and asks for access, which is granted at once since the subscription has it.
    private async Task<JsonNode> Open(SeedClient admin, string subscription, string applicationId, CancellationToken cancellation)
    {
        if (SeedClient.Has("status", "awaiting_payment")(await admin.Get($"v1/subscriptions/{subscription}", cancellation)))
        {
            var invoices = await admin.Until($"v1/invoices?subscription={subscription}", list => list["data"]!.AsArray().Any(i => (string?)i!["status"] is "open" or "paid"), cancellation);
            if (invoices["data"]!.AsArray().LastOrDefault(i => (string?)i!["status"] == "open") is { } open)
            {
                using var stripe = world.Stripe();
                await stripe.Pay(SeedClient.Text(open, "number"), cancellation);
            }

            await admin.Until($"v1/subscriptions/{subscription}", SeedClient.Has("status", "active"), cancellation);
        }

        var granted = await admin.Post("v1/access-requests", new { subscriptionId = subscription, apiId = provider.ApiId, applicationId }, cancellation);
        world.Keys.Keep(SeedClient.Text(granted["credential"]!, "id"), SeedClient.Text(granted["credential"]!, "key"));
        return granted;
    }

    private async Task Use(SeedClient admin, string subscription, string runtimePath, JsonNode granted, int calls, CancellationToken cancellation)
    {
        for (var i = 0; i < calls; i++)
        {
            await admin.Call($"{runtimePath}/orders", SeedClient.Text(granted["credential"]!, "key"), cancellation);
        }

        world.Usage.Flush();
        await admin.Until($"v1/subscriptions/{subscription}/usage", usage => (long?)usage["total"] >= calls, cancellation);
    }

    private SeededCredential? Shown(JsonNode? credential) =>
        credential is null ? null : new(SeedClient.Text(credential, "id"), world.Keys.Of(SeedClient.Text(credential, "id")));
}
