using System.Net;
using Marketplace.Contracts.Subscriptions;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;
using Stripe;

namespace Marketplace.Invoicing.Tests;

/// <summary>A call of a job's to Stripe that may go wrong.</summary>
/// <param name="LostBefore">What it looks up: an earlier call that was carried out and not answered.</param>
/// <param name="StripeGoesOn">Whether Stripe does it by itself while the job waits for its next attempt.</param>
public sealed record LostStep(string Method, string Path, string? LostBefore = null, bool StripeGoesOn = false);

/// <summary>A job that is about to be asked for.</summary>
/// <param name="Account">Where it calls.</param>
/// <param name="Ask">Puts it into the queue.</param>
/// <param name="Found">What there is in the end, at Stripe and here.</param>
/// <param name="Later">What happens three days after it was prepared.</param>
public sealed record LostSubject(string Account, Func<Task> Ask, Func<Task<string>> Found, Func<Task>? Later = null);

/// <summary>How one kind of job comes about, where it calls Stripe, and what there has to be in the end whatever became of the answers.</summary>
/// <param name="AfterPeriod">Whether it is asked for when the first period of its subscription has ended.</param>
public sealed record LostCase(string Kind, Func<InvoicingApp, Task<LostSubject>> Prepare, string Expected, bool AfterPeriod, params LostStep[] Steps)
{
    /// <summary>Every kind but those that make, issue and void a first invoice.</summary>
    public static readonly IReadOnlyList<LostCase> All =
    [
        new("update_customer", UpdateCustomer, "1 customers in DE with 1 tax ids", false,
            new("POST", "/v1/customers/cus_*"), new("GET", "/v1/customers/*/tax_ids"), new("POST", "/v1/customers/*/tax_ids")),
        new(IssueCreditNote.JobKind, GiveBack, "1 notes at Stripe, 1000 refunded there; issued and 1000 refunded here", false,
            new("POST", "/v1/credit_notes"), new("GET", "/v1/credit_notes", LostBefore: "/v1/credit_notes"), new("GET", "/v1/invoices/in_*")),
        new(RepeatRefund.JobKind, Repeat, "2 refunds at Stripe, 2 here", false,
            new("GET", "/v1/refunds/re_*"), new("POST", "/v1/refunds"), new("GET", "/v1/refunds", LostBefore: "/v1/refunds")),
        new(SetDefaultMethod.JobKind, ChooseDefault, "the chosen one of 2", false, new LostStep("POST", "/v1/customers/cus_*")),
        new(DetachPaymentMethod.JobKind, Detach, "1 at Stripe, 1 here", false, new LostStep("POST", "/v1/payment_methods/*/detach")),
        new(ChargeInvoice.JobKind, Charge, "1 charges; paid", false, new LostStep("POST", "/v1/invoices/*/pay")),
        new(MirrorPlan.JobKind, Mirror, "1 products, 1 meters, 2 prices; ready", false,
            new("GET", "/v1/products/mir_*"), new("POST", "/v1/products"), new("GET", "/v1/billing/meters"), new("POST", "/v1/billing/meters"), new("GET", "/v1/prices"), new("POST", "/v1/prices")),
        new(CreateSubscription.JobKind, Begin, "1 subscriptions, 1 charges; paid", false,
            new("POST", "/v1/subscriptions"), new("GET", "/v1/subscriptions", LostBefore: "/v1/subscriptions"), new("GET", "/v1/subscriptions/sub_*")),
        new(SetUpSubscription.JobKind, SetUp, "1 subscriptions, keep_as_draft, whose invoice names ours", false,
            new("GET", "/v1/subscriptions/sub_*"), new("POST", "/v1/subscriptions/sub_*"), new("GET", "/v1/customers/cus_*"), new("POST", "/v1/invoices/in_*")),
        new(BringTaxes.JobKind, Tax, "expired; expired", false, new("GET", "/v1/checkout/sessions/cs_*"), new("POST", "/v1/checkout/sessions/*/expire")),
        new(TakeOffDiscount.JobKind, TakeOff, "no discount; repaired", false, new("DELETE", "/v1/customers/*/discount"), new("GET", "/v1/customers/cus_*"), new("GET", "/v1/customers/*/payment_methods")),
        new(EndSubscription.JobKind, End, "canceled; canceled", false, new("GET", "/v1/subscriptions/sub_*"), new("DELETE", "/v1/subscriptions/sub_*")),
        new(UndoSubscription.JobKind, Undo, "canceled, 1 refunds over 1500 and a balance of -1000; active", false,
            new("GET", "/v1/subscriptions/sub_*"), new("DELETE", "/v1/subscriptions/sub_*"), new("GET", "/v1/invoices"), new("GET", "/v1/invoice_payments"), new("GET", "/v1/refunds"), new("POST", "/v1/refunds"),
            new("GET", "/v1/customers/*/balance_transactions"), new("POST", "/v1/customers/*/balance_transactions")),
        new(SendUsage.JobKind, Use, "40 at Stripe; 0 unsent", false, new LostStep("POST", "/v1/billing/meter_events")),
        new(SettlePeriod.JobKind, Close, "1 renewals, paid over 1500; paid over 1500", true,
            new("GET", "/v1/invoices"), new("GET", "/v1/billing/meters/*/event_summaries"), new("POST", "/v1/invoices/in_*"), new("POST", "/v1/invoiceitems"),
            new("POST", "/v1/invoices/*/finalize"), new("POST", "/v1/invoices/*/pay", StripeGoesOn: true)),
    ];

