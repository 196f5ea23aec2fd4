using Marketplace.Contracts.Catalog;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Invoicing.Tests;

/// <summary>How a tax setting is brought to all that Stripe renews: however much that is, and whatever is set meanwhile.</summary>
public sealed class BringTaxesTests(StillInvoicingApp app) : IClassFixture<StillInvoicingApp>
{
    private const int PageSize = 100;

    private static readonly PlanSnapshot Flat = Plans.Of(basePrice: 2500);

    private JobWorker Worker => app.Services.GetRequiredService<JobWorker>();

    private JobQueue Queue => app.Services.GetRequiredService<JobQueue>();

    [Theory]
    [InlineData(2 * PageSize)]
    [InlineData((2 * PageSize) + 1)]
    public async Task Every_subscription_is_given_its_job_however_many_pages_they_fill(int outdated)
    {
        var (seller, shop) = await Subscribed();
        await Copy(shop, "s", outdated - 1);
        await Copy(shop, "x", 4);
        var rate = Assert.Single(await seller.SetTaxes("19"));
        foreach (var (copy, change) in ((string, string)[])[("x1", $"taxes = 'rates:{rate}'"), ("x2", "status = 'incomplete'"), ("x3", "status = 'canceled'"), ("x4", "ended_at = now()")])
        {
            Assert.Equal(1, await app.Database.Execute($"update stripe_subscriptions set {change} where id = $1", shop.Subscription + copy));
        }

        await Worker.Carry(await Bringing(), default);

        Assert.Equal(await Outdated(shop), await Given(seller));
        Assert.Equal(outdated, (await Given(seller)).Count);
        Assert.Equal(0, await app.Database.Scalar<long>("select count(*) from stripe_jobs where integration_id = $1 and kind <> 'set_up_subscription'", seller.Integration));
        await Pause(seller);
    }

    [Fact]
    public async Task Killed_between_two_pages_it_goes_on_and_adds_no_job_twice()
    {
        var (seller, shop) = await Subscribed();
        await Copy(shop, "s", PageSize + 20);
        await seller.SetTaxes("19");
        var last = (await Outdated(shop))[^1].Split(' ')[1];
        await app.Database.Execute("insert into stripe_lanes (integration_id, lane) values ($1, $2)", seller.Integration, last);
        var job = await Bringing();
        using var killed = new CancellationTokenSource();
        await using (await app.Database.HoldRow("stripe_lanes", last, "lane"))
        {
            var carried = Worker.Carry(job, killed.Token);
            await app.Database.UntilBlockedOnLocks(1);
            await killed.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => carried);
        }

        Assert.Equal(PageSize, (await Given(seller)).Count);
        await app.Database.Execute("update stripe_jobs set lease_until = now() - interval '1 second' where id = $1", job.Id);
        await Worker.Carry(await Bringing(), default);

