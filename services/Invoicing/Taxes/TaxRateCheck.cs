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
    /// <returns>Beside it the first rate that lies within prices: where Stripe was told that they are before tax, it may not be stored.</returns>
    public async Task<(ProblemHttpResult? Refusal, (string Field, string Id)? Within)> Refuse(StripeKeys keys, TaxRequest tax, CancellationToken cancellation)
    {
        var rates = tax.Rates ?? [];
        if ((tax.Mode == TaxSetting.ByRates) != (rates.Count > 0))
        {
            return (Problem.Invalid("tax.rates", tax.Mode == TaxSetting.ByRates ? "Name at least one tax rate of your Stripe account." : "Tax rates go with the mode 'rates' only."), null);
        }

        foreach (var (index, id) in rates.Index())
        {
            if (id is null || !Id().IsMatch(id))
            {
                return (Problem.Invalid($"tax.rates[{index}]", "Not the id of a Stripe tax rate: it starts with txr_."), null);
            }
        }

        var client = stripe.Open(keys);
        (string Field, string Id)? within = null;
        foreach (var (index, id) in rates.Index())
        {
            var field = $"tax.rates[{index}]";
            var (refusal, isWithin) = await Refuse(client, field, id, cancellation);
            if (refusal is not null)
            {
                return (refusal, null);
            }

            within ??= isWithin ? (field, id) : null;
        }

        return (null, within);
    }

    private static async Task<(ProblemHttpResult? Refusal, bool IsWithin)> Refuse(StripeClient client, string field, string id, CancellationToken cancellation)
    {
        try
        {
            var rate = await client.V1.TaxRates.GetAsync(id, cancellationToken: cancellation);
            return (rate.Active ? null : Problems.TaxRateArchived(field, id), rate.Inclusive);
        }
        catch (StripeException exception) when (exception.HttpStatusCode == HttpStatusCode.NotFound)
        {
            return (Problems.TaxRateUnknown(field, id), false);
        }
        catch (StripeException exception) when (exception.HttpStatusCode == HttpStatusCode.Forbidden)
        {
            return (Problems.TaxRatesUnreadable(field), false);
        }
        catch (Exception exception) when (StripeFailure.Of(exception, cancellation) is not null)
        {
            return (Problems.StripeAway(), false);
        }
    }

    [GeneratedRegex("^txr_[A-Za-z0-9]{1,60}$", RegexOptions.NonBacktracking)]
    private static partial Regex Id();
}