    private static async Task<LostSubject> UpdateCustomer(InvoicingApp app)
    {
        var seller = await Seller.Open(app);
        var approved = seller.Approved(Plans.Of(basePrice: 2500));
        await seller.Until(await seller.Charge(approved), "open");
        var member = app.ClientFor(TestCaller.Consumer(approved.OrganizationId, "cat_1", Roles.Admin));
        var client = app.Stripe.Client(seller.Account);
        return new(
            seller.Account,
            () => member.Put($"/v1/billing-details/{approved.OrganizationId}", new { address = new { country = "DE", line1 = "Am Markt 1", city = "Berlin" }, taxId = new { type = "eu_vat", value = "DE123456789" } }, "*").Expect(),
            async () =>
            {
                var customers = (await client.V1.Customers.ListAsync()).Data;
                return $"{customers.Count} customers in {customers[0].Address?.Country} with {(await client.V1.Customers.TaxIds.ListAsync(customers[0].Id)).Data.Count} tax ids";
            });
    }

    private static async Task<LostSubject> GiveBack(InvoicingApp app)
    {
        var paid = await PaidInvoices.Paid(app);
        return new(paid.Seller.Account, () => paid.Seller.Owner.Post($"/v1/invoices/{paid.Id}/refund", new { amount = 1000 }).Expect(HttpStatusCode.Accepted), async () =>
        {
            var notes = (await paid.Client.V1.CreditNotes.ListAsync(new CreditNoteListOptions { Invoice = paid.StripeId })).Data.Count;
            var ours = string.Join(", ", (await paid.Notes()).Select(note => note.GetProperty("status").GetString()));
            return $"{notes} notes at Stripe, {await paid.RefundedAtStripe()} refunded there; {ours} and {await paid.Amount("amountRefunded")} refunded here";
        });
    }

    private static async Task<LostSubject> Repeat(InvoicingApp app)
    {
        var paid = await PaidInvoices.Paid(app, "4000000000005126");
        await app.Stripe.Permit(paid.Seller.Key, new Dictionary<string, string>(PaidInvoices.Permissions) { ["charge"] = "write" });
        await paid.Seller.Owner.Post($"/v1/invoices/{paid.Id}/refund").Expect(HttpStatusCode.Accepted);
        var note = Assert.Single(await paid.SettledNotes()).GetProperty("id").GetString();
        return new(
            paid.Seller.Account,
            () => paid.Seller.Owner.Post($"/v1/credit-notes/{note}/retry").Expect(HttpStatusCode.Accepted),
            // Not how they stand: on this card the second fails in its turn, some hours after it is made.
            async () => $"{(await Refunds()).Count} refunds at Stripe, {(await paid.Notes()).Single().GetProperty("refunds").GetArrayLength()} here",
            async () => await paid.Seller.Hear((await Refunds()).Single().Id, "refund.failed", objectType: "refund"));

        async Task<List<Refund>> Refunds() => (await paid.Client.V1.Refunds.ListAsync(new RefundListOptions { PaymentIntent = await paid.Intent() })).Data;
    }

    private static async Task<LostSubject> ChooseDefault(InvoicingApp app)
    {
        var (seller, holder, second) = await Stored(app);
        return new(seller.Account, () => holder.Admin.Post($"/v1/payment-methods/{second}/default").Expect(), async () =>
        {
            var methods = (await app.Stripe.Client(seller.Account).V1.Customers.PaymentMethods.ListAsync(await holder.Customer())).Data.Count;
            return $"{(await holder.DefaultAtStripe() == await seller.StripeId(second) ? "the chosen one" : "another")} of {methods}";
        });
    }

    private static async Task<LostSubject> Detach(InvoicingApp app)
    {
        var (seller, holder, second) = await Stored(app);
        return new(seller.Account, () => holder.Admin.Delete($"/v1/payment-methods/{second}").Expect(HttpStatusCode.Accepted), async () =>
            $"{(await app.Stripe.Client(seller.Account).V1.Customers.PaymentMethods.ListAsync(await holder.Customer())).Data.Count} at Stripe, {(await holder.Methods()).Count} here");
    }

