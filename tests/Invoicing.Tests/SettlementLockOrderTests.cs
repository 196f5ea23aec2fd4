using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Invoicing.Tests;

/// <summary>A settlement keeps the order in which every write locks: its invoice first, the lane next, then what is noted of changes.</summary>
public sealed class SettlementLockOrderTests(StillInvoicingApp app) : IClassFixture<StillInvoicingApp>
{
    [Fact]
    public async Task What_hurries_a_settlement_holds_the_lane_s_invoices_by_id_and_its_own_before_the_settlement()
    {
        var (shop, invoice) = await Closed();
        // An earlier one that stands in error in the same lane.
        var earlier = await shop.Seller.InvoiceOf(shop.Subscription, "initial");
        await app.Database.Execute("update invoices set level = 'error' where id = $1", earlier);
        await app.Database.Execute(
            """
            insert into stripe_jobs (id, integration_id, lane, organization_id, kind, subject_id, next_attempt_at, lease, created_at, head)
            select 'job_' || subject_id, integration_id, lane, organization_id, 'void_invoice', $1, next_attempt_at, 0, created_at, false from stripe_jobs where subject_id = $2
            """, earlier, invoice);
        foreach (var (held, free) in ((string, string)[])[(earlier, invoice), (invoice, "")])
        {
            Task<bool> hurried;
            await using (await app.Database.HoldRow("invoices", held))
            {
                hurried = Hurry(shop);
                await app.Database.UntilBlockedOnLocks(1);
                Assert.True(await app.Database.IsFree("settlements", invoice, "invoice_id"));
                Assert.True(free.Length == 0 || await app.Database.IsFree("invoices", free));
            }

            Assert.True(await hurried);
        }

        await app.Turn();
        Assert.Equal("paid", (await shop.Seller.Invoice(invoice)).GetProperty("status").GetString());
    }

    [Fact]
    public async Task The_end_of_a_settlement_holds_the_lane_before_the_notes_of_changes()
    {
        var (shop, invoice) = await Closed();
        await app.Database.Execute(
            """
            insert into stripe_changes (id, integration_id, object_type, our_id, what, advice, found_at)
            values ($1, $2, 'billing.meter_event', $1, array['usage_rejected/x'], '', now())
            """, shop.Subscription, shop.Seller.Integration);
        Task settled;
        await using (await app.Database.HoldRow("stripe_lanes", shop.Organization, "lane"))
        {
            settled = app.Services.GetRequiredService<JobWorker>().RunOne(default);
            await app.Database.UntilBlockedOnLocks(1);
            Assert.True(await app.Database.IsFree("stripe_changes", shop.Subscription));
        }

        await settled;
        Assert.Equal("repaired", await app.Database.Scalar<string>("select state from stripe_changes where id = $1", shop.Subscription));
    }

    // Its first period is over and closed, and the job that settles it is the next.
    private async Task<(Shop Shop, string Invoice)> Closed()
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        await shop.EndPeriod(0);
        return (shop, await shop.Seller.InvoiceOf(shop.Subscription, "period"));
    }

    private async Task<bool> Hurry(Shop shop)
    {
        await using var transaction = await app.Services.GetRequiredService<Storage.Database>().Begin(default);
        var hurried = await app.Make<CorrectDraft>().Hurry(transaction, shop.Seller.Integration, (shop.Subscription, shop.Covers.From), app.Services.GetRequiredService<JobQueue>(), default);
        await transaction.Commit(default);
        return hurried;
    }
}
