using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Invoicing;
using Marketplace.Contracts.Storage;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Contracts.WebhookIngest;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;
using Stripe;

namespace Marketplace.Invoicing.Tests;

/// <summary>Subscriptions that Stripe renews: checkout, renewal with metered usage, ends on either side.</summary>
public sealed class StripeSubscriptionTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    private static readonly PriceSnapshot PerCall = new("unit", 500, "1.5");

    [Fact]
    public async Task Nothing_is_owed_before_the_checkout_and_what_it_paid_opens_access_for_Stripe_s_first_period()
    {
        var shop = await Shop.Open(app, Plans.Of(basePrice: 2500, setupFee: 1000));
        Assert.Equal(0, await shop.Invoices());
        var session = await shop.Checkout();
        Assert.Equal("open", session.GetProperty("status").GetString());
        Assert.Single(await app.Announced<ChangeRecorded>(c => c.Action == "checkout_session.opened" && c.ObjectId == session.GetProperty("id").GetString()));
        await shop.Pay(session);
        await shop.Completed(session);

        var invoice = (await app.Announced<InvoiceChanged>(m => m.SubscriptionId == shop.Subscription)).Last();
        Assert.Equal(("initial", "paid", 3500L, "subscriptions"), (invoice.Kind, invoice.Status, invoice.Total, invoice.BillingModel));
        var stripe = await shop.AtStripe();
        Assert.Equal(stripe.StartDate, invoice.CoversFrom!.Value.UtcDateTime);
        Assert.Equal(stripe.Items.Data[0].CurrentPeriodEnd, invoice.CoversTo!.Value.UtcDateTime);
        Assert.Equal("checkout_not_needed", (await shop.Ask(HttpStatusCode.Conflict)).GetProperty("code").GetString());
        Assert.Equal("complete", (await shop.Buyer.Get($"/v1/checkout-sessions/{session.GetProperty("id").GetString()}")).GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_plan_that_costs_only_what_is_used_begins_paid_with_an_invoice_over_nothing()
    {
        var shop = await Shop.Subscribed(app, Plans.Priced(new("unit", 0, "1")));
        var invoice = (await app.Announced<InvoiceChanged>(m => m.SubscriptionId == shop.Subscription)).Single();
        Assert.Equal(("initial", "paid", 0L), (invoice.Kind, invoice.Status, invoice.Total));
    }

    [Fact]
    public async Task Many_clicks_open_one_checkout_and_one_that_ran_out_makes_room_for_another()
    {
        var shop = await Shop.Open(app, Plans.Of(basePrice: 2500));
        var sessions = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => shop.Checkout()));
        Assert.Single(sessions.Select(s => s.GetProperty("url").GetString()).Distinct());
        await app.Advance(TimeSpan.FromHours(25));
        var other = await shop.Checkout();
        Assert.NotEqual(sessions[0].GetProperty("id").GetString(), other.GetProperty("id").GetString());
        Assert.Equal("expired", (await shop.Buyer.Get($"/v1/checkout-sessions/{sessions[0].GetProperty("id").GetString()}")).GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_second_subscription_that_was_paid_for_is_cancelled_and_given_back()
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        var first = await shop.AtStripe();
        var again = await shop.Client.V1.Subscriptions.CreateAsync(new SubscriptionCreateOptions
        {
            Customer = first.CustomerId, DefaultPaymentMethod = first.DefaultPaymentMethodId, Metadata = first.Metadata,
            Items = [new SubscriptionItemOptions { Price = first.Items.Data[0].Price.Id }],
        });
        await shop.Seller.Hear(again.Id, "customer.subscription.created", objectType: "subscription");
        await shop.Idle();
        Assert.Equal("canceled", (await shop.Client.V1.Subscriptions.GetAsync(again.Id)).Status);
        Assert.Equal(2500, (await shop.Client.V1.Refunds.ListAsync()).Data.Single().Amount);
        Assert.Equal("active", (await shop.AtStripe()).Status);
        Assert.Equal(1, await shop.Invoices());
    }

    [Fact]
    public async Task A_renewal_waits_for_its_usage_and_costs_what_we_rate()
    {
        var shop = await Shop.Subscribed(app, Plans.Priced(PerCall));
        await shop.Use(101);
        await shop.Use(200);
        await shop.EndPeriod(301);
        var invoice = await shop.Seller.Until(await shop.Seller.InvoiceOf(shop.Subscription, "period"), "paid");
        // 301 × 1.5 is 451.5, half up.
        Assert.Equal(500 + 452, invoice.GetProperty("total").GetProperty("amount").GetInt64());
        var stripe = await shop.Client.V1.Invoices.GetAsync(await shop.Seller.StripeId(invoice.GetProperty("id").GetString()!));
        Assert.Equal(("subscription_cycle", 952L), (stripe.BillingReason, stripe.Total));
        Assert.Equal(["base 1 500", "usage 301 452"], [.. invoice.GetProperty("lines").EnumerateArray().Select(Line).Order()]);
    }

    [Fact]
    public async Task Usage_told_twice_and_sent_again_after_a_lost_answer_counts_once()
    {
        var shop = await Shop.Subscribed(app, Plans.Priced(PerCall));
        await app.Stripe.Fail(new { account = shop.Seller.Account, method = "POST", path = "/v1/billing/meter_events", kind = "lost", times = 1 });
        var counted = shop.Counted(40);
        await app.Make<KeepUsage>().Handle(counted, default);
        await app.Make<KeepUsage>().Handle(counted, default);
        await Eventually.Until(shop.Seller.Jobs, jobs => jobs.Exists(job => job.GetProperty("status").GetString() == "retrying"), "the lost answer is retried");
        await app.Advance(TimeSpan.FromMinutes(2));
        await shop.Idle();
        await shop.EndPeriod(40);
        var invoice = await shop.Seller.Until(await shop.Seller.InvoiceOf(shop.Subscription, "period"), "paid");
        Assert.Equal(560, invoice.GetProperty("total").GetProperty("amount").GetInt64());
    }

    [Fact]
    public async Task What_no_price_of_Stripe_s_expresses_stands_beside_it_on_the_invoice()
    {
        var shop = await Shop.Subscribed(app, Plans.Priced(PerCall with { MinimumCharge = 1000 }));
        await shop.Use(10);
        await shop.EndPeriod(10);
        var invoice = await shop.Seller.Until(await shop.Seller.InvoiceOf(shop.Subscription, "period"), "paid");
        Assert.Equal(1500, invoice.GetProperty("total").GetProperty("amount").GetInt64());
        Assert.Equal("subscription_cycle", (await shop.Client.V1.Invoices.GetAsync(await shop.Seller.StripeId(invoice.GetProperty("id").GetString()!))).BillingReason);
    }

    [Theory]
    [InlineData("graduated", 600)]
    [InlineData("volume", 600)]
    [InlineData("package", 1001)]
    [InlineData("overage", 1200)]
    public async Task Every_price_model_costs_at_Stripe_what_it_costs_here(string model, long calls)
    {
        QuotaSnapshot[] quotas = model == "overage" ? [new("quo_1", "transactions", 1000, "loose", "period", "2.5", [])] : [];
        var price = model switch
        {
            "package" => new PriceSnapshot("package", 700, "500", PackageSize: 1000),
            "overage" => new("unit", 700, "1"),
            _ => new(model, 700, null, Plans.Tiers),
        };
        var shop = await Shop.Subscribed(app, Plans.Priced(price) with { Quotas = quotas });
        await shop.Use(calls);
        var closed = await shop.EndPeriod(calls);
        var invoice = await shop.Seller.Until(await shop.Seller.InvoiceOf(shop.Subscription, "period"), "paid");
        Assert.Equal(Rating.Closed("Weather", closed).Sum(l => l.Amount), invoice.GetProperty("total").GetProperty("amount").GetInt64());
        Assert.Equal("subscription_cycle", (await shop.Client.V1.Invoices.GetAsync(await shop.Seller.StripeId(invoice.GetProperty("id").GetString()!))).BillingReason);
    }

    [Fact]
    public async Task An_amount_that_Stripe_sees_otherwise_is_voided_and_stops_where_people_see_it_and_a_retry_charges_ours()
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        var stripe = await shop.AtStripe();
        await shop.Client.V1.InvoiceItems.CreateAsync(new InvoiceItemCreateOptions { Customer = stripe.CustomerId, Subscription = stripe.Id, Amount = 77, Currency = "usd", Description = "By hand" });
        await shop.EndPeriod(0);
        var id = await shop.Seller.InvoiceOf(shop.Subscription, "period");
        var stuck = await Eventually.Until(() => shop.Seller.Invoice(id), i => i.GetProperty("level").GetString() == "error", "the invoice is in error");
        Assert.Contains("2577", stuck.GetProperty("reasons")[0].GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain((await shop.Client.V1.Invoices.ListAsync()).Data, i => i.Status == "open");

        await shop.Seller.Owner.Post($"/v1/invoices/{id}/retry", new { }).Expect<JsonElement>();
        Assert.Equal(2500, (await shop.Seller.Until(id, "paid")).GetProperty("amountPaid").GetProperty("amount").GetInt64());
    }

    [Fact]
    public async Task A_card_that_declines_leaves_the_renewal_open_with_our_due_date_and_a_later_payment_settles_it()
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        await app.Stripe.FailCards(1);
        await shop.EndPeriod(0);
        var id = await shop.Seller.InvoiceOf(shop.Subscription, "period");
        var open = await shop.Seller.Until(id, "open");
        Assert.Equal(app.Clock.GetUtcNow().AddDays(14), open.GetProperty("dueAt").GetDateTimeOffset(), TimeSpan.FromMinutes(1));
        await app.Stripe.Pay(open.GetProperty("hostedInvoiceUrl").GetString()!);
        await shop.Seller.Hear(await shop.Seller.StripeId(id));
        await shop.Seller.Until(id, "paid");
    }

    [Fact]
    public async Task Cancelling_here_cancels_at_Stripe_and_the_last_usage_is_an_invoice_of_its_own()
    {
        var shop = await Shop.Subscribed(app, Plans.Priced(PerCall));
        await shop.Use(123);
        // Stripe's clock went on while ours stood still: cancelled after it was paid.
        await app.Make<VoidOnCancellation>().Handle(new SubscriptionCancelled(shop.Subscription, shop.Organization, "requested", shop.Covers.From.AddHours(1)), default);
        await shop.Idle();
        Assert.Equal("canceled", (await shop.AtStripe()).Status);
        await app.Make<ChargeClosedPeriod>().Handle(shop.Closed(123, last: true), default);
        var final = await shop.Seller.Until(await shop.Seller.InvoiceOf(shop.Subscription, "final"), "paid");
        Assert.Equal(185, final.GetProperty("total").GetProperty("amount").GetInt64());
        Assert.Empty(await app.Announced<StripeSubscriptionChanged>(m => m.SubscriptionId == shop.Subscription));
    }

    [Fact]
    public async Task An_end_with_the_period_goes_to_Stripe_and_back_and_Stripe_s_last_draft_is_ours()
    {
        var shop = await Shop.Subscribed(app, Plans.Priced(PerCall));
        await shop.Use(10);
        await app.Make<TellScheduledEnd>().Handle(new(shop.Subscription, shop.Organization, true, shop.Covers.To, 5), default);
        await app.Make<TellScheduledEnd>().Handle(new(shop.Subscription, shop.Organization, false, shop.Covers.To, 4), default);
        await shop.Idle();
        Assert.True((await shop.AtStripe()).CancelAtPeriodEnd);
        await shop.Hear();
        Assert.Empty(await app.Announced<StripeSubscriptionChanged>(m => m.SubscriptionId == shop.Subscription));

        await app.Advance(shop.Covers.To - app.Clock.GetUtcNow() + TimeSpan.FromHours(2));
        await app.Make<VoidOnCancellation>().Handle(new SubscriptionCancelled(shop.Subscription, shop.Organization, "requested", shop.Covers.To), default);
        await app.Make<ChargeClosedPeriod>().Handle(shop.Closed(10, last: true), default);
        var final = await shop.Seller.Until(await shop.Seller.InvoiceOf(shop.Subscription, "final"), "paid");
        Assert.Equal(15, final.GetProperty("total").GetProperty("amount").GetInt64());
        Assert.Equal("subscription_cycle", (await shop.Client.V1.Invoices.GetAsync(await shop.Seller.StripeId(final.GetProperty("id").GetString()!))).BillingReason);
    }

    [Fact]
    public async Task What_is_cancelled_or_taken_back_at_Stripe_is_told_once()
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        var id = (await shop.AtStripe()).Id;
        await shop.Client.V1.Subscriptions.UpdateAsync(id, new SubscriptionUpdateOptions { CancelAtPeriodEnd = true });
        await shop.Hear();
        await shop.Hear();
        await shop.Client.V1.Subscriptions.UpdateAsync(id, new SubscriptionUpdateOptions { CancelAtPeriodEnd = false });
        await shop.Hear();
        await shop.Client.V1.Subscriptions.CancelAsync(id);
        await shop.Hear();
        await shop.Hear();
        Assert.Equal(["ends_with_period", "goes_on", "ended"], (await app.Announced<StripeSubscriptionChanged>(m => m.SubscriptionId == shop.Subscription)).Select(m => m.Change));
    }

    [Fact]
    public async Task A_term_ends_at_Stripe_when_it_ends_here()
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500) with { TermPeriods = 3 });
        Assert.Equal((await shop.AtStripe()).StartDate.AddMonths(3), (await shop.AtStripe()).CancelAt);
    }

    [Fact]
    public async Task A_checkout_of_a_subscription_that_is_cancelled_is_closed_and_one_paid_all_the_same_is_given_back()
    {
        var shop = await Shop.Open(app, Plans.Of(basePrice: 2500));
        var session = await shop.Checkout();
        await shop.Pay(session);
        await app.Make<VoidOnCancellation>().Handle(new SubscriptionCancelled(shop.Subscription, shop.Organization, "requested", app.Clock.GetUtcNow()), default);
        await shop.Idle();
        await shop.Completed(session);
        await shop.Idle();
        Assert.Equal("canceled", (await shop.Client.V1.Subscriptions.ListAsync(new SubscriptionListOptions { Status = "all" })).Data.Single().Status);
        Assert.Equal(2500, (await shop.Client.V1.Refunds.ListAsync()).Data.Single().Amount);
        Assert.Equal(0, await shop.Invoices());
    }

    [Fact]
    public async Task Checkouts_are_for_the_consumer_s_paying_members_and_for_what_Stripe_renews()
    {
        var shop = await Shop.Open(app, Plans.Of(basePrice: 2500));
        var body = Shop.Body(shop.Subscription);
        Assert.Equal(HttpStatusCode.NotFound, (await app.ClientFor(TestCaller.Consumer(TestCaller.NewId("org"), "cat_1", Roles.Admin)).Post("/v1/checkout-sessions", body)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await app.ClientFor(TestCaller.Consumer(shop.Organization, "cat_1", Roles.Developer)).Post("/v1/checkout-sessions", body)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await shop.Seller.Owner.Post("/v1/checkout-sessions", body)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await shop.Buyer.Post("/v1/checkout-sessions", Shop.Body(shop.Subscription, "javascript:alert(1)"))).StatusCode);
        var session = (await shop.Checkout()).GetProperty("id").GetString();
        Assert.Equal(HttpStatusCode.NotFound, (await app.ClientFor(TestCaller.Consumer(TestCaller.NewId("org"), "cat_1", Roles.Admin)).GetAsync(new Uri($"/v1/checkout-sessions/{session}", UriKind.Relative))).StatusCode);

        var other = await Seller.Open(app);
        var approved = other.Approved(Plans.Of(basePrice: 2500));
        await other.Charge(approved);
        var buyer = app.ClientFor(TestCaller.Consumer(approved.OrganizationId, "cat_1", Roles.Admin));
        Assert.Equal("checkout_not_needed", (await buyer.Post("/v1/checkout-sessions", Shop.Body(approved.SubscriptionId)).Expect<JsonElement>(HttpStatusCode.Conflict)).GetProperty("code").GetString());
    }

    [Fact]
    public async Task What_stops_short_of_our_own_lines_goes_on_with_them_and_is_no_renewal_of_Stripe_s()
    {
        var shop = await Shop.Subscribed(app, Plans.Priced(PerCall));
        await shop.Use(123);
        await app.Make<VoidOnCancellation>().Handle(new SubscriptionCancelled(shop.Subscription, shop.Organization, "requested", shop.Covers.From.AddHours(1)), default);
        await shop.Idle();
        await app.Stripe.Fail(new { account = shop.Seller.Account, method = "POST", path = "/v1/invoiceitems", kind = "reset", times = 1 });
        await app.Make<ChargeClosedPeriod>().Handle(shop.Closed(123, last: true), default);
        await shop.Retrying();
        var final = await shop.Seller.InvoiceOf(shop.Subscription, "final");
        Assert.Equal("draft", (await shop.Client.V1.Invoices.GetAsync(await shop.Seller.StripeId(final))).Status);
        await app.Advance(TimeSpan.FromMinutes(2));
        await shop.Idle();
        Assert.Equal("paid", (await shop.Seller.Invoice(final)).GetProperty("status").GetString());
        Assert.Equal(185, (await shop.Client.V1.Invoices.GetAsync(await shop.Seller.StripeId(final))).Total);
    }

    [Fact]
    public async Task A_renewal_that_is_heard_of_before_it_was_compared_is_compared_all_the_same()
    {
        var (shop, id) = await Differing("finalize", "lost");
        var theirs = await shop.Renewal();
        Assert.Equal("open", theirs.Status);
        await shop.Seller.Hear(theirs.Id, "invoice.finalized");
        Assert.Equal("draft", (await shop.Seller.Invoice(id)).GetProperty("status").GetString());
        await app.Advance(TimeSpan.FromMinutes(2));
        await InError(shop, id);
        Assert.Equal("void", (await shop.Renewal()).Status);
    }

    [Fact]
    public async Task A_renewal_that_is_on_record_already_is_compared_all_the_same_and_ours_is_issued_after_it()
    {
        var (shop, id) = await Differing("finalize", "lost");
        var theirs = await shop.Renewal();
        await app.Database.Execute(
            """
            insert into stripe_objects (account_id, livemode, stripe_id, object_type, integration_id, our_id, recorded_at)
            values ($1, false, $2, 'invoice', $3, $4, now())
            """, shop.Seller.Account, theirs.Id, shop.Seller.Integration, id);
        await app.Advance(TimeSpan.FromMinutes(2));
        await InError(shop, id);
        await RetriedIsOurs(shop, id);
    }

    [Fact]
    public async Task A_refused_renewal_is_ignored_when_it_is_heard_of_and_leaves_our_invoice_payable()
    {
        var (shop, id) = await Differing();
        await InError(shop, id);
        var heard = TestCaller.NewId("evt");
        await shop.Seller.Hear((await shop.Renewal()).Id, "invoice.voided", eventId: heard);
        Assert.Equal("ignored", (await app.Announced<StripeEventHandled>(m => m.EventId == heard)).Single().Outcome);
        Assert.Equal("draft", (await shop.Seller.Invoice(id)).GetProperty("status").GetString());
        await RetriedIsOurs(shop, id);
    }

    [Theory]
    [InlineData("lost")]
    [InlineData("reset")]
    public async Task A_refused_renewal_whose_voiding_got_no_answer_is_void_before_ours_is_issued(string kind)
    {
        var (shop, id) = await Differing("void", kind);
        await app.Advance(TimeSpan.FromMinutes(2));
        await InError(shop, id);
        Assert.Equal("void", (await shop.Renewal()).Status);
        await RetriedIsOurs(shop, id);
    }

    [Fact]
    public async Task A_differing_renewal_that_was_paid_already_is_paid_here_shows_the_difference_and_holds_up_nothing()
    {
        var (shop, id) = await Differing("finalize", "lost");
        await shop.Client.V1.Invoices.PayAsync((await shop.Renewal()).Id);
        await app.Advance(TimeSpan.FromMinutes(2));
        await shop.Idle();
        var paid = await shop.Seller.Invoice(id);
        Assert.Equal(("paid", "error"), (paid.GetProperty("status").GetString(), paid.GetProperty("level").GetString()));
        var reason = paid.GetProperty("reasons")[0];
        Assert.Equal("paid_mismatch", reason.GetProperty("type").GetString());
        Assert.Contains("2577", reason.GetProperty("detail").GetString(), StringComparison.Ordinal);
        await shop.Seller.Owner.Post($"/v1/invoices/{id}/retry", new { }).ExpectProblem(HttpStatusCode.Conflict, "invoice_settled");
        Assert.Empty(await shop.Seller.Jobs());
        Assert.Equal("paid", (await shop.Client.V1.Invoices.GetAsync(await shop.Seller.StripeId(id))).Status);
    }

    // The first period ends with 77 on Stripe's invoice that are not on ours; on the way to its settlement one call gets no answer.
    private async Task<(Shop Shop, string Invoice)> Differing(string? step = null, string kind = "lost")
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        var stripe = await shop.AtStripe();
        await shop.Client.V1.InvoiceItems.CreateAsync(new InvoiceItemCreateOptions { Customer = stripe.CustomerId, Subscription = stripe.Id, Amount = 77, Currency = "usd", Description = "By hand" });
        if (step is not null)
        {
            await app.Stripe.Fail(new { account = shop.Seller.Account, method = "POST", path = $"/v1/invoices/*/{step}", kind, times = 1 });
        }

        await shop.EndPeriod(0);
        if (step is not null)
        {
            await shop.Retrying();
        }

        return (shop, await shop.Seller.InvoiceOf(shop.Subscription, "period"));
    }

    private static Task InError(Shop shop, string id) => Eventually.Until(() => shop.Seller.Invoice(id), i => i.GetProperty("level").GetString() == "error", "the invoice is in error");

    private static async Task RetriedIsOurs(Shop shop, string id)
    {
        await shop.Seller.Owner.Post($"/v1/invoices/{id}/retry", new { }).Expect<JsonElement>();
        await shop.Seller.Until(id, "paid");
        Assert.Equal(2500, (await shop.Client.V1.Invoices.GetAsync(await shop.Seller.StripeId(id))).AmountPaid);
        Assert.DoesNotContain((await shop.Client.V1.Invoices.ListAsync()).Data, i => i.Status == "open");
    }

    private static string Line(JsonElement line) => $"{line.GetProperty("kind").GetString()} {line.GetProperty("quantity").GetInt64()} {line.GetProperty("amount").GetProperty("amount").GetInt64()}";
}
