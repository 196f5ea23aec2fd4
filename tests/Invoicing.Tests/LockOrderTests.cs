using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Marketplace.Contracts.Subscriptions;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Invoicing.Tests;

/// <summary>Every write locks rows in one order: billing integrations, subscriptions, Stripe's subscriptions, customers, invoices, lanes, jobs. A write that waits for one of them holds
/// none of those behind it, which is what makes two writes wait for each other and end one of them.</summary>
public sealed class LockOrderTests(StillInvoicingApp app) : IClassFixture<StillInvoicingApp>
{
    private JobWorker Worker => app.Services.GetRequiredService<JobWorker>();

    [Fact]
    public async Task A_cancellation_that_waits_for_Stripe_s_subscription_holds_neither_invoice_nor_lane()
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        var invoice = await shop.Seller.InvoiceOf(shop.Subscription, "initial");
        Task cancelled;
        await using (await app.Database.HoldRow("stripe_subscriptions", shop.Subscription))
        {
            cancelled = app.Make<VoidOnCancellation>().Handle(new(shop.Subscription, shop.Organization, "rejected", app.Clock.GetUtcNow()), default);
            await app.Database.UntilBlockedOnLocks(1);
            Assert.Equal((true, true), (await app.Database.IsFree("invoices", invoice), await app.Database.IsFree("stripe_lanes", shop.Organization, "lane")));
        }

