using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Accounts;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Gateway;
using Marketplace.Contracts.Invoicing;
using Marketplace.Contracts.Subscriptions;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Marketplace.Subscriptions.Tests;

/// <summary>One product on offer and one consumer organization, new for every test: tests of a class share the database, not the facts.</summary>
public sealed class Market
{
    private readonly ServiceApp<Program> app;
    private long version = 1;

    private Market(ServiceApp<Program> app) => this.app = app;

    public string Provider { get; } = TestCaller.NewId("org");

    public string Consumer { get; } = TestCaller.NewId("org");

    public string Catalog { get; } = TestCaller.NewId("cat");

    public string Product { get; } = TestCaller.NewId("prd");

    public string Api { get; } = TestCaller.NewId("api");

    public string OtherApi { get; } = TestCaller.NewId("api");

    public PlanSnapshot Plan { get; private set; } = null!;

    /// <summary>The consumer's administrator.</summary>
    public HttpClient Admin => app.ClientFor(TestCaller.Consumer(Consumer, Catalog, Roles.Admin));

    /// <summary>The provider's owner.</summary>
    public HttpClient Owner => app.ClientFor(TestCaller.Provider(Provider, Roles.Owner));

    public HttpClient Gateway => app.ClientForService();

    /// <summary>Two plans of 25.00 and 100.00 a month, changed as a test needs it.</summary>
    public static async Task<(Market Market, PlanSnapshot From, PlanSnapshot To)> OpenTwo(
        ServiceApp<Program> app, Func<PlanSnapshot, PlanSnapshot>? change = null, Func<PlanSnapshot, PlanSnapshot>? changeFirst = null)
    {
        var market = await Open(app, changeFirst);
        var other = market.Plan with { PlanId = TestCaller.NewId("pln"), Name = "pro", Title = "Pro", Price = new("flat", 10000, null), SetupFee = 0 };
        other = change is null ? other : change(other);
        await market.PublishAll(market.Plan, other);
        return (market, market.Plan, other);
    }

    /// <summary>25.00 a month with 1,000 strict transactions, changed as a test needs it.</summary>
    public static async Task<Market> Open(ServiceApp<Program> app, Func<PlanSnapshot, PlanSnapshot>? change = null)
    {
        var market = new Market(app);
        var plan = new PlanSnapshot(
            TestCaller.NewId("pln"), "enterprise-plan", "Enterprise Plan", "active", "usd", "month", 1, new("flat", 2500, null), 0, 0, null, "automatic", false, 3, 7,
            [new("quo_1", "transactions", 1000, "strict", "period", null, [])], null, null);
        market.Plan = change is null ? plan : change(plan);
        await market.KnowOrganization();
        await market.Publish();
        return market;
    }

    public static PlanSnapshot Free(PlanSnapshot plan) => plan with { Price = new("free", 0, null) };

    public static PlanSnapshot PayPerUse(PlanSnapshot plan) => plan with { Price = new("unit", 0, "1"), SetupFee = 1000, Quotas = [] };

    public Task KnowOrganization(bool enabled = true) => app.Make<KeepOrganization>().Handle(
        new OrganizationCreated(Consumer, "consumer", "Consumer Inc", Catalog, "bills@consumer.example", enabled, version++), default);

    public Task Publish(PlanSnapshot? plan = null, string? integration = "bil_1", Func<ProductPublished, ProductPublished>? change = null) =>
        PublishAll(integration, change, plan ?? Plan);

    public Task PublishAll(params PlanSnapshot[] plans) => PublishAll("bil_1", null, plans);

    public Task PublishAll(PlanSnapshot[] plans, Func<ProductPublished, ProductPublished> change) => PublishAll("bil_1", change, plans);

    private Task PublishAll(string? integration, Func<ProductPublished, ProductPublished>? change, params PlanSnapshot[] plans)
    {
        var published = new ProductPublished(
            "pub_1", Catalog, "sandbox", Provider, Product, "monetized-product", "Monetized Product", "1.0.0", integration,
            [new(Api, "echo", "Echo", "http://127.0.0.1:9", []), new(OtherApi, "other", "Other", "http://127.0.0.1:9", [])], plans, version++);
        return app.Make<KeepProduct>().Handle(change is null ? published : change(published), default);
    }

    public Task Withdraw() => app.Make<KeepProduct>().Handle(new ProductWithdrawn("pub_1", Catalog, Product, version++), default);

    public object Request(string? applicationId = null) => new { planId = Plan.PlanId, catalogId = Catalog, organizationId = Consumer, applicationId, acceptTerms = true };

