using Marketplace.Testing;

namespace Marketplace.Subscriptions.Tests;

/// <summary>What waited for the payment of its first invoice before that had a grace.</summary>
public sealed class OldFirstInvoiceTests
{
    [Theory]
    [InlineData("true", null, "3")]
    [InlineData("true", "10", "10")]
    [InlineData("false", "10", "null")]
    public async Task It_has_the_end_of_its_grace_where_its_plan_ends_with_it(string ends, string? own, string days)
    {
        await using var schema = await EarlierSchema.Before("subscriptions", typeof(Subscription).Assembly, "019_grace_of_first_invoices.sql");
        await schema.Database.Execute(
            $$"""
            insert into subscriptions (id, organization_id, provider_organization_id, catalog_id, environment, product_id, product_name, product_title, release, plan_id, plan, status, created_at, created_by, billed)
            values ('sub_1', 'org_1', 'org_2', 'cat_1', 'sandbox', 'prd_1', 'p', 'P', '1.0.0', 'pln_1', '{"cancelWhenPastDue":{{ends}},"graceDays":3}', 'AwaitingPayment', '2000-01-01', 'usr_1', true)
            """);
        await schema.Database.Execute(
            "insert into invoices (id, subscription_id, kind, status, total, currency, due_at, version) values ('inv_1', 'sub_1', 'initial', 'past_due', 1, 'usd', '2026-03-01 00:00Z', 1)");
        if (own is not null)
        {
            await schema.Database.Execute($"insert into grace_periods (provider_organization_id, organization_id, days, changed_at) values ('org_2', 'org_1', {own}, now())");
        }

        await schema.Migrate();

        Assert.True(await schema.Database.Scalar<bool>($"select grace_until is not distinct from timestamptz '2026-03-01 00:00Z' + interval '24 hours' * {days} from subscriptions"));
    }
}