        await cancelled;
        Assert.Equal(["issue_credit_note", "end_subscription"], (await shop.Seller.Jobs()).Select(job => job.GetProperty("kind").GetString()));
        await shop.Idle();
    }

    [Fact]
    public async Task A_plan_change_waits_for_its_customer_before_it_holds_a_lane()
    {
        var old = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        // Away from the beginning of its period, at which nothing begins at Stripe.
        await app.Advance(TimeSpan.FromHours(1));
        Task<Shop> changed;
        await using (await app.Database.HoldRow("customers", await CustomerOf(await old.Seller.InvoiceOf(old.Subscription, "initial"))))
        {
            changed = old.ChangedTo(Plans.Of(basePrice: 5000), lines: 100);
            await app.Database.UntilBlockedOnLocks(1);
            Assert.Equal((true, true), (await app.Database.IsFree("stripe_lanes", old.Organization, "lane"), await app.Database.IsFree("stripe_lanes", old.Seller.Organization, "lane")));
        }

        await (await changed).Idle();
    }

    [Fact]
    public async Task A_new_key_waits_for_a_job_that_is_being_stopped_for_the_old_one_and_sets_it_going_again()
    {
        var (seller, invoice) = await BeforeItsInvoice();
        await app.Stripe.Revoke(seller.Key);
        Task stopped, rotated;
        await using (await app.Database.HoldRow("invoices", invoice))
        {
            stopped = Worker.RunOne(default);
            await app.Database.UntilBlockedOnLocks(1);
            rotated = seller.Owner.Post(
                $"/v1/billing-integrations/{seller.Integration}/keys",
                new { publishableKey = EmulatedStripe.Publishable(seller.Account), secretKey = await app.Stripe.Restricted(seller.Account) }).Expect();
            await app.Database.UntilBlockedOnLocks(2);
        }

        await Task.WhenAll(stopped, rotated);

        while (await Worker.RunOne(default))
        {
        }

        Assert.Equal("open", (await seller.Invoice(invoice)).GetProperty("status").GetString());
    }

    [Fact]
    public async Task The_result_of_a_job_waits_for_the_customer_before_it_holds_the_invoice()
    {
        var (seller, invoice) = await BeforeItsInvoice();
        Task issued;
        await using (await app.Database.HoldRow("customers", await CustomerOf(invoice)))
        {
            issued = Worker.RunOne(default);
            await app.Database.UntilBlockedOnLocks(1);
            Assert.Equal((true, true), (await app.Database.IsFree("invoices", invoice), await LaneIsFree(invoice)));
        }

        await issued;
        Assert.Equal("open", (await seller.Invoice(invoice)).GetProperty("status").GetString());
        await app.Turn();
    }

    [Fact]
    public async Task A_deleted_customer_is_held_before_its_invoices_and_these_before_the_lane()
    {
        var (seller, invoice) = await BeforeItsInvoice();
        await app.Turn();
        var customer = await CustomerOf(invoice);
        var keys = (await BillingIntegration.Find(app.Services.GetRequiredService<Storage.Database>(), seller.Integration, default))!.Keys;
        Task deleted;
        await using (await app.Database.HoldRow("invoices", invoice))
        {
            deleted = app.Make<CustomerDeletion>().Apply(keys, customer, default);
            await app.Database.UntilBlockedOnLocks(1);
            Assert.Equal((false, true), (await app.Database.IsFree("customers", customer), await LaneIsFree(invoice)));
        }

        await deleted;
        await app.Turn();
        Assert.Equal("void", (await seller.Invoice(invoice)).GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_comparison_that_waits_for_Stripe_s_subscription_does_not_hold_its_invoice()
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        var invoice = await shop.Seller.InvoiceOf(shop.Subscription, "initial");
        await Forget(invoice);
        Task<Difference?> settled;
        await using (await app.Database.HoldRow("stripe_subscriptions", shop.Subscription))
        {
            settled = Settle(shop, invoice);
            await app.Database.UntilBlockedOnLocks(1);
            Assert.True(await app.Database.IsFree("invoices", invoice));
        }

        Assert.Null(await settled);
        Assert.Equal("paid", (await shop.Seller.Invoice(invoice)).GetProperty("status").GetString());
    }

    [Theory]
    [InlineData("retry", HttpStatusCode.OK)]
    [InlineData("void", HttpStatusCode.Accepted)]
    public async Task What_sets_a_stuck_job_going_holds_its_lane_first(string action, HttpStatusCode answer)
    {
        var (seller, invoice) = await BeforeItsInvoice();
        await app.Stripe.Fail(new { account = seller.Account, method = "POST", path = "/v1/invoices", kind = "status", status = 400 });
        await app.Turn();
        var job = Assert.Single(await seller.Jobs()).GetProperty("id").GetString()!;
        Task<HttpResponseMessage> asked;
        await using (await app.Database.HoldRow("stripe_lanes", await LaneOf(invoice), "lane"))
        {
            asked = seller.Owner.Post($"/v1/invoices/{invoice}/{action}");
            await app.Database.UntilBlockedOnLocks(1);
            Assert.True(await app.Database.IsFree("stripe_jobs", job));
        }

        await asked.Expect(answer);
        await app.Turn();
        Assert.Empty(await seller.Jobs());
    }

    [Theory]
    [InlineData("customers")]
    [InlineData("invoices")]
    public async Task A_first_payment_that_begins_a_subscription_waits_for_payer_and_invoice_before_it_holds_the_lane(string held)
    {
        var (seller, holder) = await Stored(CardHolder.DeclinedWhenCharged);
        var shop = await Shop.Open(app, seller, holder.Approved(Plans.Of(basePrice: 2500)));
        await shop.Idle();
        var invoice = await seller.InvoiceOf(shop.Subscription, "initial");
        await app.Stripe.Pay((await seller.Invoice(invoice)).GetProperty("hostedInvoiceUrl").GetString()!);
        Task heard;
        await using (await app.Database.HoldRow(held, held == "invoices" ? invoice : await CustomerOf(invoice)))
        {
            heard = seller.Hear(await seller.StripeId(invoice));
            await app.Database.UntilBlockedOnLocks(1);
            Assert.True(await LaneIsFree(invoice));
            Assert.True(held == "invoices" || await app.Database.IsFree("invoices", invoice));
        }

        await heard;
        await shop.Idle();
        Assert.Equal(("active", "paid"), ((await shop.AtStripe()).Status, (await seller.Invoice(invoice)).GetProperty("status").GetString()));
    }

    [Theory]
    [InlineData("heard")]
    [InlineData("compared")]
    [InlineData("credited")]
    public async Task What_Stripe_says_of_an_invoice_waits_for_the_payer_before_it_holds_the_invoice(string how)
    {
        var invoice = await PaidInvoices.Open(app);
        var note = how == "credited" ? await invoice.Client.V1.CreditNotes.CreateAsync(new Stripe.CreditNoteCreateOptions { Invoice = invoice.StripeId, Amount = 2500 }) : null;
        await (note is null ? app.Stripe.Pay(await invoice.Url()) : Task.CompletedTask);
        Task applied;
        await using (await app.Database.HoldRow("customers", await CustomerOf(invoice.Id)))
        {
            applied = note is not null ? invoice.Seller.Hear(note.Id, "credit_note.created", objectType: "credit_note") : how == "heard" ? invoice.Hear("invoice.paid") : Settle(invoice.Seller, invoice.Id);
            await app.Database.UntilBlockedOnLocks(1);
            Assert.True(await app.Database.IsFree("invoices", invoice.Id));
        }

        await applied;
        Assert.Equal("paid", (await invoice.Read()).GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_report_about_rejected_usage_waits_for_the_customer_that_it_ends_before_it_holds_any_lane()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        Shop[] shops = [await Begun(seller), await Begun(seller)];
        await shops[1].Client.V1.Customers.DeleteAsync((await shops[1].AtStripe()).CustomerId);
        foreach (var shop in shops)
        {
            await app.Database.Execute("update meter_usage set batch = 'use_' || $1 where subscription_id = $1", shop.Subscription);
        }

        var (report, meter) = await Report(shops);
        var customer = (await app.Database.Scalar<string>("select customer_id from stripe_subscriptions where id = $1", shops[1].Subscription))!;
        Task heard;
        await using (await app.Database.HoldRow("customers", customer))
        {
            heard = seller.Hear(meter, "v1.billing.meter.error_report_triggered", objectType: "billing.meter", eventId: report);
            await app.Database.UntilBlockedOnLocks(1);
            Assert.All(shops, shop => Assert.True(app.Database.IsFree("stripe_lanes", shop.Organization, "lane").Result));
        }

        await heard;
        Assert.Equal("send_usage", Assert.Single(await seller.Jobs()).GetProperty("kind").GetString());
        Assert.Equal(2, (await StripeChangeTests.Changes(shops[0])).Count);
        await shops[0].Idle();
    }

    [Fact]
    public async Task A_plan_that_is_at_Stripe_waits_for_the_lanes_that_it_adds_to_in_their_order()
    {
        var (seller, holder) = await Stored(CardHolder.Good);
        var shop = await Shop.Open(app, seller, holder.Approved(Plans.Of(basePrice: 2500)));
        var jobs = await app.Services.GetRequiredService<JobQueue>().Claim(10, default);
        Task carried;
        await using (await app.Database.HoldRow("stripe_lanes", seller.Organization, "lane"))
        {
            carried = Worker.Carry(jobs.Single(job => job.Kind == MirrorPlan.JobKind), default);
            await app.Database.UntilBlockedOnLocks(1);
            Assert.True(await app.Database.IsFree("stripe_lanes", shop.Organization, "lane"));
        }

        await carried;
        await shop.Idle();
        Assert.Equal("active", (await shop.AtStripe()).Status);
    }

    [Fact]
    public async Task The_end_of_a_job_that_brings_billing_details_waits_for_a_change_of_them_that_is_being_written()
    {
        var (seller, invoice) = await BeforeItsInvoice();
        await app.Turn();
        var lane = await LaneOf(invoice);
        var (address, member) = ($"/v1/billing-details/{lane}", app.ClientFor(TestCaller.Consumer(lane, "cat_1", Roles.Admin)));
        await member.Put(address, new { address = new { country = "DE", city = "Berlin" } }, "*").Expect();
        var bringing = (await app.Services.GetRequiredService<JobQueue>().Claim(default))!;
        Task<HttpResponseMessage> changed;
        Task brought;
        // The change is written, finds the job there and is not committed yet; the job, which has brought what was there before it, is about to end.
        await using (await app.Database.HoldRow("stripe_lanes", lane, "lane"))
        {
            changed = member.Put(address, new { address = new { country = "DE", city = "Hamburg" } }, "*");
            await app.Database.UntilBlockedOnLocks(1);
            brought = Worker.Carry(bringing, default);
            await app.Database.UntilBlockedOnLocks(2);
            Assert.Equal("Berlin", await City());
        }

        await changed.Expect();
        await brought;
        await app.Turn();
        Assert.Equal("Hamburg", await City());
        Assert.Empty(await seller.Jobs());

        async Task<string?> City() => (await app.Stripe.Client(seller.Account).V1.Customers.ListAsync()).Data.Single().Address?.City;
    }

    [Fact]
    public async Task An_endpoint_that_is_not_wanted_any_more_is_removed_at_Stripe_while_its_integration_is_free()
    {
        var seller = await Seller.Open(app, mayAll: true, endpoint: true);
        var integration = (await BillingIntegration.Find(app.Services.GetRequiredService<Storage.Database>(), seller.Integration, default))!;
        await app.Stripe.Fail(new { account = seller.Account, method = "DELETE", path = "/v1/webhook_endpoints/*", kind = "timeout", seconds = 5, times = 1 });
        var asked = app.Stripe.Requests(seller.Key);
        var replaced = app.Services.GetRequiredService<WebhookUpkeep>().Replace(integration with { Version = integration.Version + 1 }, ["missing"], null, default);
        await Eventually.Until(() => Task.FromResult(app.Stripe.Requests(seller.Key) - asked), requests => requests == 2, "one was made and is being removed");
        Assert.True(await app.Database.IsFree("billing_integrations", seller.Integration));
        Assert.Equal(integration.Version, (await replaced).Integration.Version);
    }

    [Fact]
    public async Task Everything_that_happens_to_one_subscription_at_once_ends_without_a_deadlock()
    {
        var shop = await Shop.Subscribed(app, Plans.Priced(new("unit", 500, "1.5")));
        var invoice = await shop.Seller.InvoiceOf(shop.Subscription, "initial");
        var stripeId = await shop.Seller.StripeId(invoice);
        var cancelled = new SubscriptionCancelled(shop.Subscription, shop.Organization, "rejected", app.Clock.GetUtcNow());
        for (var round = 1; round <= 12; round++)
        {
            await Forget(invoice);
            await Task.WhenAll(
                app.Make<VoidOnCancellation>().Handle(cancelled, default),
                app.Make<KeepUsage>().Handle(shop.Counted(1), default),
                app.Make<TellScheduledEnd>().Handle(new(shop.Subscription, shop.Organization, round % 2 == 1, shop.Covers.To, round), default),
                Heard(shop.Hear()),
                Heard(shop.Seller.Hear(stripeId)),
                Heard(Settle(shop, invoice)),
                app.Turn());
        }

        await shop.Idle();
        Assert.DoesNotContain(app.Logs.Entries, entry => entry.Contains("40P01", StringComparison.Ordinal));
        Assert.Equal(("canceled", "paid"), ((await shop.AtStripe()).Status, (await shop.Seller.Invoice(invoice)).GetProperty("status").GetString()));
    }

    private async Task<(Seller Seller, CardHolder Holder)> Stored(string card)
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        var holder = await CardHolder.Open(app, seller);
        await holder.Store(card);
        await app.Turn();
        Assert.Empty(await seller.Jobs());
        Assert.True(string.CompareOrdinal(seller.Organization, holder.Organization) < 0, "The provider's lane is the first.");
        // Lanes stay when their jobs are done.
        await app.Database.Execute("insert into stripe_lanes values ($1, $2), ($1, $3) on conflict do nothing", seller.Integration, seller.Organization, holder.Organization);
        return (seller, holder);
    }

    private async Task<Shop> Begun(Seller seller)
    {
        var shop = await Shop.Subscribed(app, seller, Plans.Priced(new("unit", 500, "1.5")));
        await shop.Use(40);
        return shop;
    }

    // One that names the usage of all, as if Stripe had not known their customers.
    private async Task<(string Report, string Meter)> Report(Shop[] shops)
    {
        var client = shops[0].Client;
        using var session = JsonDocument.Parse((await client.RawRequestAsync(HttpMethod.Post, "/v2/billing/meter_event_session")).Content);
        var meter = (await client.V1.Billing.Meters.ListAsync()).Data[0];
        using var stream = new HttpClient { BaseAddress = app.Stripe.Address, DefaultRequestHeaders = { { "Authorization", $"Bearer {session.RootElement.GetProperty("authentication_token").GetString()}" } } };
        var events = shops.Select(shop => new
        {
            event_name = meter.EventName, identifier = $"use_{shop.Subscription}", payload = new { stripe_customer_id = "cus_unknown", value = "40" },
        });
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v2/billing/meter_event_stream") { Content = JsonContent.Create(new { events }), Headers = { { "Stripe-Version", StripeConnections.ApiVersion } } };
        using var sent = await stream.SendAsync(request);
        Assert.True(sent.IsSuccessStatusCode, await sent.Content.ReadAsStringAsync());
        using var list = JsonDocument.Parse((await client.RawRequestAsync(HttpMethod.Get, "/v2/core/events")).Content);
        return (list.RootElement.GetProperty("data")[0].GetProperty("id").GetString()!, meter.Id);
    }

    // What was fetched before a change of ours is not applied; its event is announced again.
    private static async Task Heard(Task hearing)
    {
        try
        {
            await hearing;
        }
        catch (TimeoutException changed)
        {
            Assert.Contains("changed while Stripe was asked", changed.Message, StringComparison.Ordinal);
        }
    }

    // As if the news of its payment had never come.
    private Task<int> Forget(string invoice) =>
        app.Database.Execute("update invoices set status = 'open', amount_paid = 0, paid_at = null, version = version + 1 where id = $1", invoice);

    private Task<Difference?> Settle(Shop shop, string invoice) => Settle(shop.Seller, invoice);

    private async Task<Difference?> Settle(Seller seller, string invoice)
    {
        var integration = (await BillingIntegration.Find(app.Services.GetRequiredService<Storage.Database>(), seller.Integration, default))!;
        return await app.Make<CompareInvoice>().Settle(null, integration, "our_invoices", invoice, await seller.StripeId(invoice), default);
    }

    // Its customer is made, and the job that issues it is the next.
    private async Task<(Seller Seller, string Invoice)> BeforeItsInvoice()
    {
        var seller = await Seller.Open(app);
        var invoice = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));
        Assert.True(await Worker.RunOne(default));
        return (seller, invoice);
    }

    private async Task<string> CustomerOf(string invoice) => (await app.Database.Scalar<string>("select customer_id from invoices where id = $1", invoice))!;

    private async Task<string> LaneOf(string invoice) => (await app.Database.Scalar<string>("select organization_id from invoices where id = $1", invoice))!;

    private async Task<bool> LaneIsFree(string invoice) => await app.Database.IsFree("stripe_lanes", await LaneOf(invoice), "lane");
}
