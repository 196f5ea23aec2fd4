using Marketplace.Contracts.Invoicing;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;
using Stripe;

namespace Marketplace.Invoicing.Tests;

/// <summary>What Stripe says, in any order, any number of times, and about others' objects.</summary>
public sealed class MirrorTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    [Fact]
    public async Task Any_order_and_number_of_events_ends_in_Stripe_s_present_state()
    {
        var seller = await Seller.Open(app);
        var id = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));
        var open = await seller.Until(id, "open");
        await app.Stripe.Pay(open.GetProperty("hostedInvoiceUrl").GetString()!);
        var stripeId = await seller.StripeId(id);
        string[] types = ["invoice.paid", "invoice.finalized", "invoice.paid", "invoice.created", "invoice.paid"];
        await Task.WhenAll(types.Select(type => seller.Hear(stripeId, type)));
        Assert.Equal("paid", (await seller.Invoice(id)).GetProperty("status").GetString());
        Assert.Equal([1L, 2L, 3L], (await app.Announced<InvoiceChanged>(m => m.InvoiceId == id)).Select(m => m.Version));
    }

    [Fact]
    public async Task Two_hearers_of_one_payment_wait_for_each_other_and_tell_it_once()
    {
        var seller = await Seller.Open(app);
        var id = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));
        var open = await seller.Until(id, "open");
        await app.Stripe.Pay(open.GetProperty("hostedInvoiceUrl").GetString()!);
        var stripeId = await seller.StripeId(id);
        Task[] hearers;
        await using (await app.Database.HoldRow("invoices", id))
        {
            hearers = [seller.Hear(stripeId), seller.Hear(stripeId)];
            await app.Database.UntilBlockedOnLocks(2);
        }

        await Task.WhenAll(hearers);
        Assert.Single(await app.Announced<InvoiceChanged>(m => m.InvoiceId == id && m.Status == "paid"));
    }

    [Fact]
    public async Task Invoices_of_others_are_ignored_with_the_reason()
    {
        var seller = await Seller.Open(app);
        var other = await Seller.Open(app);
        var client = app.Stripe.Client(seller.Account);
        var customer = await client.V1.Customers.CreateAsync(new CustomerCreateOptions { Email = "someone@example.com" });
        var foreign = await client.V1.Invoices.CreateAsync(new InvoiceCreateOptions { Customer = customer.Id });
        var copied = await client.V1.Invoices.CreateAsync(new InvoiceCreateOptions
        {
            Customer = customer.Id, Metadata = StripeMetadata.Of(other.Integration, other.Organization, "inv_1"),
        });

        Assert.Contains("not made by the marketplace", await Ignored(seller, foreign.Id), StringComparison.Ordinal);
        Assert.Contains("another billing integration", await Ignored(seller, copied.Id), StringComparison.Ordinal);
        Assert.Contains("not at Stripe any more", await Ignored(other, foreign.Id), StringComparison.Ordinal);
        Assert.Contains("other mode", await Ignored(seller, foreign.Id, livemode: true), StringComparison.Ordinal);
        Assert.Contains("customer was not made by the marketplace", await Ignored(seller, customer.Id, objectType: "customer"), StringComparison.Ordinal);
        Assert.Contains("type topup", await Ignored(seller, "tu_1", objectType: "topup"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stranger_s_Stripe_account_cannot_pay_another_provider_s_invoice()
    {
        var seller = await Seller.Open(app);
        var stranger = await Seller.Open(app);
        await app.Stripe.Revoke(seller.Key);
        // Not issued yet, so no Stripe invoice is recorded for it.
        var id = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));
        var client = app.Stripe.Client(stranger.Account);
        var customer = await client.V1.Customers.CreateAsync(new CustomerCreateOptions { Email = "someone@example.com" });
        var forged = await client.V1.Invoices.CreateAsync(new InvoiceCreateOptions
        {
            Customer = customer.Id, CollectionMethod = "send_invoice", DaysUntilDue = 1, Metadata = StripeMetadata.Of(stranger.Integration, stranger.Organization, id),
        });
        // Over nothing it is paid at once.
        Assert.Equal("paid", (await client.V1.Invoices.FinalizeInvoiceAsync(forged.Id)).Status);

        Assert.Contains("another billing integration", await Ignored(stranger, forged.Id), StringComparison.Ordinal);
        Assert.Equal("draft", (await seller.Invoice(id)).GetProperty("status").GetString());
        Assert.Equal(0L, await app.Database.Scalar<long>("select count(*) from stripe_objects where our_id = $1", id));
    }

    [Fact]
    public async Task A_second_Stripe_invoice_that_carries_our_metadata_is_ignored()
    {
        var seller = await Seller.Open(app);
        var id = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));
        await seller.Until(id, "open");
        var client = app.Stripe.Client(seller.Account);
        var ours = await client.V1.Invoices.GetAsync(await seller.StripeId(id));
        var twin = await client.V1.Invoices.CreateAsync(new InvoiceCreateOptions { Customer = ours.CustomerId, Metadata = ours.Metadata });
        Assert.Contains("only carries its metadata", await Ignored(seller, twin.Id), StringComparison.Ordinal);
        Assert.Equal("open", (await seller.Invoice(id)).GetProperty("status").GetString());
    }

    [Fact]
    public async Task An_invoice_that_names_ours_but_is_not_in_the_books_is_not_forgotten()
    {
        var seller = await Seller.Open(app);
        var client = app.Stripe.Client(seller.Account);
        var customer = await client.V1.Customers.CreateAsync(new CustomerCreateOptions { Email = "someone@example.com" });
        var lost = await client.V1.Invoices.CreateAsync(new InvoiceCreateOptions
        {
            Customer = customer.Id, Metadata = StripeMetadata.Of(seller.Integration, "org_1", TestCaller.NewId("inv")),
        });
        await Assert.ThrowsAsync<InvalidOperationException>(() => seller.Hear(lost.Id));
    }

    [Fact]
    public async Task Uncollectible_is_incomplete_and_may_still_be_paid()
    {
        var seller = await Seller.Open(app);
        var id = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));
        await seller.Until(id, "open");
        var stripeId = await seller.StripeId(id);
        var client = app.Stripe.Client(seller.Account);
        await client.V1.Invoices.MarkUncollectibleAsync(stripeId);
        await seller.Hear(stripeId, "invoice.marked_uncollectible");
        Assert.Equal("incomplete", (await seller.Invoice(id)).GetProperty("status").GetString());
        await client.V1.Invoices.PayAsync(stripeId, new InvoicePayOptions { PaidOutOfBand = true });
        await seller.Hear(stripeId);
        Assert.Equal("paid", (await seller.Invoice(id)).GetProperty("status").GetString());
    }

    [Fact]
    public async Task While_Stripe_is_away_the_event_stays_unhandled_and_the_poll_finds_the_payment()
    {
        var seller = await Seller.Open(app);
        var id = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));
        var open = await seller.Until(id, "open");
        await app.Stripe.Pay(open.GetProperty("hostedInvoiceUrl").GetString()!);
        await app.Stripe.Fail(new { account = seller.Account, method = "GET", path = "/v1/invoices/*", kind = "status", status = 503 });
        var stripeId = await seller.StripeId(id);
        await seller.Hear(stripeId, eventId: "evt_away", replay: 2);
        // For which of the event's replays it answers is what was told.
        Assert.Equal(("failed", 2), (await app.Announced<StripeEventHandled>(m => m.EventId == "evt_away")).Select(m => (m.Outcome, m.Replay)).Single());
        Assert.Equal("open", (await seller.Invoice(id)).GetProperty("status").GetString());

        await app.Database.Execute("update invoices set look_at = now() where id = $1", id);
        app.Services.GetRequiredService<ServiceDefaults.Wakeups>().Wake("look-at-open-invoices");
        await seller.Until(id, "paid");
    }

    [Fact]
    public async Task A_subscription_that_the_provider_has_of_its_own_stops_nothing_of_ours()
    {
        // Its key may do what invoices need, and read no subscriptions.
        var seller = await Seller.Open(app);
        var client = app.Stripe.Client(seller.Account);
        var customer = await client.V1.Customers.CreateAsync(new CustomerCreateOptions { Email = "reader@example.com" });
        var product = await client.V1.Products.CreateAsync(new ProductCreateOptions { Name = "Newsletter" });
        var price = await client.V1.Prices.CreateAsync(new PriceCreateOptions { Product = product.Id, Currency = "usd", UnitAmount = 500, Recurring = new PriceRecurringOptions { Interval = "month" } });
        var theirs = await client.V1.Subscriptions.CreateAsync(new SubscriptionCreateOptions { Customer = customer.Id, CollectionMethod = "send_invoice", DaysUntilDue = 30, Items = [new() { Price = price.Id }] });
        var renewal = (await client.V1.Invoices.ListAsync(new InvoiceListOptions { Subscription = theirs.Id })).Data.Single();

        Assert.Contains("renews no subscriptions", await Ignored(seller, theirs.Id, objectType: "subscription"), StringComparison.Ordinal);
        Assert.Contains("is of a subscription", await Ignored(seller, renewal.Id), StringComparison.Ordinal);

        Assert.Equal("idle", (await seller.Queue()).GetProperty("status").GetString());
        await seller.Until(await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500))), "open");
    }

    [Fact]
    public async Task What_the_key_may_not_read_of_ours_waits_with_the_permission_s_name_and_only_a_revoked_key_stops_the_queue()
    {
        var seller = await Seller.Open(app);
        var without = new Dictionary<string, string> { ["customer"] = "write", ["invoice"] = "write", ["setup_intent"] = "read", ["payment_method"] = "write" };
        var with = new Dictionary<string, string>(without) { ["checkout_session"] = "write" };
        await app.Stripe.Permit(seller.Key, with);
        var (session, page) = await (await CardHolder.Open(app, seller)).Ask();
        await CardHolder.Type(page, CardHolder.Good);
        var stripeId = await seller.StripeId(session);

        await app.Stripe.Permit(seller.Key, without);
        var told = await Told(seller, stripeId);
        Assert.Equal("failed", told.Outcome);
        Assert.Contains("permission_missing", told.Reason, StringComparison.Ordinal);
        Assert.Contains("rak_checkout_session_read", told.Reason, StringComparison.Ordinal);
        Assert.Equal("idle", (await seller.Queue()).GetProperty("status").GetString());

        await app.Stripe.Permit(seller.Key, with);
        Assert.Equal("handled", (await Told(seller, stripeId)).Outcome);

        await app.Stripe.Revoke(seller.Key);
        var refused = await Told(seller, stripeId);
        Assert.Equal(("failed", "key_revoked"), (refused.Outcome, refused.Reason));
        Assert.Equal("paused", (await seller.Queue()).GetProperty("status").GetString());
    }

    private async Task<StripeEventHandled> Told(Seller seller, string stripeId)
    {
        var eventId = TestCaller.NewId("evt");
        await seller.Hear(stripeId, "checkout.session.completed", objectType: "checkout.session", eventId: eventId);
        return (await app.Announced<StripeEventHandled>(m => m.EventId == eventId)).Single();
    }

    private async Task<string> Ignored(Seller seller, string stripeId, bool livemode = false, string objectType = "invoice")
    {
        var eventId = TestCaller.NewId("evt");
        await seller.Hear(stripeId, "invoice.updated", livemode, objectType, eventId, replay: 3);
        var told = (await app.Announced<StripeEventHandled>(m => m.EventId == eventId)).Single();
        Assert.Equal(("ignored", 3), (told.Outcome, told.Replay));
        return told.Reason!;
    }
}
