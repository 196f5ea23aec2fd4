using System.ComponentModel.DataAnnotations;

namespace Marketplace.Invoicing;

/// <summary>A kind of difference that can be asked for: null for all, or one of <see cref="DriftKind"/>.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class DriftKindAttribute() : AllowedValuesAttribute([null, .. Known])
{
    private static readonly string[] Known =
    [
        DriftKind.InvoiceStatus, DriftKind.InvoiceAmount, DriftKind.InvoicePayment, DriftKind.InvoiceMissingHere, DriftKind.InvoiceMissingAtStripe, DriftKind.InvoiceNotIssued, DriftKind.CustomerMissingHere,
        DriftKind.CustomerMissingAtStripe, DriftKind.CustomerChanged, DriftKind.SubscriptionStatus, DriftKind.SubscriptionMissingHere, DriftKind.SubscriptionMissingAtStripe, DriftKind.SubscriptionChanged,
        DriftKind.SubscriptionTaxes, DriftKind.TaxRateArchived, DriftKind.TaxRateUnknown, DriftKind.PlanChanged, DriftKind.MeterTotal, DriftKind.UnknownObject,
    ];

    /// <inheritdoc/>
    public override string FormatErrorMessage(string name) => $"One of: {string.Join(", ", Known)}.";
}