    private static async Task<LostSubject> Charge(InvoicingApp app)
    {
        var seller = await Seller.Open(app, mayAll: true);
        var holder = await CardHolder.Open(app, seller);
        await holder.Store();
        await app.Turn();
        var approved = holder.Approved(Plans.Of(basePrice: 2500));
        return new(seller.Account, () => seller.Charge(approved), async () =>
        {
            var charges = (await app.Stripe.Client(seller.Account).V1.Charges.ListAsync(new ChargeListOptions { Customer = await holder.Customer() })).Data.Count;
            return $"{charges} charges; {(await seller.Invoice(await seller.InvoiceOf(approved.SubscriptionId, "initial"))).GetProperty("status").GetString()}";
        });
    }

    private static async Task<LostSubject> Mirror(InvoicingApp app)
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        var approved = seller.Approved(Plans.Priced(new("unit", 500, "1.5")) with { PlanId = TestCaller.NewId("pln") });
        var client = app.Stripe.Client(seller.Account);
        return new(seller.Account, () => app.Make<ChargeOnApproval>().Handle(approved, default), async () =>
        {
            var (products, meters, prices) = ((await client.V1.Products.ListAsync()).Data.Count, (await client.V1.Billing.Meters.ListAsync(new())).Data.Count, (await client.V1.Prices.ListAsync()).Data.Count);
            return $"{products} products, {meters} meters, {prices} prices; {await app.Database.Scalar<string>("select status from plan_mirrors where integration_id = $1", seller.Integration)}";
        });
    }

    private static async Task<LostSubject> Begin(InvoicingApp app)
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        var holder = await CardHolder.Open(app, seller);
        await holder.Store();
        await app.Turn();
        var approved = holder.Approved(Plans.Of(basePrice: 2500));
        var client = app.Stripe.Client(seller.Account);
        return new(seller.Account, () => Shop.Open(app, seller, approved), async () =>
        {
            var (subscriptions, charges) = ((await client.V1.Subscriptions.ListAsync(new SubscriptionListOptions { Status = "all" })).Data.Count, (await client.V1.Charges.ListAsync()).Data.Count);
            return $"{subscriptions} subscriptions, {charges} charges; {(await seller.Invoice(await seller.InvoiceOf(approved.SubscriptionId, "initial"))).GetProperty("status").GetString()}";
        });
    }

    private static async Task<LostSubject> SetUp(InvoicingApp app)
    {
        var shop = await Shop.Open(app, Plans.Of(basePrice: 2500));
        var session = await shop.Checkout();
        await shop.Pay(session);
        return new(shop.Seller.Account, () => shop.Completed(session), async () =>
        {
            var subscriptions = (await shop.Client.V1.Subscriptions.ListAsync()).Data;
            var invoice = await shop.Seller.InvoiceOf(shop.Subscription, "initial");
            var named = (await shop.Client.V1.Invoices.GetAsync(await shop.Seller.StripeId(invoice))).Metadata.GetValueOrDefault("marketplace_id");
            return $"{subscriptions.Count} subscriptions, {subscriptions[0].PauseCollection?.Behavior}, whose invoice names {(named == invoice ? "ours" : named)}";
        });
    }

    // A checkout that was opened before taxes were set is closed.
    private static async Task<LostSubject> Tax(InvoicingApp app)
    {
        var shop = await Shop.Open(app, Plans.Of(basePrice: 2500));
        var rate = await shop.Client.V1.TaxRates.CreateAsync(new TaxRateCreateOptions { DisplayName = "VAT", Percentage = 19, Inclusive = false });
        var session = "";
        return new(
            shop.Seller.Account,
            () => shop.Seller.Owner.Patch($"/v1/billing-integrations/{shop.Seller.Integration}", new { tax = new { mode = "rates", rates = new[] { rate.Id } } }, "*").Expect(),
            async () => $"{await app.Database.Scalar<string>("select status from checkout_sessions where id = $1", session)}; {(await shop.Client.V1.Checkout.Sessions.GetAsync(await shop.Seller.StripeId(session))).Status}",
            async () => session = (await shop.Checkout()).GetProperty("id").GetString()!);
    }

    // Written down as by whoever heard of it: the faults are for the job.
    private static async Task<LostSubject> TakeOff(InvoicingApp app)
    {
        var seller = await Seller.Open(app);
        var approved = seller.Approved(Plans.Of(basePrice: 2500));
        await seller.Until(await seller.Charge(approved), "open");
        var client = app.Stripe.Client(seller.Account);
        var customer = (await client.V1.Customers.ListAsync()).Data.Single().Id;
        var ours = await app.Database.Scalar<string>("select id from customers where integration_id = $1", seller.Integration);
        await app.Stripe.Discount(seller.Account, customer, 10);
        return new(seller.Account, () => Note(app, seller, ours!), async () =>
        {
            var discount = (await client.V1.Customers.GetAsync(customer)).Discount;
            return $"{(discount is null ? "no discount" : discount.Id)}; {await app.Database.Scalar<string>("select state from stripe_changes where our_id = $1", ours!)}";
        });
    }

    private static async Task Note(InvoicingApp app, Seller seller, string customer)
    {
        var integration = await BillingIntegration.Find(app.Make<InvoicingDatabase>().Database, seller.Integration, default);
        await using var transaction = await app.Make<InvoicingDatabase>().Database.Begin(default);
        await app.Make<CustomerChanges>().Note(transaction, integration!.Keys, customer, default);
        await transaction.Commit(default);
    }

    private static async Task<LostSubject> End(InvoicingApp app)
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        return new(
            shop.Seller.Account,
            () => app.Make<VoidOnCancellation>().Handle(new SubscriptionCancelled(shop.Subscription, shop.Organization, "requested", app.Clock.GetUtcNow()), default),
            async () => $"{(await shop.AtStripe()).Status}; {await app.Database.Scalar<string>("select status from stripe_subscriptions where id = $1", shop.Subscription)}");
    }

    private static async Task<LostSubject> Undo(InvoicingApp app)
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        var first = await shop.AtStripe();
        await StripeChangeTests.Move(shop, -1000);
        var again = await shop.Client.V1.Subscriptions.CreateAsync(new SubscriptionCreateOptions
        {
            Customer = first.CustomerId, DefaultPaymentMethod = first.DefaultPaymentMethodId, Metadata = first.Metadata, Items = [new SubscriptionItemOptions { Price = first.Items.Data[0].Price.Id }],
        });
        return new(shop.Seller.Account, () => shop.Seller.Hear(again.Id, "customer.subscription.created", objectType: "subscription"), async () =>
        {
            var refunds = (await shop.Client.V1.Refunds.ListAsync()).Data;
            return $"{(await shop.Client.V1.Subscriptions.GetAsync(again.Id)).Status}, {refunds.Count} refunds over {refunds.Sum(refund => refund.Amount)} and a balance of {await StripeChangeTests.Balance(shop)}; {(await shop.AtStripe()).Status}";
        });
    }

    private static async Task<LostSubject> Use(InvoicingApp app)
    {
        var shop = await Shop.Subscribed(app, Plans.Priced(new("unit", 500, "1.5")));
        return new(shop.Seller.Account, () => app.Make<KeepUsage>().Handle(shop.Counted(40), default), async () =>
        {
            var meter = (await app.Database.Scalar<string>("select stripe_id from stripe_objects where object_type = 'billing.meter' and integration_id = $1", shop.Seller.Integration))!;
            var (from, to) = (shop.Covers.From.AddSeconds(60 - shop.Covers.From.Second).AddTicks(-(shop.Covers.From.Ticks % TimeSpan.TicksPerSecond)), shop.Covers.To.AddSeconds(-shop.Covers.To.Second));
            var counted = (await shop.Client.V1.Billing.Meters.EventSummaries.ListAsync(
                meter, new() { Customer = (await shop.AtStripe()).CustomerId, StartTime = from.UtcDateTime, EndTime = to.UtcDateTime })).Data.Sum(summary => summary.AggregatedValue);
            return $"{counted:0} at Stripe; {await app.Database.Scalar<long>("select count(*) from meter_usage where subscription_id = $1 and sent_at is null", shop.Subscription)} unsent";
        });
    }

    private static async Task<LostSubject> Close(InvoicingApp app)
    {
        var shop = await Shop.Subscribed(app, Plans.Priced(new("unit", 500, "1.5", MinimumCharge: 1000)));
        await shop.Use(10);
        return new(shop.Seller.Account, () => app.Make<ChargeClosedPeriod>().Handle(shop.Closed(10), default), async () =>
        {
            var renewals = (await shop.Client.V1.Invoices.ListAsync()).Data.Where(invoice => invoice.BillingReason == "subscription_cycle").ToList();
            var ours = await shop.Seller.Invoice(await shop.Seller.InvoiceOf(shop.Subscription, "period"));
            return $"{renewals.Count} renewals, {renewals[0].Status} over {renewals[0].Total}; {ours.GetProperty("status").GetString()} over {ours.GetProperty("total").GetProperty("amount").GetInt64()}";
        });
    }

    // Two cards, the first of them the default; our id of the second.
    private static async Task<(Seller Seller, CardHolder Holder, string Second)> Stored(InvoicingApp app)
    {
        var seller = await Seller.Open(app, mayAll: true);
        var holder = await CardHolder.Open(app, seller);
        await holder.Store(CardHolder.Good, "First");
        var second = (await holder.Store(CardHolder.OtherGood, "Second")).GetProperty("id").GetString()!;
        await app.Turn();
        return (seller, holder, second);
    }
}