    public Task<JsonElement> Subscribe(string? applicationId = null) =>
        Admin.Post("/v1/subscriptions", Request(applicationId)).Expect<JsonElement>(HttpStatusCode.Created);

    /// <summary>A subscription whose first invoice is paid.</summary>
    public async Task<string> SubscribeAndPay()
    {
        var id = (await Subscribe()).Id();
        await Hear(Invoice(id, "initial", "paid"));
        return id;
    }

    /// <summary>A subscription whose cancelling has not committed yet, so that who wants its slot waits.</summary>
    public async Task<NpgsqlTransaction> BeginCancelling(NpgsqlConnection connection, string id)
    {
        var transaction = await connection.BeginTransactionAsync();
        await using var cancel = new NpgsqlCommand("update subscriptions set status = 'Cancelled', ended_at = $2, end_reason = 'requested' where id = $1", connection, transaction)
        {
            Parameters = { new() { Value = id }, new() { Value = app.Clock.GetUtcNow() } },
        };
        Assert.Equal(1, await cancel.ExecuteNonQueryAsync());
        return transaction;
    }

    public Task<JsonElement> Read(string id) => Admin.Get($"/v1/subscriptions/{id}");

    public async Task<string> Status(string id) => (await Read(id)).Text("status");

    public InvoiceChanged Invoice(string subscription, string kind, string status, string id = "inv_1", long version = 1, DateTimeOffset? due = null) => new(
        $"{id}_{subscription}", subscription, Consumer, kind, status, "NO-1", "http://stripe/hosted", 2500, "usd", null, null,
        due ?? app.Clock.GetUtcNow() + TimeSpan.FromDays(7), status == "paid" ? app.Clock.GetUtcNow() : null, version);

    public Task Hear(InvoiceChanged invoice) => app.Make<ApplyInvoice>().Handle(invoice, default);

    public UsageReported Report(string gateway, long sequence, string subscription, long quantity, DateTimeOffset at, DateTimeOffset? settled = null, string? api = null, string? unit = null) =>
        new(gateway, sequence, settled ?? at, [new(subscription, api ?? Api, null, quantity, at, at, unit)]);

    public Task Hear(UsageReported report) => app.Make<ApplyUsage>().Handle(report, default);

    public async Task<SubscriptionEntitlement> Entitlement(string id) =>
        (await Feed()).Subscriptions.Single(s => s.SubscriptionId == id);

    /// <summary>The whole feed: an object comes once, with its newest state.</summary>
    public async Task<EntitlementPage> Feed(long after = 0)
    {
        var all = new EntitlementPage(after, true, [], []);
        while (all.More)
        {
            var page = await Gateway.Get<EntitlementPage>($"/internal/entitlements?after={all.Position}&limit=500");
            all = new(page.Position, page.More, [.. all.Subscriptions, .. page.Subscriptions], [.. all.Credentials, .. page.Credentials]);
        }

        return all;
    }

    public Task<List<MeteringPeriodClosed>> Closures(string id) => app.Announced<MeteringPeriodClosed>(c => c.SubscriptionId == id);

    /// <summary>Moves the clock on to an instant in steps that no timer misses, as the installation's clock does.</summary>
    public async Task MoveTo(DateTimeOffset target)
    {
        while (true)
        {
            await Eventually.Until(async () => (await State()).Pending == 0, "all due work is done");
            var state = await State();
            if (state.NextDue is not { } due || due > target)
            {
                break;
            }

            app.Clock.MoveTo(due);
        }

        app.Clock.MoveTo(target);
        await Eventually.Until(async () => (await State()).Pending == 0, "all due work is done");
    }

    private async Task<ClockState> State()
    {
        DateTimeOffset? next = null;
        var pending = 0L;
        foreach (var work in app.Services.GetServices<IPendingWork>().Where(w => w.GetType().Name == "ScheduledWork"))
        {
            pending += await work.Pending(default);
            var due = await work.NextDue(default);
            next = next is null || due < next ? due ?? next : next;
        }

        return new(app.Clock.GetUtcNow(), next, pending, 0);
    }
}

public static class Answers
{
    public static string Id(this JsonElement answer) => answer.GetProperty("id").GetString()!;

    public static string Text(this JsonElement answer, string name) => answer.GetProperty(name).GetString()!;

    public static DateTimeOffset Time(this JsonElement answer, string name) => answer.GetProperty(name).GetDateTimeOffset();

    public static bool IsNull(this JsonElement answer, string name) => !answer.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null;
}
