using System.Net;
using Marketplace.Contracts.WebhookIngest;
using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>How a tax rate is at Stripe.</summary>
/// <param name="Fault">Why Stripe puts it on nothing new: <see cref="Archived"/> or <see cref="Unknown"/>; null where it does.</param>
public sealed record RateAtStripe(string Id, string? Fault)
{
    /// <summary>Its provider archived it.</summary>
    public const string Archived = "archived";

    /// <summary>The account has no such rate.</summary>
    public const string Unknown = "unknown";

    /// <summary>With what a job stops that is to give it; the kind of its drift too.</summary>
    public string Code => Fault == Unknown ? StripeFailure.TaxRateUnknown : StripeFailure.TaxRateArchived;

    /// <summary>What it means, and what to do.</summary>
    public string Advice => Fault == Unknown
        ? $"Stripe knows no tax rate '{Id}', which the billing integration's setting names: invoices and subscriptions that are to bear it wait. Set other taxes by PATCH /v1/billing-integrations/{{id}}; then they go on by themselves."
        : $"The tax rate '{Id}' of the billing integration's setting is archived at Stripe, which puts it on nothing new: invoices and subscriptions that are to bear it wait. Use the rate again there, or set other taxes by PATCH "
        + "/v1/billing-integrations/{id}; then they go on by themselves.";
}

/// <summary>Tax rates of an integration's setting that Stripe refuses to put on anything new, because they are archived or not there. What bears one there goes on with it. A job that is to give one stops with a code of its own that names the rate, and goes
/// on by itself once the rate is used again at Stripe or other taxes are set.</summary>
public sealed class RefusedRates(StripeConnections stripe, StripeChanges changes, JobQueue queue, Database database)
{
    /// <summary>What it is filed under.</summary>
    public const string ObjectType = "tax_rate";

