using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Where a customer is: what Stripe Tax has to know before anything is owed. The organization's own details come first; what was typed at a checkout, or at Stripe by its
/// provider, counts where it gave none.</summary>
public sealed class TaxLocation(StripeConnections stripe, SendBillingDetails details, Database database)
{
    /// <summary>Brings the newest details to Stripe's customer, and says what is done about its taxes.</summary>
    /// <exception cref="JobFailedException">Stripe Tax reckons them, and nobody has said where the customer is.</exception>
    public async Task<TaxSetting> Demand(StripeJob job, StripeKeys keys, (string Ours, string Stripes, string Organization) customer, CancellationToken cancellation)
    {
        var tax = await TaxSetting.Of(database, keys.IntegrationId, cancellation);
        if (!await Bring(keys, tax, customer, job.Key, cancellation))
        {
            throw new JobFailedException(new(StripeFailureKind.Refused, StripeFailure.AddressMissing, WhereIs(customer.Organization)));
        }

        return tax;
    }

    /// <summary>Brings the newest details; false where Stripe Tax needs an address and there is none.</summary>
    /// <param name="key">The idempotency key of one step.</param>
    public async Task<bool> Bring(
        StripeKeys keys, TaxSetting tax, (string Ours, string Stripes, string Organization) customer, Func<string, string> key, CancellationToken cancellation)
    {
        await details.Bring(keys, customer.Ours, customer.Stripes, key, cancellation);
        return !tax.NeedsAddress || await Version(customer.Organization, cancellation) is not null
            || await stripe.Open(keys).V1.Customers.GetAsync(customer.Stripes, cancellationToken: cancellation) is { Deleted: true } or { Address.Country: { Length: > 0 } };
    }

    /// <summary>The version of an organization's details; null where it gave none.</summary>
    public Task<long?> Version(string organizationId, CancellationToken cancellation) =>
        database.QueryOne<long?>(SelectVersion, new { organizationId }, cancellation);

    /// <summary>The same as a write sees it.</summary>
    public static Task<long?> Version(Transaction transaction, string organizationId, CancellationToken cancellation) =>
        transaction.QueryOne<long?>(SelectVersion, new { organizationId }, cancellation);

    /// <summary>Stops what Stripe Tax could not reckon.</summary>
    /// <param name="draft">As it is with all its lines.</param>
    /// <exception cref="JobFailedException">Stripe does not recognize the address, or was not able to reckon.</exception>
    public static void DemandReckoned(Stripe.Invoice draft, string organizationId)
    {
        if (draft.AutomaticTax is { Enabled: true, Status: not "complete" and var status } && draft.Status == "draft")
        {
            throw status == "failed" ? new JobFailedException(new(StripeFailureKind.Transient, "automatic_tax_failed", "Stripe could not reckon the taxes now.")) : Unclear(organizationId);
        }
    }

    /// <summary>Stripe does not recognize the address; giving another one lets the work go on.</summary>
    public static JobFailedException Unclear(string organizationId) =>
        new(new(StripeFailureKind.Refused, StripeFailure.AddressUnclear, $"Stripe does not recognize the address. {WhereIs(organizationId)}"));

    /// <summary>Whether Stripe refused something because it does not recognize the address.</summary>
    public static bool IsUnclear(StripeException refused) => refused.StripeError?.Code == StripeFailure.AddressUnclear;

    private const string SelectVersion = "select version from billing_details where organization_id = @organizationId";

    private static string WhereIs(string organizationId) =>
        $"Taxes are reckoned by where the customer is. An administrator or billing member of {organizationId} gives its address at /v1/billing-details/{organizationId}; then it goes on by itself.";
}
