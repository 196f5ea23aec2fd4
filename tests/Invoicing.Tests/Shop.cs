using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Subscriptions;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;
using Stripe;

namespace Marketplace.Invoicing.Tests;

/// <summary>A seller whose subscriptions Stripe renews, and one approved subscription of a consumer's.</summary>
public sealed class Shop
{
    private readonly InvoicingApp app;
    private readonly SubscriptionApproved approved;

    private Shop(InvoicingApp app, Seller seller, SubscriptionApproved approved)
    {
        (this.app, Seller, this.approved) = (app, seller, approved);
        Buyer = app.ClientFor(TestCaller.Consumer(approved.OrganizationId, approved.CatalogId, Roles.Subscriber));
        Client = app.Stripe.Client(seller.Account);
    }

    public Seller Seller { get; }

    public HttpClient Buyer { get; }

    public StripeClient Client { get; }

    public string Subscription => approved.SubscriptionId;

    public string Organization => approved.OrganizationId;

    /// <summary>The first period, as Stripe has it.</summary>
    public (DateTimeOffset From, DateTimeOffset To) Covers { get; private set; }

    /// <summary>From when on its periods count, where it took another one's place.</summary>
    public DateTimeOffset? Anchor { get; private init; }

    public PlanSnapshot Plan => approved.Plan;

