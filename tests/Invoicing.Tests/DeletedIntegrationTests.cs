using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Accounts;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Invoicing;
using Marketplace.Contracts.Storage;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;
using Stripe;

namespace Marketplace.Invoicing.Tests;

/// <summary>What comes after an integration's deletion: nothing is taken on that only its erased key could do, and nothing stays open for want of it.</summary>
public sealed class DeletedIntegrationTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    private const string Refused = "billing_refused";
    private const string Gone = "billing_integration_deleted";

    [Fact]
    public async Task Money_of_a_deleted_integration_is_not_promised_back()
    {
        var invoice = await PaidInvoices.Paid(app, "4000000000005126");
        await invoice.Seller.Owner.Post($"/v1/invoices/{invoice.Id}/refund", new { amount = 1000 }).Expect(HttpStatusCode.Accepted);
        var note = Assert.Single(await invoice.SettledNotes()).GetProperty("id").GetString();
        await app.Advance(TimeSpan.FromDays(3));
        var refund = Assert.Single((await invoice.Client.V1.Refunds.ListAsync(new RefundListOptions { PaymentIntent = await invoice.Intent() })).Data);
        await invoice.Seller.Hear(refund.Id, "refund.failed", objectType: "refund");
        await Delete(invoice);

        await invoice.Seller.Owner.Post($"/v1/invoices/{invoice.Id}/refund", new { amount = 500 }).ExpectProblem(HttpStatusCode.Conflict, Gone);
        await invoice.Seller.Owner.Post($"/v1/credit-notes/{note}/retry").ExpectProblem(HttpStatusCode.Conflict, Gone);

        var kept = Assert.Single(await invoice.Notes());
        Assert.Equal(JsonValueKind.Null, Assert.Single(kept.GetProperty("refunds").EnumerateArray()).GetProperty("repeatedAt").ValueKind);
        Assert.Equal(0, await Jobs(invoice.Seller));
    }

    [Fact]
    public async Task An_open_invoice_of_a_deleted_integration_is_neither_credited_nor_voided()
    {
        var invoice = await PaidInvoices.Open(app);
        await Eventually.Until(() => Jobs(invoice.Seller), jobs => jobs == 0, "the queue is empty");
        await Mark(invoice.Seller, TimeSpan.Zero);

        await invoice.Seller.Owner.Post($"/v1/invoices/{invoice.Id}/credit", new { amount = 500 }).ExpectProblem(HttpStatusCode.Conflict, Gone);
        await invoice.Seller.Owner.Post($"/v1/invoices/{invoice.Id}/void").ExpectProblem(HttpStatusCode.Conflict, Gone);

        Assert.Empty(await invoice.Notes());
        Assert.Equal(0, await Jobs(invoice.Seller));
    }

    [Fact]
    public async Task A_last_invoice_that_comes_after_the_deletion_says_why_nobody_charges_it()
    {
        var invoice = await PaidInvoices.Paid(app);
        await Delete(invoice);

        await app.Make<ChargeClosedPeriod>().Handle(Seller.Closed(invoice.Approved with { Plan = Plans.Of("unit", unitAmount: "100") }, calls: 3, last: true), default);

        var final = await invoice.Seller.InvoiceOf(invoice.Approved.SubscriptionId, "final");
        var shown = await invoice.Seller.Invoice(final);
        Assert.Equal(("draft", "error", Gone), (shown.GetProperty("status").GetString(), shown.GetProperty("level").GetString(), shown.GetProperty("reasons")[0].GetProperty("type").GetString()));
        await invoice.Seller.Owner.Post($"/v1/invoices/{final}/retry").ExpectProblem(HttpStatusCode.Conflict, Gone);
        Assert.Equal(0, await Jobs(invoice.Seller));
    }

    [Fact]
    public async Task What_is_to_be_billed_first_after_the_deletion_is_refused_and_nothing_is_owed()
    {
        var seller = await Seller.Open(app);
        var approved = seller.Approved(Plans.Of(basePrice: 2500));
        await Delete(seller);

        await app.Make<ChargeOnApproval>().Handle(approved, default);

        var refused = Assert.Single(await app.Announced<BillingRefused>(m => m.SubscriptionId == approved.SubscriptionId));
        Assert.Equal((approved.OrganizationId, seller.Integration, approved.ApprovedAt), (refused.OrganizationId, refused.BillingIntegrationId, refused.RefusedAt));
        // What Subscriptions answers finds nothing to void.
        await app.Make<VoidOnCancellation>().Handle(new(approved.SubscriptionId, approved.OrganizationId, Refused, app.Clock.GetUtcNow()), default);
        Assert.Equal(0, await app.Database.Scalar<long>("select count(*) from invoices where subscription_id = $1", approved.SubscriptionId));
        Assert.Equal(0, await Jobs(seller));
    }

    [Fact]
    public async Task A_plan_change_after_the_deletion_is_written_down_in_error_and_what_it_began_is_refused()
    {
        var seller = await Seller.Open(app);
        var approved = seller.Approved(Plans.Of(basePrice: 2500));
        await Delete(seller);

        await app.Make<ChargePlanChange>().Handle(
            new(
                approved.SubscriptionId, "sub_before", approved.OrganizationId, approved.OrganizationTitle, approved.Email, approved.ProviderOrganizationId, approved.CatalogId,
                approved.Environment, approved.BillingIntegrationId, approved.ProductId, approved.ProductTitle, approved.Plan, approved.PeriodStart, approved.PeriodEnd, "usd",
                [new("proration", "Weather: a part", 700, approved.PeriodStart, approved.PeriodEnd)], approved.PeriodStart), default);

        Assert.Single(await app.Announced<BillingRefused>(m => m.SubscriptionId == approved.SubscriptionId));
        var shown = await seller.Invoice(await seller.InvoiceOf(approved.SubscriptionId, "change"));
        Assert.Equal(("draft", "error", Gone), (shown.GetProperty("status").GetString(), shown.GetProperty("level").GetString(), shown.GetProperty("reasons")[0].GetProperty("type").GetString()));
        Assert.Equal(0, await Jobs(seller));
    }

    [Fact]
    public async Task A_deletion_beside_an_approval_comes_after_it_and_finds_what_it_bills()
    {
        var seller = await Seller.Open(app);
        var approved = seller.Approved(Plans.Of(basePrice: 2500));
        await app.Make<VoidOnCancellation>().Handle(new(approved.SubscriptionId, approved.OrganizationId, "requested", app.Clock.GetUtcNow()), default);
        await app.Database.Execute("update subscriptions set cancelled_at = null, cancel_reason = null where id = $1", approved.SubscriptionId);
        Task charged;
        Task<HttpResponseMessage> deleted;
        await using (await app.Database.HoldRow("subscriptions", approved.SubscriptionId))
        {
            charged = app.Make<ChargeOnApproval>().Handle(approved, default);
            await app.Database.UntilBlockedOnLocks(1);
            deleted = seller.Owner.Delete($"/v1/billing-integrations/{seller.Integration}", "*");
            await app.Database.UntilBlockedOnLocks(2);
        }

        await charged;
        await deleted.ExpectProblem(HttpStatusCode.Conflict, "billing_integration_in_use");
        Assert.Empty(await app.Announced<BillingRefused>(m => m.SubscriptionId == approved.SubscriptionId));
    }

    [Fact]
    public async Task A_payment_method_of_a_deleted_integration_is_removed_at_once_and_billing_details_leave_it_out()
    {
        var (seller, holder, method) = await Stored();
        await holder.Admin.Put($"/v1/billing-details/{holder.Organization}", new { address = new { country = "DE" } }, "*").Expect();
        Assert.Equal(0, await Jobs(seller));

        var removed = await holder.Admin.DeleteAsync($"/v1/payment-methods/{method}").Expect<JsonElement>(HttpStatusCode.Accepted);

        Assert.Equal("removed", removed.GetProperty("status").GetString());
        Assert.Empty(await holder.Methods());
        Assert.True(await IsForgotten(method));
        Assert.Equal(0, await Jobs(seller));
        Assert.NotNull(Assert.Single(await app.Announced<ChangeRecorded>(c => c.ObjectId == method && c.Action == "payment_method.removed")).Actor);
    }

    [Fact]
    public async Task What_a_deleted_organization_paid_with_in_a_deleted_integration_is_forgotten_without_Stripe()
    {
        var (seller, holder, method) = await Stored();
        await app.Make<KeepOrganization>().Handle(new OrganizationDeleted(holder.Organization, app.Clock.GetUtcNow(), 2), default);
        await app.Make<ForgetPaymentMethods>().Run(default);
        Assert.Single(await holder.Methods());

        await app.Advance(ForgetPaymentMethods.After + TimeSpan.FromMinutes(1));
        await app.Make<ForgetPaymentMethods>().Run(default);

        Assert.True(await IsForgotten(method));
        Assert.Equal(0, await Jobs(seller));
    }

    [Fact]
    public async Task A_deletion_waits_for_a_job_that_is_being_added_and_then_finds_it()
    {
        var seller = await Seller.Open(app);
        await Pause(seller);
        await using var transaction = await app.Services.GetRequiredService<Storage.Database>().Begin(default);
        var queue = app.Services.GetRequiredService<JobQueue>();
        Assert.True(await queue.Enqueue(transaction, seller.Integration, TestCaller.NewId("org"), CreateCustomer.JobKind, TestCaller.NewId("cst"), default));
        var deleted = seller.Owner.Delete($"/v1/billing-integrations/{seller.Integration}", "*");
        await app.Database.UntilBlockedOnLocks(1);
        await transaction.Commit(default);

        await deleted.ExpectProblem(HttpStatusCode.Conflict, "billing_integration_in_use");
    }

    [Fact]
    public async Task Jobs_of_a_deleted_integration_keep_its_key_for_three_days_and_are_then_dropped_with_what_waits_for_them_ended()
    {
        var seller = await Seller.Open(app, mayAll: true);
        var holder = await CardHolder.Open(app, seller);
        var method = (await holder.Store()).GetProperty("id").GetString()!;
        var invoice = await seller.Charge(holder.Approved(Plans.Of(basePrice: 2500)));
        await seller.Until(invoice, "paid");
        await Eventually.Until(() => Jobs(seller), jobs => jobs == 0, "the queue is empty");
        await Pause(seller);
        await seller.Owner.Post($"/v1/invoices/{invoice}/refund").Expect(HttpStatusCode.Accepted);
        await holder.Admin.DeleteAsync($"/v1/payment-methods/{method}?confirm=detach").Expect(HttpStatusCode.Accepted);
        Assert.Equal(2, await Jobs(seller));

        await Mark(seller, ForgetIntegrations.Patience - TimeSpan.FromHours(1));
        await app.Make<ForgetIntegrations>().Run(default);
        Assert.Equal((2L, false), (await Jobs(seller), await IsErased(seller)));

        await Mark(seller, ForgetIntegrations.Patience);
        await Eventually.Until(
            async () =>
            {
                await app.Make<ForgetIntegrations>().Run(default);
                return await IsErased(seller);
            },
            "its key is erased");
        Assert.Equal(0, await Jobs(seller));
        var note = Assert.Single((await seller.Owner.Get($"/v1/credit-notes?invoice={invoice}")).GetProperty("data").EnumerateArray());
        Assert.Equal("failed", note.GetProperty("status").GetString());
        Assert.StartsWith(Gone, note.GetProperty("failure").GetString(), StringComparison.Ordinal);
        Assert.True(await IsForgotten(method));
        Assert.Single(await app.Announced<ChangeRecorded>(c => c.ObjectId == seller.Integration && c.Action == "stripe_jobs.removed"));
        Assert.Contains(app.Logs.Entries, entry => entry.Contains("are dropped undone", StringComparison.Ordinal) && entry.Contains(seller.Integration, StringComparison.Ordinal) && entry.Contains(method, StringComparison.Ordinal));
    }

    // A card is kept, and the integration that it is kept in is deleted.
    private async Task<(Seller Seller, CardHolder Holder, string Method)> Stored()
    {
        var seller = await Seller.Open(app, mayAll: true);
        var holder = await CardHolder.Open(app, seller);
        var method = (await holder.Store()).GetProperty("id").GetString()!;
        Assert.False(await IsForgotten(method));
        await app.Make<KeepCatalog>().Handle(new CatalogSettingsChanged(holder.Catalog, seller.Organization, "sandbox", true, 2), default);
        await Delete(seller);
        return (seller, holder, method);
    }

    private async Task Delete(PaidInvoices invoice)
    {
        await app.Make<VoidOnCancellation>().Handle(new(invoice.Approved.SubscriptionId, invoice.Approved.OrganizationId, "requested", app.Clock.GetUtcNow()), default);
        await app.Make<ChargeClosedPeriod>().Handle(Seller.Closed(invoice.Approved, calls: 0, last: true), default);
        await Delete(invoice.Seller);
    }

    private async Task Delete(Seller seller)
    {
        await Eventually.Until(() => Jobs(seller), jobs => jobs == 0, "the queue is empty");
        await seller.Owner.Delete($"/v1/billing-integrations/{seller.Integration}", "*").Expect(HttpStatusCode.NoContent);
        Assert.True(await IsErased(seller));
    }

    // As one that was deleted beside what still came for it.
    private Task<int> Mark(Seller seller, TimeSpan ago) =>
        app.Database.Execute("update billing_integrations set deleted_at = $2 where id = $1", seller.Integration, app.Clock.GetUtcNow() - ago);

    private Task<int> Pause(Seller seller) => app.Database.Execute("update billing_integrations set queue_status = 'paused' where id = $1", seller.Integration);

    private Task<long> Jobs(Seller seller) => app.Database.Scalar<long>("select count(*) from stripe_jobs where integration_id = $1", seller.Integration);

    private Task<bool> IsErased(Seller seller) => app.Database.Scalar<bool>("select secret_key is null from billing_integrations where id = $1", seller.Integration);

    private Task<bool> IsForgotten(string method) =>
        app.Database.Scalar<bool>("select status = 'removed' and owner_name is null and owner_email is null from payment_methods where id = $1", method);
}
