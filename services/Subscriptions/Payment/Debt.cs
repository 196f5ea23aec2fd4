using Marketplace.Contracts.Catalog;
using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>What an organization owes at a billing integration, whichever of its subscriptions it is for and whether that one is over: while it owes, it takes nothing there that costs money. Why: ADR 0028.</summary>
internal static class Debt
{
    // A bank debit that is under way keeps the access of a subscription that goes on, and buys no new one: it may fail. What a change from a paid plan to a free one charges is on the free one's invoice, by the integration of the one before.
    private const string Owed =
        """
        with billed as (
            select s.id, s.ended_at from subscriptions s left join subscriptions b on b.id = s.migrated_from
            where s.organization_id = @organizationId and coalesce(s.billing_integration_id, b.billing_integration_id) = @integrationId)
        select case
            when exists (select from disputes d join billed b on b.id = d.subscription_id where d.outcome is null or (@lost and d.outcome = 'lost')) then @Disputed
            when exists (select from invoices i join billed b on b.id = i.subscription_id where i.kind = any(@Kinds)
                and (i.status = any(@Statuses) or (b.ended_at is not null and i.status = 'open' and i.due_at <= @Now and i.problem ->> 'type' = 'processing'))) then @Open
        end
        """;

    /// <summary>The code with which a plan is refused to who owes; null to who owes nothing, and where the plan costs nothing.</summary>
    /// <param name="lost">Whether a dispute that the payer's bank decided against the provider counts (<see cref="PaymentRules.Bars"/>): that money is never paid here.</param>
    public static async Task<string?> Of(
        Transaction transaction, string? integrationId, string organizationId, PlanSnapshot plan, bool lost, CancellationToken cancellation) =>
        integrationId is null || !Subscription.CostsMoney(plan) ? null : await transaction.QueryOne<string>(
            Owed,
            new { integrationId, organizationId, lost, Now = transaction.Clock.Now(), PaymentState.Disputed, Open = Problems.Unpaid, Kinds = PaymentState.OwedKinds, Statuses = PaymentState.OwedStatuses }, cancellation);
}