    /// <summary>Hands the rates of a setting to Stripe. What Stripe refuses for anything else stays Stripe's own refusal, whether or not a rate is archived.</summary>
    /// <exception cref="JobFailedException">Stripe refused the rates, and one of them is archived or not there.</exception>
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
                { Rate: var rate } => new JobFailedException(new(StripeFailureKind.Refused, rate.Code, rate.Advice)),
            };
        }
    }

    // Stripe names the parameter, such as subscription_data[default_tax_rates] or default_tax_rates[0], or the rate.
    private static bool Tells(StripeException refused, TaxSetting tax) => tax.Rates.Count > 0 && refused.StripeError is { } error
        && (error.Param?.Contains("tax_rates", StringComparison.Ordinal) == true || tax.Rates.Any(rate => error.Message?.Contains(rate, StringComparison.Ordinal) == true));

    // The first rate of a setting that is not in use, noted; null where all are, or the key may not read them.
    private async Task<Found?> Find(StripeKeys keys, TaxSetting tax, CancellationToken cancellation)
    {
        foreach (var id in tax.Rates)
        {
            if (await Ask(keys, id, cancellation) is { Fault: not null } rate)
            {
                await Write(keys, rate, cancellation);
                // Looked at once more: whoever used it again before that was written found nothing to end.
                var now = await Ask(keys, id, cancellation);
                await (now is { Fault: null } ? Write(keys, now, cancellation) : Task.CompletedTask);
                return new(rate, now is { Fault: null });
            }
        }

        return null;
    }

    private async Task Write(StripeKeys keys, RateAtStripe rate, CancellationToken cancellation)
    {
        var integration = (await BillingIntegration.Find(database, keys.IntegrationId, cancellation))!;
        await using var transaction = await database.Begin(cancellation);
        await Apply(transaction, integration, rate, cancellation);
        await transaction.Commit(cancellation);
        queue.Wake();
    }

    /// <summary>How a tax rate is at Stripe; null where the key may not read it.</summary>
    public async Task<RateAtStripe?> Ask(StripeKeys keys, string id, CancellationToken cancellation)
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

    /// <summary>How a tax rate is at Stripe.</summary>
    /// <exception cref="StripeException">Among others, the key may not read it.</exception>
    public async Task<RateAtStripe> Read(StripeKeys keys, string id, CancellationToken cancellation)
    {
        try
        {
            return new(id, (await stripe.Open(keys).V1.TaxRates.GetAsync(id, cancellationToken: cancellation)).Active ? null : RateAtStripe.Archived);
        }
        catch (StripeException exception) when (exception.HttpStatusCode == HttpStatusCode.NotFound)
        {
            return new(id, RateAtStripe.Unknown);
        }
    }

    /// <summary>Applies how a rate is at Stripe.</summary>
    public Task Apply(Transaction transaction, BillingIntegration integration, RateAtStripe rate, CancellationToken cancellation) =>
        rate.Fault is { } fault ? Note(transaction, integration.Keys, rate, fault, cancellation) : Over(transaction, integration, rate.Id, cancellation);

    /// <summary>Every rate that the setting names is in use, or this one is again: what waited for that goes on.</summary>
    /// <param name="id">Null for all.</param>
    public async Task Over(Transaction transaction, BillingIntegration integration, string? id, CancellationToken cancellation)
    {
        if (await changes.Repaired(transaction, integration.Id, ObjectType, id, cancellation) == 0)
        {
            return;
        }

        await queue.Fire(transaction, integration.Id, null, StripeFailure.WaitForTaxRate, cancellation);
        if (integration.BillingModel == StripeSubscription.BillingModel)
        {
            await BringTaxes.Ask(transaction, queue, integration, cancellation);
        }
    }

    /// <summary>Whether a job that stopped for a rate is to wait. What is noted is held until the transaction ends: whoever closes it later finds the job.</summary>
    public static async Task<bool> Stands(Transaction transaction, string integrationId, CancellationToken cancellation) => (await transaction.Query<string>(
        "select our_id from stripe_changes where integration_id = @integrationId and object_type = @ObjectType and state = 'open' order by our_id for share", new { integrationId, ObjectType }, cancellation)).Count > 0;

    /// <summary>Those that are noted, of integrations.</summary>
    public static async Task<ILookup<string, RateAtStripe>> Known(Database database, string[] integrations, CancellationToken cancellation) => (await database.Query<Row>(
        """
        select integration_id, our_id, @Unknown = any(what) as is_unknown from stripe_changes
        where integration_id = any(@integrations) and object_type = @ObjectType and state = 'open' order by our_id
        """, new { integrations, ObjectType, RateAtStripe.Unknown }, cancellation))
        .ToLookup(row => row.IntegrationId, row => new RateAtStripe(row.OurId, row.IsUnknown ? RateAtStripe.Unknown : RateAtStripe.Archived), StringComparer.Ordinal);

    // Not where the setting names it no more, which is held meanwhile.
    private async Task Note(Transaction transaction, StripeKeys keys, RateAtStripe rate, string fault, CancellationToken cancellation)
    {
        if (await TaxSetting.Hold(transaction, keys.IntegrationId, cancellation) is { } now && now.Rates.Contains(rate.Id))
        {
            await changes.Note(transaction, keys, ObjectType, rate.Id, [fault], rate.Advice, cancellation);
        }
    }

    private sealed record Found(RateAtStripe Rate, bool IsUsedAgain);

    private sealed record Row(string IntegrationId, string OurId, bool IsUnknown);
}

/// <summary>Mirrors Stripe's tax rates as far as an integration's setting names them.</summary>
public sealed class TaxRateMirror(RefusedRates rates) : IStripeMirror
{
    /// <inheritdoc/>
    public string ObjectType => RefusedRates.ObjectType;

    /// <inheritdoc/>
    public async Task<ApplyFetched> Fetch(StripeEventReceived heard, BillingIntegration integration, CancellationToken cancellation)
    {
        if (!integration.TaxRates.Contains(heard.ObjectId))
        {
            return Ignored.Because("The tax rate is none of the billing integration's setting.");
        }

        return await rates.Ask(integration.Keys, heard.ObjectId, cancellation) is not { } rate
            ? Ignored.Because("The tax rate cannot be read: the restricted key lacks Tax rates: Read.")
            : async (transaction, stop) =>
            {
                await rates.Apply(transaction, integration, rate, stop);
                return null;
            };
    }

    /// <inheritdoc/>
    public Task LookSoon(Transaction transaction, StripeEventReceived heard, BillingIntegration integration, CancellationToken cancellation) => Task.CompletedTask;
}
