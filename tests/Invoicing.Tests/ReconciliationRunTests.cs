using Marketplace.Storage;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Marketplace.Invoicing.Tests;

/// <summary>How runs begin, are carried on, and survive the process that had them under way. No timer runs: nothing happens but what the test does.</summary>
public sealed class ReconciliationRunTests(DailyReconciliation app) : IClassFixture<DailyReconciliation>
{
    [Fact]
    public async Task What_a_killed_process_had_under_way_goes_on_from_its_last_page_after_its_lease_and_its_own_progress_is_refused()
    {
        var seller = await Seller.Open(app);
        var run = await Begin(seller);
        var worker = app.Services.GetRequiredService<ReconciliationWorker>();
        var database = app.Services.GetRequiredService<Database>();
        Assert.Equal(1, await worker.Run(default));
        Assert.Equal("finished,waiting,waiting,waiting", await States(run));

        var killed = (await ReconciliationRun.Claim(database, default))!;
        Assert.Equal(run, killed.Id);
        Assert.Equal(0, await worker.Run(default));
        await app.Database.Execute("update reconciliation_runs set lease_until = now() - interval '1 second' where id = $1", run);
        while (await worker.Run(default) > 0)
        {
        }

        Assert.Equal("finished", await app.Database.Scalar<string>("select state from reconciliation_runs where id = $1", run));
        Assert.Equal("finished,finished,finished,skipped", await States(run));
        await using var transaction = await database.Begin(default);
        await Assert.ThrowsAsync<LeaseLostException>(() => killed.Leave(transaction, "running", 0, null, null, app.Clock.GetUtcNow(), default));
    }

