using System.Text.Json;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Invoicing.Tests;

/// <summary>Many jobs at once, in two processes that share one database and one emulated Stripe. Nothing runs but what a test dispatches.</summary>
public sealed class JobDispatchTests(PacedInvoicingApp app) : IClassFixture<PacedInvoicingApp>
{
    private JobQueue Claims => app.Services.GetRequiredService<JobQueue>();

    private JobDispatcher Dispatcher => app.Services.GetRequiredService<JobDispatcher>();

    [Fact]
    public async Task Two_processes_drain_a_queue_once_and_every_request_has_a_slot_of_the_shared_rate()
    {
        await using var second = app.WithWebHostBuilder(_ => { });
        var seller = await Seller.Open(app);
        var invoices = new List<string>();
        for (var n = 0; n < 30; n++)
        {
            invoices.Add(await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500, setupFee: 1000))));
        }

        var before = (Slots: await Slots(seller), Requests: app.Stripe.Requests(seller.Key));
        var carried = await Task.WhenAll(Dispatcher.Run(default), second.Services.GetRequiredService<JobDispatcher>().Run(default));
        Assert.Equal(60, carried.Sum());
        Assert.Empty(await seller.Jobs());
        var atStripe = (await app.Stripe.Client(seller.Account).V1.Invoices.ListAsync(new() { Limit = 100 })).Data;
        Assert.Equal(invoices.Order(), atStripe.Select(i => i.Metadata["marketplace_id"]).Order());
        Assert.All(atStripe, invoice => Assert.Equal(("open", 3500L), (invoice.Status, invoice.Total)));
        // Slots may be given up or left over; a request without one may not be. How many a second holds is proven where slots are given.
        var requests = app.Stripe.Requests(seller.Key) - before.Requests;
        var slots = await Slots(seller) - before.Slots;
        Assert.True(slots >= requests && requests >= 30 * 5, $"{slots} slots for {requests} requests");
    }

    [Fact]
    public async Task A_long_queue_leaves_room_for_another_integration_s_first_job()
    {
        var busy = await Seller.Open(app);
        for (var n = 0; n < 50; n++)
        {
            await busy.Charge(busy.Approved(Plans.Of(basePrice: 100)));
        }

        var other = await Seller.Open(app);
        await other.Charge(other.Approved(Plans.Of(basePrice: 100)));
        await other.Charge(other.Approved(Plans.Of(basePrice: 100)));

        var claimed = await Claims.Claim(6, default);
        Assert.Equal((4, 2), (claimed.Count(j => j.IntegrationId == busy.Integration), claimed.Count(j => j.IntegrationId == other.Integration)));
        // However many are asked for, one integration's calls that hang do not take all workers: as many as its rate of 40 a second is worth.
        var more = await Claims.Claim(100, default);
        Assert.Equal(36, more.Count(j => j.IntegrationId == busy.Integration));
        await app.Database.Execute("update stripe_jobs set lease_until = now() - interval '1 second' where lease_until is not null");
        await app.Database.Execute("delete from stripe_jobs where integration_id = any($1)", (object)new[] { busy.Integration, other.Integration });
    }

    [Fact]
    public async Task An_account_that_goes_too_fast_is_slowed_down_and_costs_its_jobs_no_attempt()
    {
        var seller = await Seller.Open(app);
        var id = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));
        await app.Stripe.Fail(new
        {
            account = seller.Account, method = "POST", path = "/v1/invoices", kind = "status", status = 429,
            headers = new Dictionary<string, string> { ["Stripe-Rate-Limited-Reason"] = "global-rate" },
        });
        await Dispatcher.Run(default);

        Assert.Equal("open", (await seller.Invoice(id)).GetProperty("status").GetString());
        Assert.Equal(1, await app.Database.Scalar<int>("select attempts from stripe_jobs_done where subject_id = $1", id));
        var rate = (await Queue(seller)).GetProperty("rate");
        Assert.Equal((40, "global-rate"), (rate.GetProperty("limit").GetInt32(), rate.GetProperty("reason").GetString()));
    }

    [Fact]
    public async Task A_long_pause_that_Stripe_asks_for_stops_the_account_everywhere_and_nobody_else()
    {
        var seller = await Seller.Open(app);
        var other = await Seller.Open(app);
        var id = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));
        await app.Stripe.Fail(new
        {
            account = seller.Account, method = "POST", path = "/v1/customers", kind = "status", status = 429,
            headers = new Dictionary<string, string> { ["Retry-After"] = "600" },
        });
        await Dispatcher.Run(default);
        var queue = await Queue(seller);
        Assert.Equal(("running", 2L, 0L), (queue.GetProperty("status").GetString(), queue.GetProperty("waiting").GetInt64(), queue.GetProperty("retrying").GetInt64()));
        Assert.Equal("rate_limited", queue.GetProperty("head").GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(JsonValueKind.String, queue.GetProperty("rate").GetProperty("pausedUntil").ValueKind);
        Assert.False(queue.GetProperty("retryOffered").GetBoolean());

        // No process claims its jobs meanwhile, also one that hears of it from the database alone; others go on.
        await using var second = app.WithWebHostBuilder(_ => { });
        Assert.Null(await second.Services.GetRequiredService<JobQueue>().Claim(default));
        var elsewhere = await other.Charge(other.Approved(Plans.Of(basePrice: 100)));
        await Dispatcher.Run(default);
        Assert.Equal("open", (await other.Invoice(elsewhere)).GetProperty("status").GetString());

        await app.Database.Execute("update stripe_rates set paused_until = now() where account_id = $1", seller.Account);
        await Dispatcher.Run(default);
        Assert.Equal("open", (await seller.Invoice(id)).GetProperty("status").GetString());
        Assert.Equal(1, await app.Database.Scalar<int>("select attempts from stripe_jobs_done where subject_id = $1", id));
    }

    [Fact]
    public async Task A_job_that_somebody_has_tried_again_later_is_put_back_like_a_new_one_when_Stripe_slows_it_down()
    {
        var seller = await Seller.Open(app);
        var id = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));
        await app.Stripe.Fail(new { account = seller.Account, method = "POST", path = "/v1/invoices", kind = "status", status = 403 });
        await Dispatcher.Run(default);
        Assert.Equal("error", (await seller.Invoice(id)).GetProperty("level").GetString());
        await app.Advance(TimeSpan.FromHours(5));

        await app.Stripe.Fail(new
        {
            account = seller.Account, method = "POST", path = "/v1/invoices", kind = "status", status = 429,
            headers = new Dictionary<string, string> { ["Retry-After"] = "600" },
        });
        await seller.Owner.Post($"/v1/billing-integrations/{seller.Integration}/jobs/retry?confirm=retry").Expect();
        await Dispatcher.Run(default);
        await app.Database.Execute("update stripe_rates set paused_until = now() where account_id = $1", seller.Account);
        await Dispatcher.Run(default);

        Assert.Equal("open", (await seller.Invoice(id)).GetProperty("status").GetString());
        Assert.Equal(1, await app.Database.Scalar<int>("select attempts from stripe_jobs_done where subject_id = $1", id));
    }

    [Fact]
    public async Task A_retry_by_hand_waits_for_a_job_that_is_being_stopped_and_sets_it_going_again()
    {
        var seller = await Seller.Open(app);
        var id = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));
        await app.Stripe.Fail(new { account = seller.Account, method = "POST", path = "/v1/invoices", kind = "status", status = 401, times = 1 });
        Task stopped;
        Task<HttpResponseMessage> retried;
        await using (await app.Database.HoldRow("invoices", id))
        {
            stopped = Dispatcher.Run(default);
            await app.Database.UntilBlockedOnLocks(1);
            retried = seller.Owner.Post($"/v1/billing-integrations/{seller.Integration}/jobs/retry?confirm=retry");
            await app.Database.UntilBlockedOnLocks(2);
        }

        await stopped;
        await retried.Expect();
        await Dispatcher.Run(default);
        Assert.Equal("open", (await seller.Invoice(id)).GetProperty("status").GetString());
    }

    [Fact]
    public async Task An_object_that_another_request_holds_is_the_job_s_own_failure()
    {
        var seller = await Seller.Open(app);
        await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));
        await app.Stripe.Fail(new { account = seller.Account, method = "POST", path = "/v1/invoices", kind = "status", status = 429, code = "lock_timeout" });
        await Dispatcher.Run(default);
        var queue = await Queue(seller);
        Assert.Equal((1L, "lock_timeout"), (queue.GetProperty("retrying").GetInt64(), queue.GetProperty("head").GetProperty("error").GetProperty("code").GetString()));
        Assert.Equal(JsonValueKind.Null, queue.GetProperty("rate").GetProperty("reason").ValueKind);
        await app.Advance(TimeSpan.FromMinutes(2));
        await Dispatcher.Run(default);
        Assert.Empty(await seller.Jobs());
    }

    [Fact]
    public async Task Jobs_that_are_added_while_others_finish_keep_their_lane_s_head()
    {
        var seller = await Seller.Open(app);
        var organization = TestCaller.NewId("org");
        var adding = Task.Run(async () =>
        {
            for (var n = 0; n < 8; n++)
            {
                await seller.Charge(seller.Approved(Plans.Of(basePrice: 100 + n), organization));
            }
        });
        while (!adding.IsCompleted || (await seller.Jobs()).Count > 0)
        {
            await Dispatcher.Run(default);
            Assert.Equal(0, await app.Database.Scalar<long>(
                "select count(*) from stripe_jobs j where not exists (select from stripe_jobs h where h.integration_id = j.integration_id and h.lane = j.lane and h.head)"));
        }

        await adding;
        Assert.Equal(
            Enumerable.Range(100, 8).Select(n => (long)n),
            await app.Database.Column<long>("select i.total from stripe_jobs_done d join invoices i on i.id = d.subject_id where d.lane = $1 order by d.finished_at, d.id", organization));
    }

    [Fact]
    public async Task When_a_head_is_removed_the_next_job_of_its_lane_goes_on()
    {
        var seller = await Seller.Open(app);
        var organization = TestCaller.NewId("org");
        await seller.Charge(seller.Approved(Plans.Of(basePrice: 100), organization));
        var first = (await seller.Jobs())[0].GetProperty("id").GetString();
        await seller.Owner.Delete($"/v1/billing-integrations/{seller.Integration}/jobs/{first}").Expect(System.Net.HttpStatusCode.NoContent);
        await Dispatcher.Run(default);
        Assert.Empty(await seller.Jobs());
        Assert.Equal(
            ["removed create_customer", "finished issue_invoice"],
            await app.Database.Column<string>("select outcome || ' ' || kind from stripe_jobs_done where lane = $1 order by finished_at, id", organization));
    }

    private static Task<JsonElement> Queue(Seller seller) => seller.Owner.Get($"/v1/billing-integrations/{seller.Integration}/job-queue");

    private async Task<long> Slots(Seller seller) => await app.Database.Scalar<long>("select slots from stripe_rates where account_id = $1", seller.Account);
}

/// <summary>Invoicing without timers, where a low limit is to be seen.</summary>
public sealed class PacedInvoicingApp : InvoicingApp
{
    protected override bool TimersRun => false;

    protected override IEnumerable<KeyValuePair<string, string>> Settings => [.. base.Settings, new("Stripe:RequestsPerSecond:Test", "40")];
}
