using Stripe;

namespace Marketplace.Invoicing;

/// <summary>The taxes of Stripe's own objects, held against a setting and brought to it.</summary>
public static class StripeTaxes
{
    /// <summary>Gives a draft the taxes of a setting, with an update that is made anyway. Rates that it bears already are not sent again: one that was archived since is refused. Stripe Tax
    /// reckons anew, for the customer may be elsewhere.</summary>
    public static InvoiceUpdateOptions With(this InvoiceUpdateOptions options, TaxSetting tax, Stripe.Invoice draft)
    {
        if (draft.Awaits(tax))
        {
            (options.AutomaticTax, options.DefaultTaxRates) = (new() { Enabled = tax.NeedsAddress }, [.. tax.Rates]);
        }

        return options;
    }

    /// <summary>Takes off with it what somebody gave the customer, the subscription or the draft itself at Stripe: our rating is what is owed. A discount on a single line stays, and is found when the totals are compared.</summary>
    public static InvoiceUpdateOptions WithoutDiscounts(this InvoiceUpdateOptions options, Stripe.Invoice draft)
    {
        if (draft.IsDiscounted())
        {
            options.Discounts = [];
        }

        return options;
    }

    /// <summary>Whether something comes off a draft as a whole.</summary>
    public static bool IsDiscounted(this Stripe.Invoice draft) => draft.DiscountIds is { Count: > 0 };

    /// <summary>Whether a draft is to be given a setting's taxes: it bears others, or Stripe Tax is to reckon anew.</summary>
    public static bool Awaits(this Stripe.Invoice draft, TaxSetting tax) => tax.NeedsAddress || !tax.Is(draft.AutomaticTax?.Enabled, draft.DefaultTaxRates);

    /// <summary>Whether a subscription bears the taxes of a setting and no others, its items none of their own.</summary>
    public static bool Bears(this Subscription subscription, TaxSetting tax) =>
        tax.Is(subscription.AutomaticTax?.Enabled, subscription.DefaultTaxRates) && subscription.Items.Data.TrueForAll(item => item.TaxRates is not { Count: > 0 });

    /// <summary>Reads the lines that an invoice did not bring along, for it shows its newest only.</summary>
    public static async Task ReadAllLines(this StripeClient client, Stripe.Invoice invoice, CancellationToken cancellation)
    {
        if (invoice.Lines?.HasMore != true)
        {
            return;
        }

        List<InvoiceLineItem> lines = [];
        await foreach (var line in client.V1.Invoices.LineItems.ListAutoPagingAsync(invoice.Id, new InvoiceLineItemListOptions { Limit = 100 }, cancellationToken: cancellation))
        {
            lines.Add(line);
        }

        (invoice.Lines.Data, invoice.Lines.HasMore) = (lines, false);
    }

    /// <summary>What of an invoice's taxes is not the setting's; null where all is. Whose customer is exempt bears none, whatever the setting is.</summary>
    /// <param name="invoice">With all its lines.</param>
    public static string? Difference(this Stripe.Invoice invoice, TaxSetting tax)
    {
        if ((invoice.AutomaticTax?.Enabled == true) != tax.NeedsAddress)
        {
            return tax.NeedsAddress ? "Stripe Tax did not reckon its taxes." : "Stripe Tax reckoned its taxes.";
        }

        if (tax.NeedsAddress)
        {
            return null;
        }

        var borne = (invoice.TotalTaxes ?? []).Where(borne => borne.Amount != 0).Select(borne => borne.TaxRateDetails?.TaxRateId ?? "").ToHashSet(StringComparer.Ordinal);
        if (borne.FirstOrDefault(rate => !tax.Rates.Contains(rate)) is { } foreign)
        {
            return $"It bears the tax rate '{foreign}', which is not the integration's.";
        }

        var isExempt = invoice.CustomerTaxExempt is "exempt" or "reverse";
        return !isExempt && invoice.Lines?.Data.Find(line => line.Amount != 0 && !IsWhole(line, tax)) is { } line
            ? $"Its line '{line.Description}' does not bear the integration's tax rates." : null;
    }

    private static bool IsWhole(InvoiceLineItem line, TaxSetting tax)
    {
        var borne = (line.Taxes ?? []).Select(borne => borne.TaxRateDetails?.TaxRateId ?? "").ToHashSet(StringComparer.Ordinal);
        return tax.Rates.All(borne.Contains);
    }
}
