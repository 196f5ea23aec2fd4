using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Mvc;

namespace Marketplace.Invoicing;

/// <summary>A payment that its payer disputes with the bank.</summary>
/// <param name="OrganizationId">The consumer organization.</param>
/// <param name="Status">Stripe's word: <c>warning_needs_response</c>, <c>warning_under_review</c> and <c>warning_closed</c> for inquiries, which change nothing;
/// <c>needs_response</c> and <c>under_review</c>, while access is withheld; <c>won</c>, <c>lost</c>, <c>prevented</c>.</param>
/// <param name="WithholdsAccess">Whether it does now.</param>
/// <param name="EvidenceDueBy">Until when the provider can answer in Stripe's dashboard (UTC).</param>
public sealed record DisputeResponse(
    string Id, string InvoiceId, string SubscriptionId, string OrganizationId, string BillingIntegrationId, Money Amount, string Reason, string Status, bool WithholdsAccess,
    DateTimeOffset? EvidenceDueBy, DateTimeOffset OpenedAt, DateTimeOffset? ClosedAt);

/// <summary>Which disputes are asked for.</summary>
public sealed record DisputeFilter(
    [property: FromQuery(Name = "subscription"), PlainText] string? Subscription = null,
    [property: FromQuery(Name = "organization"), PlainText] string? Organization = null,
    [property: FromQuery(Name = "status"), AllowedValues(
        null, "warning_needs_response", "warning_under_review", "warning_closed", "needs_response", "under_review", "won", "lost", "prevented",
        ErrorMessage = "One of: warning_needs_response, warning_under_review, warning_closed, needs_response, under_review, won, lost, prevented.")]
    string? Status = null);

/// <summary><c>GET /v1/disputes</c>: members of the provider, whose account answers them.</summary>
public static class ReadDisputes
{
    /// <summary>Newest first.</summary>
    public static async Task<Page<DisputeResponse>> List(
        [AsParameters] DisputeFilter filter, [AsParameters] PageQuery page, Caller caller, Database database, CancellationToken cancellation) =>
        Page<Row>.Of(
            await database.Query<Row>(
                """
                select d.id, d.invoice_id, v.subscription_id, v.organization_id, v.integration_id, d.amount, d.currency, d.reason, d.status, d.evidence_due_by, d.opened_at, d.closed_at
                from disputes d join invoices v on v.id = d.invoice_id
                where d.id < @After and (@IsOperator or v.provider_organization_id = any(@providers))
                  and (@Subscription::text is null or v.subscription_id = @Subscription) and (@Organization::text is null or v.organization_id = @Organization)
                  and (@Status::text is null or d.status = @Status)
                order by d.id desc limit @Take
                """,
                new
                {
                    page.After, page.Take, caller.IsOperator, filter.Subscription, filter.Organization, filter.Status,
                    providers = caller.Providers,
                }, cancellation),
            page, row => row.Id).Select(row => new DisputeResponse(
                row.Id, row.InvoiceId, row.SubscriptionId, row.OrganizationId, row.IntegrationId, new(row.Amount, row.Currency), row.Reason, row.Status, DisputeState.IsOpen(row.Status),
                row.EvidenceDueBy, row.OpenedAt, row.ClosedAt));

    private sealed record Row(
        string Id, string InvoiceId, string SubscriptionId, string OrganizationId, string IntegrationId, long Amount, string Currency, string Reason, string Status,
        DateTimeOffset? EvidenceDueBy, DateTimeOffset OpenedAt, DateTimeOffset? ClosedAt);
}