        Assert.Equal(await Outdated(shop), await Given(seller));
        await Pause(seller);
    }

    [Fact]
    public async Task A_setting_that_is_being_written_while_the_job_ends_is_seen_by_it_or_adds_its_own()
    {
        var (seller, shop) = await Subscribed();
        var bringing = await BringingNothing(seller);
        Task<List<string>> changed;
        Task brought;
        // The change is written and has found the job there; it is committed before the job leaves.
        await using (await app.Database.HoldRow("stripe_lanes", seller.Organization, "lane"))
        {
            changed = seller.SetTaxes("7");
            await app.Database.UntilBlockedOnLocks(1);
            brought = Worker.Carry(bringing, default);
            await app.Database.UntilBlockedOnLocks(2);
        }

        var rates = await changed;
        await brought;
        await Bears(shop, rates);
    }

    [Fact]
    public async Task A_setting_that_is_written_while_the_job_leaves_has_a_job_of_its_own()
    {
        var (seller, shop) = await Subscribed();
        var bringing = await BringingNothing(seller);
        Task<List<string>> changed;
        Task brought;
        // The job holds its lane and is about to leave; it saw the setting before the change.
        await using (await app.Database.HoldRow("stripe_jobs", bringing.Id))
        {
            brought = Worker.Carry(bringing, default);
            await app.Database.UntilBlockedOnLocks(1);
            changed = seller.SetTaxes("7");
            await app.Database.UntilBlockedOnLocks(2);
        }

        var rates = await changed;
        await brought;
        await Bears(shop, rates);
    }

    [Fact]
    public async Task Of_two_settings_at_once_Stripe_has_the_one_that_the_integration_shows()
    {
        var (seller, shop) = await Subscribed();
        string[] rates = [await seller.TaxRate("19"), await seller.TaxRate("7")];
        Task<HttpResponseMessage>[] changes;
        await using (await app.Database.HoldRow("billing_integrations", seller.Integration))
        {
            changes = [.. rates.Select(rate => seller.AskForTaxes("rates", rate))];
            await app.Database.UntilBlockedOnLocks(2);
        }

        await Task.WhenAll(changes.Select(change => change.Expect()));
        Assert.Equal("bring_taxes", Assert.Single(await seller.Jobs()).GetProperty("kind").GetString());
        await shop.Idle();
        var shown = (await seller.Owner.Get($"/v1/billing-integrations/{seller.Integration}")).GetProperty("tax").GetProperty("rates");
        await Bears(shop, shown.EnumerateArray().Select(rate => rate.GetString()!));
    }

    [Fact]
    public async Task A_plan_that_is_just_brought_to_Stripe_while_Stripe_Tax_is_set_is_told_to_be_before_tax()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        var shop = await Shop.Open(app, seller, seller.Approved(Flat));
        var jobs = await Queue.Claim(10, default);
        foreach (var job in jobs.Where(job => job.Kind != MirrorPlan.JobKind))
        {
            await Worker.Carry(job, default);
        }

        Task carried;
        Task changed;
        // The plan's job has read the setting and written that the plan is ready; neither is committed.
        await using (await app.Database.HoldRow("stripe_lanes", seller.Organization, "lane"))
        {
            carried = Worker.Carry(jobs.Single(job => job.Kind == MirrorPlan.JobKind), default);
            await app.Database.UntilBlockedOnLocks(1);
            changed = seller.SetTaxes("automatic");
            await app.Database.UntilBlockedOnLocks(2);
        }

        await carried;
        await changed;
        await shop.Idle();
        Assert.Equal("ready true", await app.Database.Scalar<string>("select status || ' ' || exclusive from plan_mirrors where integration_id = $1", seller.Integration));
        Assert.Equal("exclusive", (await shop.Client.V1.Prices.ListAsync()).Data.Single().TaxBehavior);
    }

    private async Task<(Seller Seller, Shop Shop)> Subscribed()
    {
        var seller = await Seller.Open(app, billingModel: "subscriptions");
        return (seller, await Shop.Subscribed(app, seller, Flat));
    }

    // The job that is due first.
    private async Task<StripeJob> Bringing()
    {
        var job = (await Queue.Claim(default))!;
        Assert.Equal(BringTaxes.JobKind, job.Kind);
        return job;
    }

    // Two changes wait in one job, which finds nothing to do.
    private async Task<StripeJob> BringingNothing(Seller seller)
    {
        await seller.SetTaxes("19");
        await seller.SetTaxes();
        return await Bringing();
    }

    private static async Task Bears(Shop shop, IEnumerable<string> rates)
    {
        await shop.Idle();
        Assert.Equal(rates, (await shop.AtStripe()).DefaultTaxRates.Select(rate => rate.Id));
    }

    // As many more that run, each of an organization of its own.
    private async Task Copy(Shop shop, string suffix, int copies)
    {
        foreach (var table in (string[])["subscriptions", "stripe_subscriptions"])
        {
            Assert.Equal(copies, await app.Database.Execute(
                $"""
                insert into {table} select (jsonb_populate_record(one, jsonb_build_object('id', one.id || $2 || n, 'organization_id', one.organization_id || $2 || n))).*
                from {table} one, generate_series(1, $3) n where one.id = $1
                """, shop.Subscription, suffix, copies));
        }
    }

    // With the lanes that their jobs belong in.
    private Task<List<string>> Outdated(Shop shop) => app.Database.Column<string>(
        "select id || ' ' || organization_id from stripe_subscriptions where integration_id = $1 and id not like $2 order by id", shop.Seller.Integration, shop.Subscription + "x%");

    private Task<List<string>> Given(Seller seller) =>
        app.Database.Column<string>("select subject_id || ' ' || lane from stripe_jobs where integration_id = $1 and kind = 'set_up_subscription' order by subject_id", seller.Integration);

    // Stripe does not know the copies: their jobs stay where they are.
    private Task<int> Pause(Seller seller) => app.Database.Execute("update billing_integrations set queue_status = 'paused' where id = $1", seller.Integration);
}
