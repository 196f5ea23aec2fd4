using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Storage;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Invoicing.Tests;

/// <summary>The queue with no timers of its own: each test carries the jobs out and moves the clock. Tests of this class take turns, so that
/// one does not carry out another one's jobs.</summary>
public sealed class JobQueueTests(StillInvoicingApp app) : IClassFixture<StillInvoicingApp>
{
    private JobWorker Worker => app.Services.GetRequiredService<JobWorker>();

    private JobQueue Claims => app.Services.GetRequiredService<JobQueue>();

    [Theory]
    [InlineData("/v1/customers", "lost")]
    [InlineData("/v1/invoices", "lost")]
    [InlineData("/v1/invoiceitems", "lost")]
    [InlineData("/v1/invoices/*/finalize", "lost")]
    [InlineData("/v1/customers", "status")]
    [InlineData("/v1/invoices", "status")]
    [InlineData("/v1/invoiceitems", "status")]
    [InlineData("/v1/invoices/*/finalize", "status")]
    public async Task An_answer_that_never_came_or_a_recorded_500_makes_one_invoice_all_the_same(string path, string kind)
    {
        var seller = await Seller.Open(app);
        var id = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500, setupFee: 1000)));
        // The call is carried out although its answer says otherwise: the worst of both.
        await app.Stripe.Fail(new { account = seller.Account, method = "POST", path, kind, status = 500, executes = true });
        await Drain();
        await app.Advance(TimeSpan.FromMinutes(2));
        await Drain();

        var invoice = await seller.Invoice(id);
        Assert.Equal("open", invoice.GetProperty("status").GetString());
        Assert.Equal(1, await seller.InvoicesAtStripe(id));
        var client = app.Stripe.Client(seller.Account);
        Assert.Single((await client.V1.Customers.ListAsync()).Data);
        Assert.Equal(3500, (await client.V1.Invoices.GetAsync(await seller.StripeId(id))).Total);
        Assert.Empty(await seller.Jobs());
    }

    [Fact]
    public async Task A_500_that_did_nothing_is_tried_again_under_a_new_key()
    {
        var seller = await Seller.Open(app);
        var id = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));
        await app.Stripe.Fail(new { account = seller.Account, method = "POST", path = "/v1/invoices", kind = "status", status = 500 });
        await Drain();
        Assert.Equal("retrying", (await seller.Jobs()).Single().GetProperty("status").GetString());
        await app.Advance(TimeSpan.FromMinutes(2));
        await Drain();
        Assert.Equal("open", (await seller.Invoice(id)).GetProperty("status").GetString());
    }

    [Fact]
    public async Task The_answer_lost_more_than_a_day_ago_is_looked_up_before_anything_is_made()
    {
        var seller = await Seller.Open(app);
        var id = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));
        await Drain(jobs: 1);
        await app.Stripe.Fail(new { account = seller.Account, method = "POST", path = "/v1/invoices", kind = "lost" });
        await Drain();
        // Stripe forgets idempotency keys after a day.
        await app.Advance(TimeSpan.FromHours(25));
        await Drain();
        Assert.Equal("open", (await seller.Invoice(id)).GetProperty("status").GetString());
        Assert.Equal(1, await seller.InvoicesAtStripe(id));
    }

    [Fact]
    public async Task After_five_retries_in_seventy_minutes_the_lane_is_blocked_and_another_one_is_not()
    {
        var seller = await Seller.Open(app);
        var first = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));
        await Drain(jobs: 1);
        await app.Stripe.Fail(new { account = seller.Account, method = "POST", path = "/v1/invoices", kind = "status", status = 503, times = 6 });
        foreach (var seconds in (int[])[10, 50, 240, 900, 3000])
        {
            await Drain();
            Assert.Equal("retrying", (await seller.Jobs()).Single().GetProperty("status").GetString());
            // The error is shown, but a retry by hand is not offered while the job is still retried by itself.
            var retrying = await seller.Queue();
            Assert.Equal((JsonValueKind.String, false), (retrying.GetProperty("error").ValueKind, retrying.GetProperty("retryOffered").GetBoolean()));
            Assert.Equal("pending", (await seller.Invoice(first)).GetProperty("level").GetString());
            await seller.Owner.Post($"/v1/billing-integrations/{seller.Integration}/jobs/retry?confirm=retry").ExpectProblem(HttpStatusCode.Conflict, "queue_not_stuck");
            await app.Advance(TimeSpan.FromSeconds(seconds - 1));
            await Drain();
            await app.Advance(TimeSpan.FromSeconds(1));
        }

        await Drain();
        var stuck = (await seller.Jobs()).Single();
        Assert.Equal(("blocked", 6, "stripe_error"), (stuck.GetProperty("status").GetString(), stuck.GetProperty("attempts").GetInt32(), stuck.GetProperty("error").GetProperty("code").GetString()));
        var blocked = await seller.Invoice(first);
        Assert.Equal(("draft", "error", "job_blocked"), (
            blocked.GetProperty("status").GetString(), blocked.GetProperty("level").GetString(), blocked.GetProperty("reasons")[0].GetProperty("type").GetString()));
        Assert.Equal(("blocked", 1), ((await seller.Queue()).GetProperty("status").GetString(), (await seller.Queue()).GetProperty("blocked").GetInt32()));
        Assert.True((await seller.Queue()).GetProperty("retryOffered").GetBoolean());

        var second = await seller.Charge(seller.Approved(Plans.Of(basePrice: 700)));
        await Drain();
        Assert.Equal("open", (await seller.Invoice(second)).GetProperty("status").GetString());

        await seller.Owner.Post($"/v1/invoices/{first}/retry").Expect();
        await Drain();
        Assert.Equal(("open", "success"), ((await seller.Invoice(first)).GetProperty("status").GetString(), (await seller.Invoice(first)).GetProperty("level").GetString()));
        await seller.Owner.Post($"/v1/invoices/{first}/retry").ExpectProblem(HttpStatusCode.Conflict, "invoice_not_in_error");
        Assert.Single(await app.Announced<ChangeRecorded>(c => c.Action == "invoice.retried" && c.ObjectId == first));
        await seller.Owner.Post($"/v1/invoices/{first}/void").Expect(HttpStatusCode.Accepted);
        Assert.Single(await app.Announced<ChangeRecorded>(c => c.Action == "invoice.void_requested" && c.ObjectId == first));
        await Drain();
        Assert.False((await seller.Queue()).GetProperty("retryOffered").GetBoolean());
    }

    [Fact]
    public async Task What_Stripe_refuses_fails_at_once_and_goes_on_when_it_is_put_right()
    {
        var seller = await Seller.Open(app);
        var organization = TestCaller.NewId("org");
        var first = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500), organization));
        await Drain(jobs: 1);
        await app.Stripe.Fail(new { account = seller.Account, method = "POST", path = "/v1/invoices", kind = "status", status = 400 });
        var behind = await seller.Charge(seller.Approved(Plans.Of(basePrice: 300), organization));
        await Drain();

        var jobs = await seller.Jobs();
        Assert.Equal(["failed", "waiting"], jobs.Select(j => j.GetProperty("status").GetString()));
        Assert.Equal([first, behind], jobs.Select(j => j.GetProperty("subjectId").GetString()));
        Assert.Equal("failed", (await seller.Queue()).GetProperty("status").GetString());
        Assert.Equal("error", (await seller.Invoice(behind)).GetProperty("level").GetString());

        Assert.Equal(1, (await seller.Owner.Post($"/v1/billing-integrations/{seller.Integration}/jobs/retry?confirm=retry").Expect<JsonElement>()).GetProperty("retried").GetInt32());
        Assert.Equal("""{"stuck":1,"paused":false}""", Assert.Single(await app.Announced<ChangeRecorded>(c => c.Action == "stripe_jobs.retried" && c.ObjectId == seller.Integration)).Before);
        await Drain();
        Assert.Equal("open open", $"{(await seller.Invoice(first)).GetProperty("status")} {(await seller.Invoice(behind)).GetProperty("status")}");
    }

    [Fact]
    public async Task A_revoked_key_pauses_the_whole_integration_until_it_is_replaced()
    {
        var seller = await Seller.Open(app);
        var other = await Seller.Open(app);
        await app.Stripe.Revoke(seller.Key);
        var first = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));
        var second = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));
        var elsewhere = await other.Charge(other.Approved(Plans.Of(basePrice: 2500)));
        await Drain();

        var queue = await seller.Queue();
        Assert.Equal(("paused", 1), (queue.GetProperty("status").GetString(), queue.GetProperty("blocked").GetInt32()));
        Assert.StartsWith("key_revoked", queue.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal("open", (await other.Invoice(elsewhere)).GetProperty("status").GetString());
        Assert.Null(await Claims.NextDue(default));

        await seller.Owner.Post($"/v1/billing-integrations/{seller.Integration}/keys", new { publishableKey = EmulatedStripe.Publishable(seller.Account), secretKey = await app.Stripe.Restricted(seller.Account) }).Expect();
        await Drain();
        Assert.All([await seller.Invoice(first), await seller.Invoice(second)], invoice => Assert.Equal("open", invoice.GetProperty("status").GetString()));
        Assert.Equal("idle", (await seller.Queue()).GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_missing_permission_pauses_too_and_a_retry_goes_on_once_it_is_granted()
    {
        var seller = await Seller.Open(app);
        var id = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));
        await app.Stripe.Fail(new { account = seller.Account, method = "POST", path = "/v1/invoices", kind = "status", status = 403 });
        await Drain();
        Assert.Equal("paused", (await seller.Queue()).GetProperty("status").GetString());
        Assert.Equal("error", (await seller.Invoice(id)).GetProperty("level").GetString());
        await seller.Owner.Post($"/v1/billing-integrations/{seller.Integration}/jobs/retry?confirm=retry").Expect();
        await Drain();
        Assert.Equal("open", (await seller.Invoice(id)).GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_hanging_call_holds_no_transaction_and_its_job_goes_on_later()
    {
        var seller = await Seller.Open(app);
        var id = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));
        await Drain(jobs: 1);
        await app.Stripe.Fail(new { account = seller.Account, method = "POST", path = "/v1/invoices", kind = "timeout", seconds = 30 });
        var hanging = Drain(jobs: 1);
        await Eventually.Until(async () => (await seller.Jobs()).Single().GetProperty("status").GetString() == "running", "the job runs");
        Assert.Equal(0, await app.Database.Scalar<long>("select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'"));
        await hanging;
        Assert.Equal("stripe_timeout", (await seller.Jobs()).Single().GetProperty("error").GetProperty("code").GetString());
        await app.Advance(TimeSpan.FromMinutes(1));
        await Drain();
        Assert.Equal("open", (await seller.Invoice(id)).GetProperty("status").GetString());
        Assert.Equal(1, await seller.InvoicesAtStripe(id));
    }

    [Fact]
    public async Task A_lane_keeps_its_order_and_two_workers_never_hold_it_both()
    {
        var seller = await Seller.Open(app);
        var organization = TestCaller.NewId("org");
        await seller.Charge(seller.Approved(Plans.Of(basePrice: 100), organization));
        await seller.Charge(seller.Approved(Plans.Of(basePrice: 200), organization));
        await seller.Charge(seller.Approved(Plans.Of(basePrice: 300)));

        var claims = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Claims.Claim(default)));
        var held = claims.OfType<StripeJob>().ToList();
        Assert.Equal(2, held.Count);
        Assert.All(held, job => Assert.Equal("create_customer", job.Kind));
        Assert.NotEqual(held[0].Lane, held[1].Lane);
        foreach (var job in held)
        {
            await Worker.Carry(job, default);
        }

        await Drain();
        Assert.Equal(
            ["create_customer", "issue_invoice", "issue_invoice"],
            await app.Database.Column<string>("select kind from stripe_jobs_done where integration_id = $1 and lane = $2 order by finished_at, id", seller.Integration, organization));
        Assert.Equal([100L, 200L], (await app.Stripe.Client(seller.Account).V1.Invoices.ListAsync()).Data.Where(i => i.Total < 300).OrderBy(i => i.Number, StringComparer.Ordinal).Select(i => i.Total));
    }

    [Fact]
    public async Task With_one_lane_everything_goes_one_by_one_and_a_stuck_head_stops_all()
    {
        var seller = await Seller.Open(app, lanes: 1);
        var first = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));
        var second = await seller.Charge(seller.Approved(Plans.Of(basePrice: 700)));
        var head = (await Claims.Claim(default))!;
        Assert.Null(await Claims.Claim(default));
        await Worker.Carry(head, default);
        await app.Stripe.Fail(new { account = seller.Account, method = "POST", path = "/v1/invoices", kind = "status", status = 400 });
        await Drain();
        Assert.Equal(["failed", "waiting", "waiting"], (await seller.Jobs()).Select(j => j.GetProperty("status").GetString()));
        Assert.Equal("error", (await seller.Invoice(second)).GetProperty("level").GetString());
        // Behind another one's stuck job: the retry fires what stands in the way.
        await seller.Owner.Post($"/v1/invoices/{second}/retry").Expect();
        await Drain();
        Assert.All([await seller.Invoice(first), await seller.Invoice(second)], invoice => Assert.Equal("open", invoice.GetProperty("status").GetString()));
    }

    [Fact]
    public async Task A_worker_that_comes_back_from_the_dead_applies_nothing()
    {
        var seller = await Seller.Open(app);
        var id = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));
        await Drain(jobs: 1);
        var zombie = (await Claims.Claim(default))!;
        await app.Database.Execute("update stripe_jobs set lease_until = now() - interval '1 second' where id = $1", zombie.Id);
        var heir = (await Claims.Claim(default))!;
        Assert.Equal((zombie.Id, zombie.Lease + 1), (heir.Id, heir.Lease));

        await Worker.Carry(zombie, default);
        Assert.Equal("draft", (await seller.Invoice(id)).GetProperty("status").GetString());
        Assert.Equal("running", (await seller.Jobs()).Single().GetProperty("status").GetString());

        await Worker.Carry(heir, default);
        Assert.Equal("open", (await seller.Invoice(id)).GetProperty("status").GetString());
        Assert.Equal(1, await seller.InvoicesAtStripe(id));
    }

    [Fact]
    public async Task Jobs_are_listed_removed_and_cleared_with_a_confirmation()
    {
        var seller = await Seller.Open(app);
        var id = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));
        var path = $"/v1/billing-integrations/{seller.Integration}/jobs";
        var page = await seller.Owner.Get(path + "?limit=1");
        Assert.Equal("create_customer", page.GetProperty("data")[0].GetProperty("kind").GetString());
        var job = (await seller.Owner.Get($"{path}?limit=1&cursor={page.GetProperty("nextCursor").GetString()}")).GetProperty("data")[0];
        Assert.Equal(("issue_invoice", id, "waiting"), (job.GetProperty("kind").GetString(), job.GetProperty("subjectId").GetString(), job.GetProperty("status").GetString()));

        var jobPath = $"{path}/{job.GetProperty("id").GetString()}";
        Assert.Equal(id, (await seller.Owner.Get(jobPath)).GetProperty("subjectId").GetString());
        await seller.Owner.Delete(jobPath).Expect(HttpStatusCode.NoContent);
        await seller.Owner.GetAsync(jobPath).ExpectProblem(HttpStatusCode.NotFound, "not_found");
        Assert.Equal("job_removed", (await seller.Invoice(id)).GetProperty("reasons")[0].GetProperty("type").GetString());

        await seller.Owner.Delete(path).ExpectProblem(HttpStatusCode.BadRequest, "confirmation_required", "confirm");
        var cleared = await seller.Owner.Delete(path + "?confirm=clear").Expect<JsonElement>();
        Assert.Equal((1, 0), (cleared.GetProperty("removed").GetInt32(), cleared.GetProperty("running").GetInt32()));
        Assert.Equal(2, (await app.Announced<ChangeRecorded>(c => c.Action == "stripe_jobs.removed" && c.ObjectId == seller.Integration && c.Actor is not null && c.Before is not null)).Count);

        await seller.Owner.Post($"/v1/invoices/{id}/retry").Expect();
        await Drain();
        Assert.Equal("open", (await seller.Invoice(id)).GetProperty("status").GetString());
    }

    [Theory]
    [InlineData("/v1/customers")]
    [InlineData("/v1/invoices")]
    [InlineData("/v1/invoiceitems")]
    [InlineData("/v1/invoices/*/finalize")]
    public async Task What_a_removed_job_made_at_Stripe_is_not_made_again_by_its_retry(string path)
    {
        var seller = await Seller.Open(app);
        var id = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500, setupFee: 1000)));
        await RemoveAfterLostAnswer(seller, path);

        await seller.Owner.Post($"/v1/invoices/{id}/retry").Expect();
        await Drain();
        Assert.Equal("open", (await seller.Invoice(id)).GetProperty("status").GetString());
        Assert.Equal(1, await seller.InvoicesAtStripe(id));
        var client = app.Stripe.Client(seller.Account);
        Assert.Single((await client.V1.Customers.ListAsync()).Data);
        Assert.Equal(3500, (await client.V1.Invoices.GetAsync(await seller.StripeId(id))).Total);
    }

    [Theory]
    [InlineData("/v1/invoices", 0)]
    [InlineData("/v1/invoices/*/finalize", 1)]
    public async Task What_a_removed_job_made_at_Stripe_is_voided_there(string path, int left)
    {
        var seller = await Seller.Open(app);
        var id = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));
        await RemoveAfterLostAnswer(seller, path);
        // As if the process had died before it could record what Stripe made.
        await app.Database.Execute("delete from stripe_objects where our_id = $1", id);

        await seller.Owner.Post($"/v1/invoices/{id}/void").Expect(HttpStatusCode.Accepted);
        await Drain();
        Assert.Equal("void", (await seller.Invoice(id)).GetProperty("status").GetString());
        Assert.Equal(left, await seller.InvoicesAtStripe(id));
        Assert.DoesNotContain((await app.Stripe.Client(seller.Account).V1.Invoices.ListAsync()).Data, invoice => invoice.Status != "void");
    }

    [Fact]
    public async Task A_row_that_cannot_be_marked_past_due_stops_no_other_and_is_put_off()
    {
        var seller = await Seller.Open(app);
        var broken = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));
        var sound = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));
        await Drain();
        await app.Database.Execute($"alter table invoices add constraint broken_row check (id <> '{broken}' or status <> 'past_due')");
        try
        {
            await app.Advance(TimeSpan.FromDays(60));
            await app.Database.Execute("update invoices set due_check_at = due_check_at - interval '1 minute' where id = $1", broken);
            var timer = app.Make<MarkPastDue>();
            await timer.Run(default);
            Assert.Equal("open past_due", $"{(await seller.Invoice(broken)).GetProperty("status")} {(await seller.Invoice(sound)).GetProperty("status")}");
            Assert.Equal(0, await timer.Run(default));
        }
        finally
        {
            await app.Database.Execute("alter table invoices drop constraint broken_row");
        }
    }

    [Fact]
    public async Task A_running_job_is_not_removed()
    {
        var seller = await Seller.Open(app);
        await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));
        var running = (await Claims.Claim(default))!;
        await seller.Owner.Delete($"/v1/billing-integrations/{seller.Integration}/jobs/{running.Id}").ExpectProblem(HttpStatusCode.Conflict, "job_running");
        await Worker.Carry(running, default);
        await Drain();
    }

    [Fact]
    public async Task A_draft_over_another_total_than_ours_is_never_made_payable()
    {
        var seller = await Seller.Open(app);
        var id = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));
        await Drain(jobs: 1);
        await app.Stripe.Fail(new { account = seller.Account, method = "POST", path = "/v1/invoiceitems", kind = "lost" });
        await Drain();
        var stripeId = await seller.StripeId(id);
        var client = app.Stripe.Client(seller.Account);
        var draft = await client.V1.Invoices.GetAsync(stripeId);
        await client.V1.InvoiceItems.CreateAsync(new() { Customer = draft.CustomerId, Invoice = stripeId, Amount = 1, Currency = "usd" });
        await app.Advance(TimeSpan.FromMinutes(2));
        await Drain();
        Assert.Equal("total_mismatch", (await seller.Jobs()).Single().GetProperty("error").GetProperty("code").GetString());
        Assert.Equal("draft", (await client.V1.Invoices.GetAsync(stripeId)).Status);

        // What cannot be issued can be given up: the draft goes away at Stripe too.
        await seller.Owner.Post($"/v1/invoices/{id}/void").Expect(HttpStatusCode.Accepted);
        await Drain();
        Assert.Equal("void", (await seller.Invoice(id)).GetProperty("status").GetString());
        Assert.Equal(0, await seller.InvoicesAtStripe(id));
        Assert.Empty(await seller.Jobs());
    }

    // The call is carried out, its answer is lost, and a person then clears the queue.
    private async Task RemoveAfterLostAnswer(Seller seller, string path)
    {
        await app.Stripe.Fail(new { account = seller.Account, method = "POST", path, kind = "lost", executes = true });
        await Drain();
        await seller.Owner.Delete($"/v1/billing-integrations/{seller.Integration}/jobs?confirm=clear").Expect();
    }

    private async Task Drain(int jobs = 100)
    {
        while (jobs-- > 0 && await Worker.RunOne(default))
        {
            // Until nothing is due.
        }
    }
}
