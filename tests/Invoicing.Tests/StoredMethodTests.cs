using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Invoicing;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Testing;
using Stripe;

namespace Marketplace.Invoicing.Tests;

/// <summary>Subscriptions that Stripe renews and that begin with a payment method stored before, without a checkout.</summary>
public sealed class StoredMethodTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    [Fact]
    public async Task A_stored_card_pays_the_first_period_and_no_checkout_is_needed()
    {
        var (shop, holder) = await Approved(Plans.Of(basePrice: 2500, setupFee: 1000));
        var invoice = await shop.Seller.Until(await Initial(shop), "paid");
        await shop.Idle();
        Assert.Equal(3500, invoice.GetProperty("total").GetProperty("amount").GetInt64());
        var told = (await app.Announced<InvoiceChanged>(m => m.SubscriptionId == shop.Subscription)).Last();
        var stripe = await shop.AtStripe();
        Assert.Equal(("initial", "paid", "subscriptions", stripe.StartDate, stripe.Items.Data[0].CurrentPeriodEnd), (told.Kind, told.Status, told.BillingModel, told.CoversFrom!.Value.UtcDateTime, told.CoversTo!.Value.UtcDateTime));
        Assert.Equal(("active", "keep_as_draft"), (stripe.Status, stripe.PauseCollection.Behavior));
        Assert.Equal("checkout_not_needed", (await Checkout(holder, shop, HttpStatusCode.Conflict)).GetProperty("code").GetString());
        Assert.Equal(3500, (await shop.Client.V1.Charges.ListAsync()).Data.Single().Amount);
    }

    [Fact]
    public async Task What_it_charges_and_renews_is_what_a_checkout_s_does_to_the_cent()
    {
        var plan = Plans.Priced(new("unit", 700, "1.5"), setupFee: 300) with { TermPeriods = 6 };
        var (shop, _) = await Approved(plan);
        await shop.Seller.Until(await Initial(shop), "paid");
        await shop.Idle();
        await shop.ReadCovers();
        var other = await Shop.Subscribed(app, plan);
        Assert.Equal((await other.AtStripe()).CancelAt - (await other.AtStripe()).StartDate, (await shop.AtStripe()).CancelAt - (await shop.AtStripe()).StartDate);
        await shop.Use(301);
        await other.Use(301);
        await shop.EndPeriod(301);
        await app.Make<ChargeClosedPeriod>().Handle(other.Closed(301), default);
        Assert.Equal(await Lines(other), await Lines(shop));
    }

    [Theory]
    [InlineData("lost")]
    [InlineData("reset")]
    public async Task An_answer_that_never_came_begins_and_charges_it_once(string kind)
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        await app.Stripe.Fail(new { account = seller.Account, method = "POST", path = "/v1/subscriptions", kind, times = 1 });
        var (shop, _) = await Approved(Plans.Of(basePrice: 2500), seller: seller);
        await shop.Retrying();
        await app.Advance(TimeSpan.FromMinutes(2));
        await shop.Seller.Until(await Initial(shop), "paid");
        await shop.Idle();
        Assert.Single((await shop.Client.V1.Subscriptions.ListAsync(new SubscriptionListOptions { Status = "all" })).Data);
        Assert.Single((await shop.Client.V1.Charges.ListAsync()).Data);
    }

    [Fact]
    public async Task A_card_that_declines_leaves_the_first_invoice_open_with_its_reason_and_page_until_it_is_paid_there()
    {
        var (shop, _) = await Approved(Plans.Of(basePrice: 2500), CardHolder.DeclinedWhenCharged);
        var id = await Initial(shop);
        var open = await shop.Seller.Until(id, "open");
        var problem = open.GetProperty("paymentProblem");
        Assert.Equal(("payment_failed", "The bank declined the payment."), (problem.GetProperty("type").GetString(), problem.GetProperty("detail").GetString()));
        await shop.Idle();
        Assert.Equal("incomplete", (await shop.AtStripe()).Status);
        await app.Stripe.Pay(open.GetProperty("hostedInvoiceUrl").GetString()!);
        await shop.Seller.Hear(await shop.Seller.StripeId(id));
        await shop.Seller.Until(id, "paid");
        await shop.Idle();
        Assert.Equal(("active", "keep_as_draft"), ((await shop.AtStripe()).Status, (await shop.AtStripe()).PauseCollection.Behavior));
    }

    [Fact]
    public async Task A_payment_that_its_owner_must_confirm_says_where_to()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        var holder = await CardHolder.Open(app, seller);
        await holder.Store();
        await Eventually.Until(seller.Jobs, jobs => jobs.Count == 0, "Stripe knows the default");
        var client = app.Stripe.Client(seller.Account);
        var token = (await client.V1.PaymentMethods.AttachAsync("pm_card_authenticationRequired", new PaymentMethodAttachOptions { Customer = await holder.Customer() })).Id;
        await client.V1.Customers.UpdateAsync(await holder.Customer(), new CustomerUpdateOptions { InvoiceSettings = new() { DefaultPaymentMethod = token } });
        await seller.Hear(await holder.Customer(), "customer.updated", objectType: "customer");
        var shop = await Shop.Open(app, seller, holder.Approved(Plans.Of(basePrice: 2500)));
        var open = await shop.Seller.Until(await Initial(shop), "open");
        var problem = open.GetProperty("paymentProblem");
        Assert.Equal(("action_required", open.GetProperty("hostedInvoiceUrl").GetString()), (problem.GetProperty("type").GetString(), problem.GetProperty("hostedInvoiceUrl").GetString()));
    }

    [Fact]
    public async Task What_nobody_pays_for_23_hours_is_void_and_never_begins()
    {
        var (shop, _) = await Approved(Plans.Of(basePrice: 2500), CardHolder.DeclinedWhenCharged);
        var id = await Initial(shop);
        await shop.Seller.Until(id, "open");
        await shop.Idle();
        await app.Advance(TimeSpan.FromHours(24));
        await shop.Hear();
        await shop.Seller.Hear(await shop.Seller.StripeId(id), "invoice.voided");
        Assert.Equal("void", (await app.Announced<InvoiceChanged>(m => m.SubscriptionId == shop.Subscription)).Last().Status);
        Assert.Equal("incomplete_expired", (await shop.AtStripe()).Status);
    }

    [Fact]
    public async Task A_first_invoice_over_another_amount_is_not_void_by_a_retry_and_its_subscription_still_begins_with_its_payment()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        var holder = await CardHolder.Open(app, seller);
        await holder.Store(CardHolder.DeclinedWhenCharged);
        await Eventually.Until(seller.Jobs, jobs => jobs.Count == 0, "Stripe knows the default");
        await app.Stripe.Client(seller.Account).V1.InvoiceItems.CreateAsync(new() { Customer = await holder.Customer(), Amount = -1250, Currency = "usd" });
        var shop = await Shop.Open(app, seller, holder.Approved(Plans.Of(basePrice: 2500)));
        var id = await Initial(shop);
        await seller.Until(id, "open");
        await shop.Idle();

        var shown = await seller.Invoice(id);
        Assert.Equal(("error", "total_mismatch"), (shown.GetProperty("level").GetString(), shown.GetProperty("reasons")[0].GetProperty("type").GetString()));

        await seller.Owner.Post($"/v1/invoices/{id}/retry", new { }).Expect();
        await shop.Idle();

        Assert.Equal(("open", "incomplete"), ((await seller.Invoice(id)).GetProperty("status").GetString(), (await shop.AtStripe()).Status));
        await app.Stripe.Pay((await seller.Invoice(id)).GetProperty("hostedInvoiceUrl").GetString()!);
        await seller.Hear(await seller.StripeId(id));
        await seller.Until(id, "paid");
        await shop.Idle();
        Assert.Equal(("active", 1250L), ((await shop.AtStripe()).Status, (await shop.Client.V1.Charges.ListAsync()).Data.Where(charge => charge.Paid).Sum(charge => charge.Amount)));
    }

    [Fact]
    public async Task Cancelled_while_its_first_payment_is_open_it_can_be_paid_no_more()
    {
        var (shop, _) = await Approved(Plans.Of(basePrice: 2500), CardHolder.DeclinedWhenCharged);
        var id = await Initial(shop);
        await shop.Seller.Until(id, "open");
        await shop.Cancelled("requested", app.Clock.GetUtcNow());
        await shop.Seller.Until(id, "void");
        await shop.Idle();
        Assert.Contains((await shop.AtStripe()).Status, (string[])["canceled", "incomplete_expired"]);
    }

    [Fact]
    public async Task Cancelled_before_it_was_begun_it_never_is()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        await app.Stripe.Fail(new { account = seller.Account, method = "POST", path = "/v1/subscriptions", kind = "reset", times = 1 });
        var (shop, _) = await Approved(Plans.Of(basePrice: 2500), seller: seller);
        await shop.Retrying();
        await shop.Cancelled("requested", app.Clock.GetUtcNow());
        await app.Advance(TimeSpan.FromMinutes(2));
        await shop.Idle();
        Assert.Empty((await shop.Client.V1.Charges.ListAsync()).Data);
        Assert.Equal(0, await shop.Invoices());
    }

    [Fact]
    public async Task A_card_that_is_gone_by_then_makes_room_for_the_checkout()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        var holder = await CardHolder.Open(app, seller);
        var card = await holder.Store();
        await app.Stripe.Client(seller.Account).V1.PaymentMethods.DetachAsync(await holder.Token(card));
        var shop = await Shop.Open(app, seller, holder.Approved(Plans.Of(basePrice: 2500)));
        await shop.Idle();
        Assert.Equal("open", (await Checkout(holder, shop, HttpStatusCode.Created)).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Whose_job_was_removed_from_the_queue_begins_at_a_checkout()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        await app.Stripe.Fail(new { account = seller.Account, method = "POST", path = "/v1/subscriptions", kind = "reset", times = 1 });
        var (shop, holder) = await Approved(Plans.Of(basePrice: 2500), seller: seller);
        await shop.Retrying();
        Assert.Equal("checkout_not_needed", (await Checkout(holder, shop, HttpStatusCode.Conflict)).GetProperty("code").GetString());
        var job = (await seller.Jobs()).Single(j => j.GetProperty("kind").GetString() == "create_subscription").GetProperty("id").GetString();
        await seller.Owner.Delete($"/v1/billing-integrations/{seller.Integration}/jobs/{job}").Expect(HttpStatusCode.NoContent);
        Assert.Equal("open", (await Checkout(holder, shop, HttpStatusCode.Created)).GetProperty("status").GetString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData(1)]
    public async Task A_plan_that_is_archived_before_it_begins_is_put_right_and_then_it_begins(int? lanes)
    {
        var seller = await Seller.Open(app, lanes: lanes, billingModel: "subscriptions");
        await app.Stripe.Fail(new { account = seller.Account, method = "POST", path = "/v1/subscriptions", kind = "reset", times = 1 });
        var (shop, _) = await Approved(Plans.Of(basePrice: 2500), seller: seller);
        await shop.Retrying();
        await Archive(shop);
        await app.Advance(TimeSpan.FromMinutes(2));
        await shop.Seller.Until(await Initial(shop), "paid");
        await shop.Idle();
        Assert.Equal("repaired", (await StripeChangeTests.Changes(shop)).Single().GetProperty("state").GetString());
        Assert.Single((await shop.Client.V1.Charges.ListAsync()).Data);
    }

    [Fact]
    public async Task What_Stripe_refused_to_begin_is_tried_again_when_its_plan_was_put_right()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        await app.Stripe.Fail(new { account = seller.Account, method = "POST", path = "/v1/subscriptions", kind = "status", status = 400, times = 1 });
        var (shop, _) = await Approved(Plans.Of(basePrice: 2500), seller: seller);
        await Eventually.Until(seller.Jobs, jobs => jobs.Exists(job => job.GetProperty("status").GetString() == "failed"), "Stripe refuses", TimeSpan.FromSeconds(30));
        await seller.Hear(await Archive(shop), "price.updated", objectType: "price");
        await shop.Seller.Until(await Initial(shop), "paid");
        await shop.Idle();
    }

    [Fact]
    public async Task A_customer_that_was_deleted_without_a_word_ends_its_subscription_and_not_its_lane()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        await app.Stripe.Fail(new { account = seller.Account, method = "POST", path = "/v1/subscriptions", kind = "reset", times = 1 });
        var (shop, holder) = await Approved(Plans.Of(basePrice: 2500), seller: seller);
        await shop.Retrying();
        await shop.Client.V1.Customers.DeleteAsync(await holder.Customer());
        await app.Advance(TimeSpan.FromMinutes(2));
        await shop.Idle();
        Assert.Single(await app.Announced<CustomerDeleted>(m => m.OrganizationId == shop.Organization));
        Assert.Empty((await shop.Client.V1.Subscriptions.ListAsync(new SubscriptionListOptions { Status = "all" })).Data);
    }

    [Fact]
    public async Task Whose_plan_s_job_was_removed_from_the_queue_begins_when_somebody_asks_for_it()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        await app.Stripe.Fail(new { account = seller.Account, method = "POST", path = "/v1/products", kind = "status", status = 400, times = 1 });
        var (shop, holder) = await Approved(Plans.Of(basePrice: 2500), seller: seller);
        await StripeChangeTests.Dropped(seller, "mirror_plan");
        Assert.Equal("checkout_not_needed", (await Checkout(holder, shop, HttpStatusCode.Conflict)).GetProperty("code").GetString());
        await shop.Seller.Until(await Initial(shop), "paid");
        await shop.Idle();
    }

    [Fact]
    public async Task Where_the_catalog_keeps_no_payment_methods_a_checkout_begins_it()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        var holder = await CardHolder.Open(app, seller);
        await holder.Store();
        await holder.Settings(version: 2, paymentMethods: false);
        var shop = await Shop.Open(app, seller, holder.Approved(Plans.Of(basePrice: 2500)));
        await shop.Idle();
        Assert.Equal("open", (await Checkout(holder, shop, HttpStatusCode.Created)).GetProperty("status").GetString());
    }

    private async Task<(Shop Shop, CardHolder Holder)> Approved(PlanSnapshot plan, string card = CardHolder.Good, Seller? seller = null)
    {
        seller ??= await Seller.Open(app, billingModel: "subscriptions");
        var holder = await CardHolder.Open(app, seller);
        await holder.Store(card);
        return (await Shop.Open(app, seller, holder.Approved(plan)), holder);
    }

    // Its price, without a word about it.
    private async Task<string> Archive(Shop shop)
    {
        var price = (await shop.Client.V1.Prices.ListAsync()).Data.Single().Id;
        await shop.Client.V1.Prices.UpdateAsync(price, new PriceUpdateOptions { Active = false });
        return price;
    }

    private Task<string> Initial(Shop shop) => Eventually.Until(
        async () => await app.Database.Scalar<string>("select id from invoices where subscription_id = $1 and kind = 'initial'", shop.Subscription) ?? "", id => id.Length > 0, "the first invoice", TimeSpan.FromSeconds(60));

    private static Task<JsonElement> Checkout(CardHolder holder, Shop shop, HttpStatusCode status) => holder.Admin.Post("/v1/checkout-sessions", Shop.Body(shop.Subscription)).Expect<JsonElement>(status);

    private static async Task<string> Lines(Shop shop)
    {
        var invoice = await shop.Seller.Until(await shop.Seller.InvoiceOf(shop.Subscription, "period"), "paid");
        return string.Join(", ", invoice.GetProperty("lines").EnumerateArray().Select(line => $"{line.GetProperty("kind")} {line.GetProperty("quantity")} {line.GetProperty("amount").GetProperty("amount")}"));
    }
}
