using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>Step of integrations that tax by rates: whether those of the setting are still in use at Stripe. One that was used again and no event told of sets going what waited for it.</summary>
public sealed class CompareTaxRates(RefusedRates rates, DriftLog log, JobQueue queue, Database database) : IReconciliationStep
{
    /// <inheritdoc/>
    public string Name => "tax_rates";

    /// <inheritdoc/>
    public bool Concerns(BillingIntegration integration) => integration.TaxMode == TaxSetting.ByRates;

    /// <inheritdoc/>
    public async Task<ComparedPage> Compare(ReconciliationRun run, BillingIntegration integration, string? cursor, CancellationToken cancellation)
    {
        foreach (var id in integration.TaxRates)
        {
            if (await Look(integration, id, cancellation) is { Fault: { } fault } rate)
            {
                await using var transaction = await database.Begin(cancellation);
                await log.Note(
                    transaction, run, integration, Name, RefusedRates.ObjectType, null, id, new(rate.Code, "in use", fault, rate.Advice), DriftState.Open, cancellation);
                await transaction.Commit(cancellation);
            }
        }

        return new(null, integration.TaxRates.Length);
    }

    /// <inheritdoc/>
    public async Task<DriftVerdict> Look(Drift drift, BillingIntegration integration, bool byHand, CancellationToken cancellation) =>
        integration.TaxRates.Contains(drift.StripeId) && await Look(integration, drift.StripeId!, cancellation) is { Fault: not null } rate ? DriftVerdict.Open(rate.Advice) : DriftVerdict.Repaired;

    // Applies how it is, and says so. Where the key may not read it nothing is known: the step is skipped, and a difference stays.
    private async Task<RateAtStripe> Look(BillingIntegration integration, string id, CancellationToken cancellation)
    {
        var rate = await rates.Read(integration.Keys with { InBackground = true }, id, cancellation);
        await using var transaction = await database.Begin(cancellation);
        await rates.Apply(transaction, integration, rate, cancellation);
        await transaction.Commit(cancellation);
        queue.Wake();
        return rate;
    }
}