    /// <summary>Approved, and to be paid for at a checkout.</summary>
    public static async Task<Shop> Open(InvoicingApp app, PlanSnapshot plan)
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        var shop = new Shop(app, seller, seller.Approved(plan with { PlanId = TestCaller.NewId("pln") }));
        await app.Make<ChargeOnApproval>().Handle(shop.approved, default);
        await shop.Idle();
        return shop;
    }

    /// <summary>Approved for an organization that keeps payment methods.</summary>
    public static async Task<Shop> Open(InvoicingApp app, Seller seller, SubscriptionApproved approved)
    {
        var shop = new Shop(app, seller, approved with { Plan = approved.Plan with { PlanId = TestCaller.NewId("pln") } });
        await app.Make<ChargeOnApproval>().Handle(shop.approved, default);
        return shop;
    }

    /// <summary>Paid for at the checkout, and set up at Stripe.</summary>
    public static async Task<Shop> Subscribed(InvoicingApp app, PlanSnapshot plan) => await (await Open(app, plan)).Begun();

    /// <summary>The same of a given seller's.</summary>
    public static async Task<Shop> Subscribed(InvoicingApp app, Seller seller, PlanSnapshot plan)
    {
        var shop = await Open(app, seller, seller.Approved(plan));
        await shop.Idle();
        return await shop.Begun();
    }

    private async Task<Shop> Begun()
    {
        var session = await Checkout();
        await Pay(session);
        await Completed(session);
        await Idle();
        return this;
    }

    /// <summary>Takes this one's place now, at a time of which no second is whole, with the lines that the change costs; both are heard of, and Stripe has both once nothing is left to do.</summary>
    /// <param name="calls">What was used of this one since its period began.</param>
    /// <param name="covers">The new one's first period; the rest of this one's where nothing is said.</param>
    public async Task<Shop> ChangedTo(PlanSnapshot plan, long calls = 0, (DateTimeOffset From, DateTimeOffset To)? covers = null, DateTimeOffset? anchor = null, params long[] lines)
    {
        var next = Next(plan, covers, anchor);
        await next.TakesPlaceOf(this, lines);
        await Cancelled("migrated", next.Covers.From);
        await app.Make<ChargeClosedPeriod>().Handle(
            Closed(calls, last: true) with { Reason = "migration", PeriodEnd = next.Covers.From, Usage = calls == 0 ? [] : [new("transactions", calls, Covers.From, next.Covers.From, null, null)] }, default);
        return next;
    }

    /// <summary>One that is to take this one's place, and was not heard of.</summary>
    public Shop Next(PlanSnapshot plan, (DateTimeOffset From, DateTimeOffset To)? covers = null, DateTimeOffset? anchor = null) =>
        new(app, Seller, approved with { SubscriptionId = TestCaller.NewId("sub"), Plan = plan.PlanId == "pln_1" ? plan with { PlanId = TestCaller.NewId("pln") } : plan })
        {
            Covers = covers ?? (app.Clock.GetUtcNow(), Covers.To), Anchor = anchor ?? Anchor ?? Covers.From,
        };

    /// <summary>Hears what the change to it costs.</summary>
    public Task TakesPlaceOf(Shop old, params long[] lines) => app.Make<ChargePlanChange>().Handle(
        new(
            Subscription, old.Subscription, Organization, approved.OrganizationTitle, approved.Email, approved.ProviderOrganizationId, approved.CatalogId, approved.Environment,
            approved.BillingIntegrationId, approved.ProductId, approved.ProductTitle, approved.Plan, Covers.From, Covers.To, approved.Plan.Currency,
            [.. lines.Select(amount => new PlanChangeLine("proration", "Weather: a part", amount, Covers.From, Covers.To))], Covers.From, Anchor),
        default);

    public static object Body(string subscription, string successUrl = "https://example.com/done") => new { subscriptionId = subscription, successUrl, cancelUrl = "http://localhost:3000/back" };

    public Task<JsonElement> Checkout(string successUrl = "https://example.com/done") =>
        Buyer.Post("/v1/checkout-sessions", Body(Subscription, successUrl)).Expect<JsonElement>(HttpStatusCode.Created);

    public Task<JsonElement> Ask(HttpStatusCode status) => Buyer.Post("/v1/checkout-sessions", Body(Subscription)).Expect<JsonElement>(status);

    /// <summary>Pays on the checkout's page with a card.</summary>
    public Task Pay(JsonElement session) => EmulatedStripe.CheckOut(session.GetProperty("url").GetString()!);

    /// <summary>Hears that the checkout was completed.</summary>
    public async Task Completed(JsonElement session)
    {
        await Seller.Hear(await Seller.StripeId(session.GetProperty("id").GetString()!), "checkout.session.completed", objectType: "checkout.session");
        await ReadCovers();
    }

    /// <summary>Reads the first period, which Stripe's first invoice covers.</summary>
    public async Task ReadCovers()
    {
        if (await app.Database.Scalar<DateTime?>("select covers_from from invoices where subscription_id = $1", Subscription) is { } from)
        {
            var start = new DateTimeOffset(from, TimeSpan.Zero);
            Covers = (start, start.AddMonths(1));
        }
    }

    /// <summary>Hears that the subscription was changed at Stripe.</summary>
    public async Task Hear() => await Seller.Hear(await Seller.StripeId(Subscription), "customer.subscription.updated", objectType: "subscription");

    public async Task<Subscription> AtStripe() => await Client.V1.Subscriptions.GetAsync(await Seller.StripeId(Subscription));

    public Task<long> Invoices() => app.Database.Scalar<long>("select count(*) from invoices where subscription_id = $1", Subscription);

    /// <summary>So many calls more, as Subscriptions counts them.</summary>
    public UsageCounted Counted(long calls) => new(TestCaller.NewId("cnt"), Subscription, Organization, "transactions", calls, Covers.From, Covers.To, app.Clock.GetUtcNow());

    /// <summary>Uses, and waits until Stripe has it.</summary>
    public async Task Use(long calls)
    {
        await app.Make<KeepUsage>().Handle(Counted(calls), default);
        await Idle();
    }

    public MeteringPeriodClosed Closed(long calls, bool last = false)
    {
        var plan = approved.Plan;
        var limit = plan.Quotas.Count > 0 ? Math.Min(calls, plan.Quotas[0].Limit!.Value) : (long?)null;
        return new(
            TestCaller.NewId("clo"), Subscription, Organization, last ? "cancellation" : "period_end", plan, Covers.From, Covers.To, last ? null : Covers.To, last ? null : Covers.To.AddMonths(1),
            calls == 0 ? [] : [new PeriodUsage("transactions", calls, Covers.From, Covers.To, limit, limit is null ? null : plan.Quotas[0].Overage)], Covers.To.AddHours(2));
    }

    /// <summary>Lets the first period end at Stripe and two hours more pass, and closes it.</summary>
    public async Task<MeteringPeriodClosed> EndPeriod(long calls)
    {
        await app.Advance(Covers.To - app.Clock.GetUtcNow() + TimeSpan.FromHours(2));
        var closed = Closed(calls);
        await app.Make<ChargeClosedPeriod>().Handle(closed, default);
        return closed;
    }

    /// <summary>Makes a test card the customer's default at Stripe, as in its portal, and hears of it; the card's token.</summary>
    public async Task<string> PayWith(string card)
    {
        var customer = (await AtStripe()).CustomerId;
        var token = (await Client.V1.PaymentMethods.AttachAsync(card, new PaymentMethodAttachOptions { Customer = customer })).Id;
        await Client.V1.Customers.UpdateAsync(customer, new CustomerUpdateOptions { InvoiceSettings = new() { DefaultPaymentMethod = token } });
        await Seller.Hear(customer, "customer.updated", objectType: "customer");
        return token;
    }

    /// <summary>The first renewal as one of our invoices, with what it takes to pay it or give it back.</summary>
    internal async Task<PaidInvoices> Renewed(string status)
    {
        var id = await Seller.InvoiceOf(Subscription, "period");
        await Seller.Until(id, status);
        return new(app, Seller, approved, id, await Seller.StripeId(id), Client);
    }

    /// <summary>Hears that the subscription ended here.</summary>
    public Task Cancelled(string reason, DateTimeOffset at) => app.Make<VoidOnCancellation>().Handle(new SubscriptionCancelled(Subscription, Organization, reason, at), default);

    /// <summary>Waits until a call that got no answer is to be tried again.</summary>
    public Task Retrying() => Eventually.Until(Seller.Jobs, jobs => jobs.Exists(job => job.GetProperty("status").GetString() == "retrying"), "the lost answer is retried");

    /// <summary>Stripe's invoice of the first renewal.</summary>
    public async Task<Stripe.Invoice> Renewal() => (await Client.V1.Invoices.ListAsync()).Data.Single(invoice => invoice.BillingReason == "subscription_cycle");

    /// <summary>Waits until no job is left.</summary>
    public Task Idle() => Eventually.Until(
        async () => await Left() is { Count: > 0 } jobs ? $"{string.Join('\n', jobs)}\n{app.Logs.Entries.LastOrDefault(e => e.Contains("met a defect", StringComparison.Ordinal))}" : "", jobs => jobs.Length == 0, "no job is left", TimeSpan.FromSeconds(20));

    private async Task<List<JsonElement>> Left()
    {
        await app.Turn();
        return await Seller.Jobs();
    }
}