    [Fact]
    public async Task Of_two_processes_one_carries_a_run()
    {
        var seller = await Seller.Open(app);
        var run = await Begin(seller);
        var database = app.Services.GetRequiredService<Database>();
        var claims = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => ReconciliationRun.Claim(database, default)));
        Assert.Single(claims, claim => claim?.Id == run);
        await app.Database.Execute("update reconciliation_runs set state = 'finished' where id = $1", run);
    }

    [Fact]
    public async Task A_run_looks_back_to_the_start_of_the_last_finished_one_and_a_first_one_for_thirty_days()
    {
        var seller = await Seller.Open(app);
        var first = await Begin(seller);
        var now = app.Clock.GetUtcNow();
        Assert.Equal(now.AddDays(-30), await Since(first), TimeSpan.FromMilliseconds(1));
        await Finish(first);
        app.Clock.Advance(TimeSpan.FromDays(3));
        var second = await Begin(seller);
        Assert.Equal(now.AddHours(-1), await Since(second), TimeSpan.FromMilliseconds(1));
        await Finish(second);
        app.Clock.Advance(TimeSpan.FromDays(70));
        var third = await Begin(seller);
        Assert.Equal(app.Clock.GetUtcNow().AddDays(-30), await Since(third), TimeSpan.FromMilliseconds(1));
        await Finish(third);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_run_looks_back_past_those_that_left_a_gap_or_could_not_list_events(bool isNarrow)
    {
        var seller = await Seller.Open(app);
        var began = app.Clock.GetUtcNow();
        await Finish(await Begin(seller));
        app.Clock.Advance(TimeSpan.FromDays(3));
        var blind = await Begin(seller, isNarrow ? app.Clock.GetUtcNow().AddHours(-2) : null);
        await (isNarrow ? Task.CompletedTask : app.Database.Execute("update reconciliation_steps set state = 'skipped' where run_id = $1 and name = 'events'", blind));
        await Finish(blind);
        app.Clock.Advance(TimeSpan.FromDays(1));

        var next = await Begin(seller);
        Assert.Equal(began.AddHours(-1), await Since(next), TimeSpan.FromMilliseconds(1));
        var seen = app.Clock.GetUtcNow();
        await Finish(next);
        app.Clock.Advance(TimeSpan.FromDays(1));

        // What that one saw it saw without a gap.
        var last = await Begin(seller);
        Assert.Equal(seen.AddHours(-1), await Since(last), TimeSpan.FromMilliseconds(1));
        await Finish(last);
    }

    [Fact]
    public async Task Each_integration_is_compared_once_a_day_at_a_time_of_its_own_and_once_for_days_that_passed_unseen()
    {
        var (one, other) = (await Seller.Open(app), await Seller.Open(app));
        await Due();
        Assert.Equal((0, 0), (await Runs(one), await Runs(other)));
        Assert.NotEqual(await Next(one), await Next(other));
        Assert.InRange(await Next(one), app.Clock.GetUtcNow().UtcDateTime, app.Clock.GetUtcNow().UtcDateTime.AddDays(2));

        app.Clock.MoveTo(new DateTimeOffset(await Next(one), TimeSpan.Zero));
        await Due();
        Assert.Equal(1, await Runs(one));
        await Due();
        Assert.Equal(1, await Runs(one));
        await app.Database.Execute("update reconciliation_runs set state = 'finished' where integration_id = $1", one.Integration);

        app.Clock.Advance(TimeSpan.FromDays(10));
        await Due();
        Assert.Equal(2, await Runs(one));
        Assert.InRange(await Next(one), app.Clock.GetUtcNow().UtcDateTime, app.Clock.GetUtcNow().UtcDateTime.AddDays(1));
        await app.Database.Execute("update reconciliation_runs set state = 'finished'");
    }

    [Fact]
    public async Task A_webhook_that_is_applied_while_a_run_looks_is_no_difference()
    {
        var seller = await Seller.Open(app);
        var id = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));
        while (await app.Services.GetRequiredService<JobWorker>().RunOne(default))
        {
        }

        var (client, stripeId) = (app.Stripe.Client(seller.Account), await seller.StripeId(id));
        await client.V1.Invoices.MarkUncollectibleAsync(stripeId);
        // Stripe's clock stays where it is; another test may have moved ours by months.
        var run = await Begin(seller, app.Clock.GetUtcNow().AddYears(-2));
        await using var webhook = await app.Database.Source.OpenConnectionAsync();
        await using var transaction = await webhook.BeginTransactionAsync();
        await using var paid = new NpgsqlCommand("update invoices set status = 'paid', amount_paid = total, version = version + 1 where id = $1", webhook, transaction) { Parameters = { new() { Value = id } } };
        await paid.ExecuteNonQueryAsync();
        var page = app.Services.GetRequiredService<ReconciliationWorker>().Run(default);
        await app.Database.UntilBlockedOnLocks(1);

        await client.V1.Invoices.PayAsync(stripeId, new Stripe.InvoicePayOptions { PaidOutOfBand = true });
        await transaction.CommitAsync();
        await page;

        Assert.Equal("finished,waiting,waiting,waiting", await States(run));
        Assert.Equal(0L, await app.Database.Scalar<long>("select count(*) from reconciliation_drifts where integration_id = $1", seller.Integration));
        await app.Database.Execute("update reconciliation_runs set state = 'finished' where id = $1", run);
    }

    [Fact]
    public async Task A_step_that_meets_a_defect_each_time_fails_by_itself_and_the_next_run_sees_what_this_one_did_not()
    {
        var seller = await Seller.Open(app, lists: true);
        var began = app.Clock.GetUtcNow();
        await Finish(await Begin(seller));
        app.Clock.Advance(TimeSpan.FromDays(3));
        var run = await Begin(seller);
        var steps = app.Services.GetServices<IReconciliationStep>().Select(step => step is CompareCustomers ? new Defective(step) : step);

        await Carry(ActivatorUtilities.CreateInstance<ReconciliationWorker>(app.Services, steps), run);

        Assert.Equal("finished,finished,failed,finished", await States(run));
        var ended = await seller.Owner.Get($"/v1/reconciliation/{run}");
        Assert.Equal(("failed", "step_failed"), (ended.GetProperty("state").GetString(), ended.GetProperty("error").GetProperty("code").GetString()));
        Assert.StartsWith("customers: internal_error", ended.GetProperty("error").GetProperty("detail").GetString(), StringComparison.Ordinal);
        app.Clock.Advance(TimeSpan.FromDays(1));
        var next = await Begin(seller);
        Assert.Equal(began.AddHours(-1), await Since(next), TimeSpan.FromMilliseconds(1));
        await Finish(next);
    }

    [Fact]
    public async Task Of_customers_that_carry_the_metadata_of_one_that_lost_its_pair_the_first_made_is_ours_and_the_others_are_told()
    {
        var seller = await Seller.Open(app);
        await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));
        while (await app.Services.GetRequiredService<JobWorker>().RunOne(default))
        {
        }

        var customer = (await app.Database.Scalar<string>("select id from customers where integration_id = $1", seller.Integration))!;
        var (client, atStripe) = (app.Stripe.Client(seller.Account), await seller.StripeId(customer));
        var metadata = (await client.V1.Customers.GetAsync(atStripe)).Metadata;
        var copy = await client.V1.Customers.CreateAsync(new Stripe.CustomerCreateOptions { Email = "copy@example.com", Metadata = metadata });
        await app.Database.Execute("delete from stripe_objects where our_id = $1", customer);
        var run = await Begin(seller);

        await Carry(app.Services.GetRequiredService<ReconciliationWorker>(), run);

        Assert.Equal("finished", await app.Database.Scalar<string>("select state from reconciliation_runs where id = $1", run));
        Assert.Equal(atStripe, await seller.StripeId(customer));
        var drifts = (await seller.Owner.Get($"/v1/reconciliation/{run}/drifts")).GetProperty("data").EnumerateArray().Select(d => (d.GetProperty("kind").GetString(), d.GetProperty("stripeId").GetString(), d.GetProperty("state").GetString()));
        Assert.Equal([("customer_missing_here", atStripe, "repaired"), ("unknown_object", copy.Id, "open")], drifts.Order());
    }

    // Page by page to its end, without the waits between attempts.
    private async Task Carry(ReconciliationWorker worker, string run)
    {
        do
        {
            await app.Database.Execute("update reconciliation_runs set next_attempt_at = now() where id = $1", run);
        }
        while (await worker.Run(default) > 0);
    }

    private Task Finish(string run) => app.Database.Execute("update reconciliation_runs set state = 'finished' where id = $1", run);

    private async Task<DateTimeOffset> Since(string run) => new(await app.Database.Scalar<DateTime>("select since from reconciliation_runs where id = $1", run), TimeSpan.Zero);

    private Task<int> Due() => StartReconciliation.WhatIsDue(app.Services, app.Clock.GetUtcNow(), default);

    private Task<long> Runs(Seller seller) => app.Database.Scalar<long>("select count(*) from reconciliation_runs where integration_id = $1 and trigger = 'schedule'", seller.Integration);

    private Task<DateTime> Next(Seller seller) => app.Database.Scalar<DateTime>("select next_run_at from reconciliation_schedule where integration_id = $1", seller.Integration);

    private Task<string?> States(string run) => app.Database.Scalar<string>("select string_agg(state, ',' order by position) from reconciliation_steps where run_id = $1", run);

    private static async Task<string> Begin(Seller seller, DateTimeOffset? since = null) => (await seller.Owner.Post("/v1/reconciliation", new { billingIntegrationId = seller.Integration, since }).Expect<System.Text.Json.JsonElement>(
        System.Net.HttpStatusCode.Accepted)).GetProperty("id").GetString()!;
}

/// <summary>A step with a defect that every page meets.</summary>
public sealed class Defective(IReconciliationStep step) : IReconciliationStep
{
    public string Name => step.Name;

    public bool Concerns(BillingIntegration integration) => true;

    public Task<ComparedPage> Compare(ReconciliationRun run, BillingIntegration integration, string? cursor, CancellationToken cancellation) => throw new InvalidOperationException("a defect");

    public Task<DriftVerdict> Look(Drift drift, BillingIntegration integration, bool byHand, CancellationToken cancellation) => step.Look(drift, integration, byHand, cancellation);
}

/// <summary>Invoicing without timers, whose schedule is on: the test is the timer.</summary>
public sealed class DailyReconciliation : InvoicingApp
{
    protected override bool TimersRun => false;

    protected override IEnumerable<KeyValuePair<string, string>> Settings => [.. base.Settings.Where(setting => setting.Key != "Reconciliation:Daily")];
}
