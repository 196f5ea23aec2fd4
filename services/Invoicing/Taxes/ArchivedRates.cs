using System.Net;
using Marketplace.Contracts.WebhookIngest;
using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Tax rates of an integration's setting that its provider archived at Stripe. What bears one there goes on with it; what is to be given one Stripe refuses. Such a job stops with a code of its own that names the rate, and goes
/// on by itself once the rate is used again at Stripe or other taxes are set.</summary>
public sealed class ArchivedRates(StripeConnections stripe, StripeChanges changes, JobQueue queue, Database database)
{
    /// <summary>What it is filed under.</summary>
    public const string ObjectType = "tax_rate";

    /// <summary>The word for it.</summary>
    public const string Archived = "archived";

    /// <summary>What it means, and what to do.</summary>
    public static string Advice(string id) =>
        $"The tax rate '{id}' of the billing integration's setting is archived at Stripe, which puts it on nothing new: invoices and subscriptions that are to bear it wait. Use the rate again there, or set other taxes by PATCH "
        + "/v1/billing-integrations/{id}; then they go on by themselves.";

    /// <summary>Hands the rates of a setting to Stripe. What Stripe refuses for anything else stays Stripe's own refusal, whether or not a rate is archived.</summary>
    /// <exception cref="JobFailedException">Stripe refused the rates, and one of them is archived.</exception>
    public async Task<T> Give<T>(StripeKeys keys, TaxSetting tax, Func<Task<T>> call, CancellationToken cancellation)
    {
        try
        {
            return await call();
        }
        catch (StripeException refused) when (refused.HttpStatusCode == HttpStatusCode.BadRequest && Tells(refused, tax))
        {
            throw await Find(keys, tax, cancellation) switch
            {
                null => refused,
                { IsUsedAgain: true } => new JobFailedException(new(StripeFailureKind.Transient, "tax_rate_used_again", "The tax rate was archived when it was to be given, and is used again.", Answered: true)),
                { Id: var archived } => new JobFailedException(new(StripeFailureKind.Refused, StripeFailure.TaxRateArchived, Advice(archived))),
            };
        }
    }

    // Stripe names the parameter, such as subscription_data[default_tax_rates] or default_tax_rates[0], or the rate.
    private static bool Tells(StripeException refused, TaxSetting tax) => tax.Rates.Count > 0 && refused.StripeError is { } error
        && (error.Param?.Contains("tax_rates", StringComparison.Ordinal) == true || tax.Rates.Any(rate => error.Message?.Contains(rate, StringComparison.Ordinal) == true));

    // The first rate of a setting that is archived, noted; null where all are in use, or the key may not read them.
    private async Task<Found?> Find(StripeKeys keys, TaxSetting tax, CancellationToken cancellation)
    {
        foreach (var id in tax.Rates)
        {
            if (await Ask(keys, id, cancellation) is { Active: false } archived)
            {
                await Write(keys, archived, cancellation);
                // Looked at once more: whoever used it again before that was written found nothing to end.
                var now = await Ask(keys, id, cancellation);
                await (now is { Active: true } ? Write(keys, now, cancellation) : Task.CompletedTask);
                return new(id, now is { Active: true });
            }
        }

        return null;
    }

    private async Task Write(StripeKeys keys, TaxRate rate, CancellationToken cancellation)
    {
        var integration = (await BillingIntegration.Find(database, keys.IntegrationId, cancellation))!;
        await using var transaction = await database.Begin(cancellation);
        await Apply(transaction, integration, rate, cancellation);
        await transaction.Commit(cancellation);
        queue.Wake();
    }

    /// <summary>A tax rate as it is at Stripe; null where it is not there, or the key may not read it.</summary>
    public async Task<TaxRate?> Ask(StripeKeys keys, string id, CancellationToken cancellation)
    {
        try
        {
            return await Read(keys, id, cancellation);
        }
        catch (StripeException exception) when (exception.HttpStatusCode == HttpStatusCode.Forbidden)
        {
            return null;
        }
    }

