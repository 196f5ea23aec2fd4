using Marketplace.Contracts.Subscriptions;

namespace Marketplace.Invoicing.Tests;

/// <summary>What a plan change charges and gives back, to the cent, from message to Stripe.</summary>
public sealed class PlanChangeTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    [Fact]
    public async Task The_lines_of_a_plan_change_are_one_invoice_however_often_they_are_told()
    {
        var seller = await Seller.Open(app);
        var changed = Changed(seller, -1250, 5000);

        await app.Make<ChargePlanChange>().Handle(changed, default);
        await app.Make<ChargePlanChange>().Handle(changed, default);

        var id = await seller.InvoiceOf(changed.SubscriptionId, "change");
        var open = await seller.Until(id, "open");
        Assert.Equal(3750, open.GetProperty("total").GetProperty("amount").GetInt64());
        Assert.Equal([-1250L, 5000L], open.GetProperty("lines").EnumerateArray().Select(l => l.GetProperty("amount").GetProperty("amount").GetInt64()));
        Assert.Equal(1, await app.Database.Scalar<long>("select count(*) from invoices where subscription_id = $1", changed.SubscriptionId));

        // The first period of the new subscription is closed on an invoice of its own.
        var closed = new MeteringPeriodClosed(
            "clo_1", changed.SubscriptionId, changed.OrganizationId, "period_end", changed.Plan, changed.PeriodStart, changed.PeriodEnd, changed.PeriodEnd, changed.PeriodEnd.AddMonths(1), [],
            changed.PeriodEnd);
        await app.Make<ChargeClosedPeriod>().Handle(closed, default);
        Assert.NotNull(await seller.InvoiceOf(changed.SubscriptionId, "period"));
    }

    [Fact]
    public async Task What_is_given_back_beyond_what_is_charged_lowers_the_next_invoice_at_Stripe()
    {
        var seller = await Seller.Open(app);
        var changed = Changed(seller, -2000, 500);
        await app.Make<ChargePlanChange>().Handle(changed, default);
        var credit = await seller.Until(await seller.InvoiceOf(changed.SubscriptionId, "change"), "paid");
        Assert.Equal(-1500, credit.GetProperty("total").GetProperty("amount").GetInt64());

        var approved = seller.Approved(Plans.Of(basePrice: 2500), changed.OrganizationId);
        var next = await seller.Charge(approved);
        await seller.Until(next, "open");

        var atStripe = await app.Stripe.Client(seller.Account).V1.Invoices.GetAsync(await seller.StripeId(next));
        Assert.Equal((2500L, 1000L), (atStripe.Total, atStripe.AmountDue));
    }

    private SubscriptionPlanChanged Changed(Seller seller, params long[] amounts)
    {
        var approved = seller.Approved(Plans.Of(basePrice: 10000));
        return new(
            approved.SubscriptionId, "sub_before", approved.OrganizationId, approved.OrganizationTitle, approved.Email, approved.ProviderOrganizationId, approved.CatalogId,
            approved.Environment, approved.BillingIntegrationId, approved.ProductId, approved.ProductTitle, approved.Plan, approved.PeriodStart, approved.PeriodEnd, approved.Plan.Currency,
            [.. amounts.Select(a => new PlanChangeLine("proration", "Weather: a part", a, approved.PeriodStart, approved.PeriodEnd))], approved.PeriodStart);
    }
}
