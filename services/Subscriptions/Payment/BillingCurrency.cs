using Marketplace.Contracts.Catalog;
using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>An organization is billed by an integration in one currency, that of its first subscription there that is billed or tried out before it is: a Stripe customer has one
/// balance to set credits off against, and no two subscriptions of different currencies. It binds as long as a subscription in it is not over, and for good once one was paid:
/// invoices, balance and refunds in it stay. Two approvals at once meet at the table's row, and the second sees the first's currency.</summary>
internal static class BillingCurrency
{
    /// <summary>The other currency that the organization is billed in by the integration, or null.</summary>
    public static async Task<string?> Conflict(Database database, string? integrationId, string organizationId, PlanSnapshot plan, CancellationToken cancellation) =>
        integrationId is not null && Subscription.CostsMoney(plan)
            ? await database.QueryOne<string>(Other, new { integrationId, organizationId, Currency = plan.Currency.ToLowerInvariant() }, cancellation) : null;

    /// <summary>The same inside a write; where there is none, the plan's currency is the one from now on.</summary>
    /// <param name="keep">Whether to lock it.</param>
    public static async Task<string?> Conflict(
        Transaction transaction, string? integrationId, string organizationId, PlanSnapshot plan, bool keep, DateTimeOffset now, CancellationToken cancellation)
    {
        if (integrationId is null || !Subscription.CostsMoney(plan))
        {
            return null;
        }

        var parameters = new { integrationId, organizationId, Currency = plan.Currency.ToLowerInvariant(), now };
        if (keep)
        {
            // The row is held first; what binds it is looked at after that, so that an approval that came before is seen.
            await transaction.Execute(
                $"""
                insert into billing_currencies as b (billing_integration_id, organization_id, currency, locked_at) values (@integrationId, @organizationId, @Currency, @now)
                on conflict (billing_integration_id, organization_id) do update set locked_at = b.locked_at;
                update billing_currencies b set currency = @Currency, locked_at = @now
                where billing_integration_id = @integrationId and organization_id = @organizationId and currency <> @Currency and not {Binds}
                """, parameters, cancellation);
        }

        return await transaction.QueryOne<string>(Other, parameters, cancellation);
    }

    /// <summary>Locks the currency of a subscription that is billed from now on.</summary>
    /// <exception cref="InvalidOperationException">Another one was locked meanwhile. Refused where it was asked for; only two at once come here, and the second is tried again.</exception>
    public static async Task Lock(Transaction transaction, Subscription subscription, DateTimeOffset now, CancellationToken cancellation)
    {
        if (await Conflict(transaction, subscription.BillingIntegrationId, subscription.OrganizationId, subscription.Plan, keep: true, now, cancellation) is { } currency)
        {
            throw new InvalidOperationException($"{subscription.Id} is to be billed in {subscription.Plan.Currency}, but its organization is billed in {currency} by the same integration.");
        }
    }

    private const string Binds =
        $"""
        exists (select from subscriptions s where s.billing_integration_id = b.billing_integration_id and s.organization_id = b.organization_id
            and lower(s.plan ->> 'currency') = b.currency and (s.billed and s.activated_at is not null or (s.billed or s.trial_until is not null) and s.{Subscription.Live}))
        """;

    private const string Other =
        $"""
        select currency from billing_currencies b
        where billing_integration_id = @integrationId and organization_id = @organizationId and currency <> @Currency and {Binds}
        """;
}
