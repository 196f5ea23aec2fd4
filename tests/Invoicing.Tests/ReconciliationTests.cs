using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Invoicing;
using Marketplace.Contracts.Storage;
using Marketplace.Contracts.WebhookIngest;
using Marketplace.Testing;
using Stripe;

namespace Marketplace.Invoicing.Tests;

/// <summary>What Stripe has against our books, where no webhook told of a change.</summary>
public sealed class ReconciliationTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    [Fact]
    public async Task A_payment_that_no_webhook_told_of_is_found_and_applied_and_the_next_run_finds_nothing()
    {
        var seller = await Seller.Open(app);
        var id = await Paid(seller);

        var run = await Reconcile(seller);

        Assert.Equal("paid", (await seller.Invoice(id)).GetProperty("status").GetString());
        Assert.Equal((1, 0, 1), (Count(run, "found"), Count(run, "open"), Count(run, "repaired")));
        var drift = Assert.Single(await Drifts(seller, run));
        Assert.Equal(("invoice_status", id, "open", "paid", "repaired"), (Text(drift, "kind"), Text(drift, "ourId"), Text(drift, "inBooks"), Text(drift, "atStripe"), Text(drift, "state")));
        Assert.Single(await app.Announced<InvoiceChanged>(m => m.InvoiceId == id && m.Status == "paid"));
        Assert.Equal(0, Count(await Reconcile(seller), "found"));
    }

    [Fact]
    public async Task An_invoice_that_is_not_settled_is_compared_however_old_it_is()
    {
        var seller = await Seller.Open(app);
        var id = await Paid(seller);
        await app.Advance(TimeSpan.FromDays(45));

        var run = await Reconcile(seller);

        Assert.Equal("paid", (await seller.Invoice(id)).GetProperty("status").GetString());
        Assert.Equal((0, 1), (Examined(run, "stripe_invoices"), Examined(run, "our_invoices")));
        Assert.Equal(1, Count(run, "repaired"));
    }

    [Fact]
    public async Task Events_are_handed_over_once_and_the_inbox_s_answer_is_counted_once()
    {
        var seller = await Seller.Open(app, lists: true);
        var id = await Paid(seller);

        var run = await Reconcile(seller);

        var handed = Assert.Single(await app.Announced<StripeEventsFound>(m => m.BillingIntegrationId == seller.Integration));
        var stripeId = await seller.StripeId(id);
        Assert.Equal(["invoice.finalized", "invoice.paid"], handed.Events.Select(e => e.Type).Order());
        Assert.All(handed.Events, e => Assert.Equal(("invoice", stripeId, false), (e.ObjectType, e.ObjectId, e.Livemode)));
        Assert.Equal((2, 0, 2), Events(run));
        await app.Make<CountMissedEvents>().Handle(new StripeEventsTaken(seller.Integration, Text(run, "id")!, handed.BatchId, 1), default);
        await app.Make<CountMissedEvents>().Handle(new StripeEventsTaken(seller.Integration, Text(run, "id")!, handed.BatchId, 0), default);
        Assert.Equal((2, 1, 0), Events(await seller.Owner.Get($"/v1/reconciliation/{Text(run, "id")}")));
    }

    [Fact]
    public async Task What_the_key_may_not_list_is_skipped_with_the_reason_and_the_rest_is_compared()
    {
        var seller = await Seller.Open(app);
        var run = await Reconcile(seller);
        var events = run.GetProperty("steps").EnumerateArray().Single(s => Text(s, "name") == "events");
        Assert.Equal("skipped", Text(events, "state"));
        Assert.StartsWith("permission_missing", Text(events, "note"), StringComparison.Ordinal);
        Assert.Equal(["finished", "finished", "finished"], run.GetProperty("steps").EnumerateArray().Take(3).Select(s => Text(s, "state")));
        Assert.Equal("idle", (await seller.Queue()).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Another_amount_waits_for_a_person_who_can_accept_it_as_it_is()
    {
        var seller = await Seller.Open(app);
        var id = await Paid(seller);
        await Reconcile(seller);
        await app.Database.Execute("update invoices set total = 2400 where id = $1", id);

        var run = await Reconcile(seller);
        var drift = Assert.Single(await Drifts(seller, run, "state=open"));
        Assert.Equal(("invoice_amount", "2400 usd", "2500 usd"), (Text(drift, "kind"), Text(drift, "inBooks"), Text(drift, "atStripe")));
        await seller.Owner.Post($"{Path(run)}/drifts/{Text(drift, "id")}/repair").ExpectProblem(HttpStatusCode.Conflict, "drift_not_repairable");
        Assert.Equal("accepted", Text(await seller.Owner.Post($"{Path(run)}/drifts/{Text(drift, "id")}/accept").Expect<JsonElement>(), "state"));
        await seller.Owner.Post($"{Path(run)}/drifts/{Text(drift, "id")}/accept").ExpectProblem(HttpStatusCode.Conflict, "drift_not_open");
        Assert.Single(await app.Announced<ChangeRecorded>(c => c.Action == "reconciliation_drift.accepted" && c.ObjectId == Text(drift, "id")));

        Assert.Equal((0, 1), (Count(await Reconcile(seller), "open"), Count(await Reconcile(seller), "accepted")));
        await app.Database.Execute("update invoices set total = 2300 where id = $1", id);
        Assert.Equal(1, Count(await Reconcile(seller), "open"));
        await app.Database.Execute("update invoices set total = 2500 where id = $1", id);
        Assert.Equal((0, 1), (Count(await Reconcile(seller), "open"), await app.Database.Scalar<long>("select count(*) from reconciliation_drifts where our_id = $1 and state = 'repaired' and kind = 'invoice_amount'", id)));
    }

    [Fact]
    public async Task Every_difference_between_states_that_Stripe_may_have_and_ours_is_repaired_or_told()
    {
        var seller = await Seller.Open(app);
        var (uncollectible, voided, ahead) = (await Opened(seller), await Opened(seller), await Opened(seller));
        var client = app.Stripe.Client(seller.Account);
        await client.V1.Invoices.MarkUncollectibleAsync(await seller.StripeId(uncollectible));
        await client.V1.Invoices.VoidInvoiceAsync(await seller.StripeId(voided));
        await app.Database.Execute("update invoices set status = 'paid' where id = $1", ahead);

        var run = await Reconcile(seller);

        Assert.Equal(("incomplete", "void"), (Text(await seller.Invoice(uncollectible), "status"), Text(await seller.Invoice(voided), "status")));
        Assert.Equal((3, 1, 2), (Count(run, "found"), Count(run, "open"), Count(run, "repaired")));
        var left = Assert.Single(await Drifts(seller, run, "state=open"));
        Assert.Equal((ahead, "paid", "open"), (Text(left, "ourId"), Text(left, "inBooks"), Text(left, "atStripe")));
        await seller.Owner.Post($"{Path(run)}/drifts/{Text(left, "id")}/repair").ExpectProblem(HttpStatusCode.Conflict, "drift_not_repairable");
    }

    [Fact]
    public async Task An_invoice_that_Stripe_has_and_our_books_do_not_pair_is_paired_again()
    {
        var seller = await Seller.Open(app);
        var id = await Paid(seller);
        var stripeId = await seller.StripeId(id);
        await app.Database.Execute("delete from stripe_objects where our_id = $1", id);

        var run = await Reconcile(seller);

        Assert.Equal(stripeId, await seller.StripeId(id));
        Assert.Equal("paid", Text(await seller.Invoice(id), "status"));
        Assert.Equal("invoice_missing_here", Text(Assert.Single(await Drifts(seller, run)), "kind"));
    }

    [Fact]
    public async Task What_carries_an_invoice_s_id_is_not_taken_for_it_while_it_is_a_draft_or_over_another_amount()
    {
        var seller = await Seller.Open(app);
        await Opened(seller);
        await app.Database.Execute("update billing_integrations set queue_status = 'paused' where id = $1", seller.Integration);
        var id = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));
        await app.Database.Execute("update stripe_jobs set status = 'failed' where integration_id = $1", seller.Integration);
        await app.Database.Execute("update invoices set level = 'error' where id = $1", id);
        var client = app.Stripe.Client(seller.Account);
        var customer = await client.V1.Customers.CreateAsync(new CustomerCreateOptions { Email = "someone@example.com" });
        var made = await client.V1.Invoices.CreateAsync(new InvoiceCreateOptions
        {
            Customer = customer.Id, CollectionMethod = "send_invoice", DaysUntilDue = 9, AutoAdvance = false, Metadata = StripeMetadata.Of(seller.Integration, "org_1", id),
        });
        await client.V1.InvoiceItems.CreateAsync(new InvoiceItemCreateOptions { Customer = customer.Id, Invoice = made.Id, Amount = 999, Currency = "usd" });

        Assert.Equal(0, Count(await Reconcile(seller), "found"));
        await client.V1.Invoices.FinalizeInvoiceAsync(made.Id);
        var drift = Assert.Single(await Drifts(seller, await Reconcile(seller)));

        Assert.Equal(("invoice_amount", "2500 usd", "999 usd", "open"), (Text(drift, "kind"), Text(drift, "inBooks"), Text(drift, "atStripe"), Text(drift, "state")));
        Assert.Equal("draft", Text(await seller.Invoice(id), "status"));
        Assert.Equal(0L, await app.Database.Scalar<long>("select count(*) from stripe_objects where our_id = $1", id));
        await client.V1.Invoices.VoidInvoiceAsync(made.Id);
        Assert.Equal(0, Count(await Reconcile(seller), "open"));
    }

    [Fact]
    public async Task What_was_paid_in_part_and_not_told_is_found()
    {
        var seller = await Seller.Open(app);
        var id = await Paid(seller);
        await Reconcile(seller);
        await app.Database.Execute("update invoices set amount_paid = 100 where id = $1", id);

        var run = await Reconcile(seller);

        var drift = Assert.Single(await Drifts(seller, run));
        Assert.Equal(("invoice_payment", "100 usd paid", "2500 usd paid", "repaired"), (Text(drift, "kind"), Text(drift, "inBooks"), Text(drift, "atStripe"), Text(drift, "state")));
        Assert.Equal(2500L, await app.Database.Scalar<long>("select amount_paid from invoices where id = $1", id));
    }

    [Fact]
    public async Task An_invoice_that_is_gone_at_Stripe_is_issued_again_by_one_click()
    {
        var seller = await Seller.Open(app);
        var id = await Opened(seller);
        var client = app.Stripe.Client(seller.Account);
        var ours = await client.V1.Invoices.GetAsync(await seller.StripeId(id));
        // As after the test data of an account were deleted: nothing there has the id, or our metadata.
        await client.V1.Invoices.UpdateAsync(ours.Id, new InvoiceUpdateOptions { Metadata = new Dictionary<string, string> { ["marketplace_id"] = "", ["marketplace_integration"] = "" } });
        await app.Database.Execute("update stripe_objects set stripe_id = 'in_gone' where our_id = $1", id);

        var run = await Reconcile(seller);
        var drift = Assert.Single(await Drifts(seller, run));
        Assert.Equal(("invoice_missing_at_stripe", "open"), (Text(drift, "kind"), Text(drift, "state")));
        Assert.Equal("repairing", Text(await seller.Owner.Post($"{Path(run)}/drifts/{Text(drift, "id")}/repair").Expect<JsonElement>(), "state"));

        await Closed(seller, run, drift);
        Assert.Single(await app.Announced<ChangeRecorded>(c => c.Action == "reconciliation_drift.repaired" && c.ObjectId == Text(drift, "id")));
        Assert.Equal(1, await seller.InvoicesAtStripe(id));
        Assert.NotEqual("in_gone", await seller.StripeId(id));
    }

    [Fact]
    public async Task A_draft_that_nothing_is_on_its_way_to_issue_is_issued_by_one_click_for_all()
    {
        var seller = await Seller.Open(app);
        await app.Database.Execute("update billing_integrations set queue_status = 'paused' where id = $1", seller.Integration);
        var id = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));
        await app.Database.Execute("delete from stripe_jobs where integration_id = $1", seller.Integration);
        await app.Database.Execute("update billing_integrations set queue_status = 'running' where id = $1", seller.Integration);

        var run = await Reconcile(seller);
        var drift = Assert.Single(await Drifts(seller, run));
        Assert.Equal("invoice_not_issued", Text(drift, "kind"));
        Assert.Equal(1, (await seller.Owner.Post($"{Path(run)}/repair").Expect<JsonElement>(HttpStatusCode.Accepted)).GetProperty("repairing").GetInt32());

        await seller.Until(id, "open");
        await Closed(seller, run, drift);
        Assert.Single(await app.Announced<ChangeRecorded>(c => c.Action == "reconciliation.repaired" && c.ObjectId == Text(run, "id")));
        Assert.Equal(0, (await seller.Owner.Post($"{Path(run)}/repair").Expect<JsonElement>(HttpStatusCode.Accepted)).GetProperty("repairing").GetInt32());
    }

    [Fact]
    public async Task A_customer_that_was_deleted_at_Stripe_is_told_and_made_again_by_one_click()
    {
        var seller = await Seller.Open(app);
        var (customer, deleted) = await DeletedCustomer(seller);

        var run = await Reconcile(seller);
        var drift = Assert.Single(await Drifts(seller, run, "kind=customer_missing_at_stripe"));
        Assert.Equal((customer, deleted, "open"), (Text(drift, "ourId"), Text(drift, "stripeId"), Text(drift, "state")));
        await seller.Owner.Post($"{Path(run)}/drifts/{Text(drift, "id")}/repair").Expect();

        await Closed(seller, run, drift);
        Assert.NotEqual(deleted, await seller.StripeId(customer));
        Assert.Empty(await Drifts(seller, await Reconcile(seller), "kind=customer_missing_at_stripe"));
    }

    [Fact]
    public async Task A_customer_whose_deletion_is_heard_before_the_click_is_not_made_again()
    {
        var seller = await Seller.Open(app);
        var (customer, deleted) = await DeletedCustomer(seller);
        var run = await Reconcile(seller);
        var drift = Assert.Single(await Drifts(seller, run, "kind=customer_missing_at_stripe"));
        await seller.Hear(deleted, "customer.deleted", objectType: "customer");

        Assert.Equal("repaired", Text(await seller.Owner.Post($"{Path(run)}/drifts/{Text(drift, "id")}/repair").Expect<JsonElement>(), "state"));

        Assert.Equal(deleted, await seller.StripeId(customer));
        Assert.Empty((await app.Stripe.Client(seller.Account).V1.Customers.ListAsync(new CustomerListOptions { Limit = 100 })).Data);
    }

    [Fact]
    public async Task Objects_that_carry_our_metadata_and_are_none_of_ours_are_told_until_they_are_gone()
    {
        var seller = await Seller.Open(app);
        var id = await Opened(seller);
        var client = app.Stripe.Client(seller.Account);
        var ours = await client.V1.Invoices.GetAsync(await seller.StripeId(id));
        var twin = await client.V1.Invoices.CreateAsync(new InvoiceCreateOptions { Customer = ours.CustomerId, Metadata = ours.Metadata });
        var lost = await client.V1.Invoices.CreateAsync(new InvoiceCreateOptions { Customer = ours.CustomerId, Metadata = StripeMetadata.Of(seller.Integration, "org_1", TestCaller.NewId("inv")) });
        var stray = await client.V1.Customers.CreateAsync(new CustomerCreateOptions { Email = "stray@example.com", Metadata = StripeMetadata.Of(seller.Integration, "org_1", TestCaller.NewId("cst")) });
        await client.V1.Customers.CreateAsync(new CustomerCreateOptions { Email = "foreign@example.com" });

        var run = await Reconcile(seller);
        Assert.Equal(new[] { lost.Id, stray.Id, twin.Id }.Order(), (await Drifts(seller, run, "kind=unknown_object&state=open")).Select(d => Text(d, "stripeId")).Order());
        Assert.Equal(3, Count(run, "open"));

        await client.V1.Invoices.DeleteAsync(twin.Id);
        await client.V1.Invoices.DeleteAsync(lost.Id);
        await client.V1.Customers.DeleteAsync(stray.Id);
        Assert.Equal(0, Count(await Reconcile(seller), "open"));
        Assert.Equal(3, Count(await seller.Owner.Get(Path(run)), "repaired"));
    }

    [Fact]
    public async Task While_Stripe_is_away_a_run_waits_and_goes_on_and_a_revoked_key_ends_it()
    {
        var seller = await Seller.Open(app);
        var id = await Paid(seller);
        await app.Stripe.Fail(new { account = seller.Account, method = "GET", path = "/v1/invoices", kind = "status", status = 503, times = 1 });
        var run = await seller.Owner.Post("/v1/reconciliation", new { billingIntegrationId = seller.Integration }).Expect<JsonElement>(HttpStatusCode.Accepted);
        await Eventually.Until(async () => await app.Database.Scalar<int>("select attempts from reconciliation_runs where id = $1", Text(run, "id")) == 1, "it was tried once");
        Assert.Equal("stripe_error", Text((await seller.Owner.Get(Path(run))).GetProperty("error"), "code"));
        await seller.Owner.Post("/v1/reconciliation", new { billingIntegrationId = seller.Integration }).ExpectProblem(HttpStatusCode.Conflict, "reconciliation_running");
        await app.Database.Execute("update reconciliation_runs set next_attempt_at = now() where id = $1", Text(run, "id"));
        await Ended(seller, run);
        Assert.Equal("paid", Text(await seller.Invoice(id), "status"));

        await app.Stripe.Revoke(seller.Key);
        var refused = await Ended(seller, await seller.Owner.Post("/v1/reconciliation", new { billingIntegrationId = seller.Integration }).Expect<JsonElement>(HttpStatusCode.Accepted), "failed");
        Assert.Equal("key_revoked", Text(refused.GetProperty("error"), "code"));
        Assert.Equal("paused", (await seller.Queue()).GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_time_to_look_back_to_is_held_and_one_that_cannot_be_is_refused()
    {
        var seller = await Seller.Open(app);
        var since = app.Clock.GetUtcNow().AddDays(-200);
        var run = await seller.Owner.Post("/v1/reconciliation", new { billingIntegrationId = seller.Integration, since }).Expect<JsonElement>(HttpStatusCode.Accepted);
        Assert.Equal(since, run.GetProperty("since").GetDateTimeOffset(), TimeSpan.FromMilliseconds(1));
        await Ended(seller, run);
        await seller.Owner.Post("/v1/reconciliation", new { billingIntegrationId = seller.Integration, since = app.Clock.GetUtcNow().AddDays(1) }).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "since");
        await seller.Owner.Post("/v1/reconciliation", new { }).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "billingIntegrationId");
        await seller.Owner.GetAsync($"{Path(run)}/drifts?state=odd").ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "state");
        var refused = await seller.Owner.GetAsync($"{Path(run)}/drifts?kind=odd").ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "kind");
        Assert.Contains("invoice_status", refused.Errors!["kind"][0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Strangers_see_no_run_and_members_without_the_role_are_told_so()
    {
        var seller = await Seller.Open(app);
        await Paid(seller);
        var run = await Reconcile(seller);
        var drift = Assert.Single(await Drifts(seller, run));
        var stranger = app.ClientFor(TestCaller.Stranger());
        var viewer = app.ClientFor(TestCaller.Provider(seller.Organization, ServiceDefaults.Roles.ProductManager, ServiceDefaults.Roles.Viewer));
        Func<HttpClient, Task<HttpResponseMessage>>[] routes =
        [
            c => c.GetAsync(Path(run)), c => c.GetAsync(Path(run) + "/drifts"), c => c.Post(Path(run) + "/repair"), c => c.Post($"{Path(run)}/drifts/{Text(drift, "id")}/repair"),
            c => c.Post($"{Path(run)}/drifts/{Text(drift, "id")}/accept"), c => c.Post("/v1/reconciliation", new { billingIntegrationId = seller.Integration }),
        ];
        foreach (var route in routes)
        {
            await route(stranger).ExpectProblem(HttpStatusCode.NotFound, "not_found");
            await route(viewer).ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
            using var nobody = await route(app.Anonymous());
            Assert.Equal(HttpStatusCode.Unauthorized, nobody.StatusCode);
        }

        Assert.Empty((await stranger.Get("/v1/reconciliation")).GetProperty("data").EnumerateArray());
        Assert.Empty((await viewer.Get("/v1/reconciliation")).GetProperty("data").EnumerateArray());
        Assert.Equal(Text(run, "id"), Text(Assert.Single((await seller.Owner.Get("/v1/reconciliation")).GetProperty("data").EnumerateArray()), "id"));
        var all = await app.ClientFor(TestCaller.Operator()).Get($"/v1/reconciliation?billingIntegrationId={seller.Integration}");
        Assert.Single(all.GetProperty("data").EnumerateArray());
        var other = await Seller.Open(app);
        var elsewhere = await Reconcile(other);
        await other.Owner.Post($"{Path(elsewhere)}/drifts/{Text(drift, "id")}/accept").ExpectProblem(HttpStatusCode.NotFound, "not_found");
    }

    // The customer of an open invoice, deleted at Stripe without a word.
    private async Task<(string Customer, string StripeId)> DeletedCustomer(Seller seller)
    {
        var id = await Opened(seller);
        var customer = (await app.Database.Scalar<string>("select customer_id from invoices where id = $1", id))!;
        var stripeId = await seller.StripeId(customer);
        await app.Stripe.Client(seller.Account).V1.Customers.DeleteAsync(stripeId);
        return (customer, stripeId);
    }

    private async Task<string> Opened(Seller seller)
    {
        // Nothing but a reconciliation is to find out: not the poll, nor a look at the due date.
        var id = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500, paymentTermDays: 90)));
        await seller.Until(id, "open");
        await app.Database.Execute("update invoices set look_at = 'infinity' where id = $1", id);
        return id;
    }

    private async Task<string> Paid(Seller seller)
    {
        var id = await Opened(seller);
        await app.Stripe.Pay(Text(await seller.Invoice(id), "hostedInvoiceUrl")!);
        Assert.Equal("open", Text(await seller.Invoice(id), "status"));
        return id;
    }

    private static async Task<JsonElement> Reconcile(Seller seller) =>
        await Ended(seller, await seller.Owner.Post("/v1/reconciliation", new { billingIntegrationId = seller.Integration }).Expect<JsonElement>(HttpStatusCode.Accepted));

    private static Task<JsonElement> Ended(Seller seller, JsonElement run, string state = "finished") =>
        Eventually.Until(() => seller.Owner.Get(Path(run)), r => Text(r, "state") == state, $"the run is {state}", TimeSpan.FromSeconds(60));

    private static async Task Closed(Seller seller, JsonElement run, JsonElement drift) => await Eventually.Until(
        () => Drifts(seller, run), drifts => drifts.Any(d => Text(d, "id") == Text(drift, "id") && Text(d, "state") == "repaired"), "the difference is gone", TimeSpan.FromSeconds(60));

    private static async Task<List<JsonElement>> Drifts(Seller seller, JsonElement run, string filter = "") =>
        [.. (await seller.Owner.Get($"{Path(run)}/drifts?{filter}")).GetProperty("data").EnumerateArray()];

    private static string Path(JsonElement run) => $"/v1/reconciliation/{Text(run, "id")}";

    private static string? Text(JsonElement from, string name) => from.GetProperty(name).GetString();

    private static int Count(JsonElement run, string which) => run.GetProperty("drifts").GetProperty(which).GetInt32();

    private static int Examined(JsonElement run, string step) => run.GetProperty("steps").EnumerateArray().Single(s => Text(s, "name") == step).GetProperty("examined").GetInt32();

    private static (int Listed, int Missed, int Unanswered) Events(JsonElement run) =>
        (run.GetProperty("events").GetProperty("listed").GetInt32(), run.GetProperty("events").GetProperty("missed").GetInt32(), run.GetProperty("events").GetProperty("unanswered").GetInt32());
}