    /// <summary>A tax rate as it is at Stripe; null where it is not there.</summary>
    /// <exception cref="StripeException">Among others, the key may not read it.</exception>
    public async Task<TaxRate?> Read(StripeKeys keys, string id, CancellationToken cancellation)
    {
        try
        {
            return await stripe.Open(keys).V1.TaxRates.GetAsync(id, cancellationToken: cancellation);
        }
        catch (StripeException exception) when (exception.HttpStatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>Applies how a rate is at Stripe.</summary>
    public Task Apply(Transaction transaction, BillingIntegration integration, TaxRate rate, CancellationToken cancellation) =>
        rate.Active ? Over(transaction, integration, rate.Id, cancellation) : Note(transaction, integration.Keys, rate.Id, cancellation);

    /// <summary>No rate that the setting names is archived, or not this one any more: what waited for that goes on.</summary>
    /// <param name="id">Null for all.</param>
    public async Task Over(Transaction transaction, BillingIntegration integration, string? id, CancellationToken cancellation)
    {
        if (await changes.Repaired(transaction, integration.Id, ObjectType, id, cancellation) == 0)
        {
            return;
        }

        await queue.Fire(transaction, integration.Id, null, [StripeFailure.TaxRateArchived], cancellation);
        if (integration.BillingModel == StripeSubscription.BillingModel)
        {
            await BringTaxes.Ask(transaction, queue, integration, cancellation);
        }
    }

    /// <summary>Whether a job that stopped for an archived rate is to wait. What is noted is held until the transaction ends: whoever closes it later finds the job.</summary>
    public static async Task<bool> Stands(Transaction transaction, string integrationId, CancellationToken cancellation) => (await transaction.Query<string>(
        "select our_id from stripe_changes where integration_id = @integrationId and object_type = @ObjectType and state = 'open' order by our_id for share", new { integrationId, ObjectType }, cancellation)).Count > 0;

    /// <summary>Those that are noted, of integrations.</summary>
    public static async Task<ILookup<string, string>> Known(Database database, string[] integrations, CancellationToken cancellation) => (await database.Query<Row>(
        "select integration_id, our_id from stripe_changes where integration_id = any(@integrations) and object_type = @ObjectType and state = 'open' order by our_id", new { integrations, ObjectType }, cancellation))
        .ToLookup(row => row.IntegrationId, row => row.OurId, StringComparer.Ordinal);

    // Not where the setting names it no more, which is held meanwhile.
    private async Task Note(Transaction transaction, StripeKeys keys, string id, CancellationToken cancellation)
    {
        if (await TaxSetting.Hold(transaction, keys.IntegrationId, cancellation) is { } now && now.Rates.Contains(id))
        {
            await changes.Note(transaction, keys, ObjectType, id, [Archived], Advice(id), cancellation);
        }
    }

    private sealed record Found(string Id, bool IsUsedAgain);

    private sealed record Row(string IntegrationId, string OurId);
}

/// <summary>Mirrors Stripe's tax rates as far as an integration's setting names them.</summary>
public sealed class TaxRateMirror(ArchivedRates rates) : IStripeMirror
{
    /// <inheritdoc/>
    public string ObjectType => ArchivedRates.ObjectType;

    /// <inheritdoc/>
    public async Task<ApplyFetched> Fetch(StripeEventReceived heard, BillingIntegration integration, CancellationToken cancellation)
    {
        if (!integration.TaxRates.Contains(heard.ObjectId))
        {
            return Ignored.Because("The tax rate is none of the billing integration's setting.");
        }

        return await rates.Ask(integration.Keys, heard.ObjectId, cancellation) is not { } rate
            ? Ignored.Because("The tax rate cannot be read: it is not at Stripe, or the restricted key lacks Tax rates: Read.")
            : async (transaction, stop) =>
            {
                await rates.Apply(transaction, integration, rate, stop);
                return null;
            };
    }

    /// <inheritdoc/>
    public Task LookSoon(Transaction transaction, StripeEventReceived heard, BillingIntegration integration, CancellationToken cancellation) => Task.CompletedTask;
}
