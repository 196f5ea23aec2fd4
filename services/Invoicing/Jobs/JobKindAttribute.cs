using System.ComponentModel.DataAnnotations;

namespace Marketplace.Invoicing;

/// <summary>A kind of job that can be asked for: null for all, or one of those that are carried out.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class JobKindAttribute() : AllowedValuesAttribute([null, .. Known])
{
    private static readonly string[] Known =
    [
        BringTaxes.JobKind, ChargeInvoice.JobKind, CreateCustomer.JobKind, CreateSubscription.JobKind, DetachPaymentMethod.JobKind, EndSubscription.JobKind, IssueCreditNote.JobKind, IssueInvoice.JobKind,
        MirrorPlan.JobKind, RepeatRefund.JobKind, SendUsage.JobKind, SetDefaultMethod.JobKind, SetUpSubscription.JobKind, SettlePeriod.JobKind, TakeOffDiscount.JobKind, UndoSubscription.JobKind,
        SendBillingDetails.JobKind, VoidStripeInvoice.JobKind,
    ];

    /// <inheritdoc/>
    public override string FormatErrorMessage(string name) => $"One of: {string.Join(", ", Known)}.";
}
