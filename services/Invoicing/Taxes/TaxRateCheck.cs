using System.Net;
using System.Text.RegularExpressions;
using Marketplace.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Proves tax rates before they are stored: each is there and in use, in the integration's own account and mode, because its own key finds it.</summary>
public sealed partial class TaxRateCheck(StripeConnections stripe)
{
    /// <summary>The refusal, or null when the setting may be stored. Nothing is changed at Stripe.</summary>
    /// <param name="isBeforeTax">Whether Stripe was told that prices there are before tax: then no rate may lie within them.</param>
    public async Task<ProblemHttpResult?> Refuse(StripeKeys keys, TaxRequest tax, bool isBeforeTax, CancellationToken cancellation)
    {
        var rates = tax.Rates ?? [];
        if ((tax.Mode == TaxSetting.ByRates) != (rates.Count > 0))
        {
            return Problem.Invalid("tax.rates", tax.Mode == TaxSetting.ByRates ? "Name at least one tax rate of your Stripe account." : "Tax rates go with the mode 'rates' only.");
        }

        foreach (var (index, id) in rates.Index())
        {
            if (id is null || !Id().IsMatch(id))
            {
                return Problem.Invalid($"tax.rates[{index}]", "Not the id of a Stripe tax rate: it starts with txr_.");
            }
        }

        var client = stripe.Open(keys);
        foreach (var (index, id) in rates.Index())
        {
            if (await Refuse(client, $"tax.rates[{index}]", id, isBeforeTax, cancellation) is { } refusal)
            {
                return refusal;
            }
        }

        return null;
    }

    private static async Task<ProblemHttpResult?> Refuse(StripeClient client, string field, string id, bool isBeforeTax, CancellationToken cancellation)
    {
        try
        {
            var rate = await client.V1.TaxRates.GetAsync(id, cancellationToken: cancellation);
            return !rate.Active ? Problems.TaxRateArchived(field, id) : isBeforeTax && rate.Inclusive ? Problems.TaxRateInclusive(field, id) : null;
        }
        catch (StripeException exception) when (exception.HttpStatusCode == HttpStatusCode.NotFound)
        {
            return Problems.TaxRateUnknown(field, id);
        }
        catch (StripeException exception) when (exception.HttpStatusCode == HttpStatusCode.Forbidden)
        {
            return Problems.TaxRatesUnreadable(field);
        }
        catch (Exception exception) when (StripeFailure.Of(exception, cancellation) is not null)
        {
            return Problems.StripeAway();
        }
    }

    [GeneratedRegex("^txr_[A-Za-z0-9]{1,60}$", RegexOptions.NonBacktracking)]
    private static partial Regex Id();
}
