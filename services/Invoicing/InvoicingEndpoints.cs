using Marketplace.ServiceDefaults;
using Microsoft.AspNetCore.Http.Timeouts;

namespace Marketplace.Invoicing;

/// <summary>Every route of this service. All of them demand a user; what each may see and do is decided by membership in the handler.</summary>
public static class InvoicingEndpoints
{
    // Saving keys asks Stripe several times, and a probe once for each permission; a page for a person takes up to three calls: longer than the usual 5 s, shorter
    // than an idempotency key stays claimed.
    private static readonly RequestTimeoutPolicy KeysDeadline = new() { Timeout = TimeSpan.FromSeconds(9), TimeoutStatusCode = StatusCodes.Status503ServiceUnavailable };

    /// <summary>Maps them.</summary>
    public static void MapInvoicing(this IEndpointRouteBuilder app)
    {
        var integrations = app.MapGroup("/v1/billing-integrations").WithTags("Billing integrations").RequireAuthorization(Policies.User);
        integrations.MapPost("/", CreateBillingIntegration.Handle).WithName("CreateBillingIntegration").Refuses(403, 404, 409, 422, 503).WithRequestTimeout(KeysDeadline);
        integrations.MapGet("/", ReadBillingIntegrations.List).WithName("ListBillingIntegrations");
        integrations.MapGet("/{id}", ReadBillingIntegrations.Get).WithName("GetBillingIntegration").Refuses(403, 404);
        integrations.MapPatch("/{id}", ChangeBillingIntegration.Handle).WithName("UpdateBillingIntegration").Refuses(403, 404, 409, 412, 422, 428, 503).WithRequestTimeout(KeysDeadline);
        integrations.MapDelete("/{id}", DeleteBillingIntegration.Handle).WithName("DeleteBillingIntegration").Refuses(403, 404, 409, 412, 428).WithRequestTimeout(KeysDeadline);
        integrations.MapPost("/{id}/keys", RotateKeys.Handle).WithName("RotateKeys").Refuses(403, 404, 409, 422, 503).WithRequestTimeout(KeysDeadline);
        integrations.MapGet("/{id}/permissions", ReadPermissions.Handle).WithName("GetStripePermissions").Refuses(403, 404, 422, 503).WithRequestTimeout(KeysDeadline);
        integrations.MapGet("/{id}/webhook-endpoint", ManageWebhookEndpoint.Read).WithName("GetWebhookEndpoint").Refuses(403, 404, 409).WithRequestTimeout(KeysDeadline);
        integrations.MapPost("/{id}/webhook-endpoint/repair", ManageWebhookEndpoint.Repair).WithName("RepairWebhookEndpoint").Refuses(403, 404, 409, 422, 503).WithRequestTimeout(KeysDeadline);
        integrations.MapPost("/{id}/webhook-endpoint/rotate", ManageWebhookEndpoint.Rotate).WithName("RotateWebhookEndpoint").Refuses(403, 404, 409, 422, 503).WithRequestTimeout(KeysDeadline);
        integrations.MapPost("/{id}/webhook-endpoint/retire", ManageWebhookEndpoint.Retire).WithName("RetireWebhookSecrets").Refuses(403, 404, 409, 422, 503).WithRequestTimeout(KeysDeadline);
        integrations.MapGet("/{id}/jobs", ManageJobs.List).WithName("ListJobs").Refuses(400, 403, 404);
        integrations.MapDelete("/{id}/jobs", ManageJobs.Clear).WithName("ClearJobs").Refuses(400, 403, 404);
        integrations.MapGet("/{id}/jobs/{jobId}", ManageJobs.Get).WithName("GetJob").Refuses(403, 404);
        integrations.MapDelete("/{id}/jobs/{jobId}", ManageJobs.Remove).WithName("DeleteJob").Refuses(403, 404, 409);
        integrations.MapPost("/{id}/jobs/retry", ManageJobs.Retry).WithName("RetryJobs").Refuses(400, 403, 404, 409);
        integrations.MapGet("/{id}/job-queue", ReadQueues.Get).WithName("GetJobQueue").Refuses(403, 404, 409);
        integrations.MapGet("/{id}/stripe-changes", ListStripeChanges.Handle).WithName("ListStripeChanges").Refuses(400, 403, 404);
        integrations.MapGet("/{id}/finished-jobs", JobHistory.List).WithName("ListFinishedJobs").Refuses(400, 403, 404);

        integrations.MapGet("/{id}/customers", ManageCustomers.List).WithName("ListCustomers").Refuses(403, 404);
        integrations.MapGet("/{id}/customers/{organizationId}", ManageCustomers.Get).WithName("GetCustomer").Refuses(403, 404);
        integrations.MapPut("/{id}/customers/{organizationId}/payment-terms", ManageCustomers.SetTerms).WithName("UpdatePaymentTerms").Refuses(400, 403, 404, 412, 428);
        integrations.MapDelete("/{id}/customers/{organizationId}/payment-terms", ManageCustomers.RemoveTerms).WithName("DeletePaymentTerms").Refuses(403, 404, 412, 428);

        app.MapGet("/v1/operations/invoicing/stripe", (StripeReachability reachability, StripeConnections stripe, CancellationToken cancellation) => reachability.Health(stripe, cancellation))
            .WithTags("Operations").WithName("GetStripeHealth").RequireAuthorization(Policies.Operator).Refuses(401, 403);
        app.MapGet("/v1/operations/invoicing/queues", ReadQueues.List).WithTags("Operations").WithName("ListJobQueues").RequireAuthorization(Policies.Operator).Refuses(400, 401, 403);

        var books = app.MapGroup("/v1/operations/invoicing").WithTags("Operations").RequireAuthorization(Policies.Operator);
        books.MapGet("/books", ReadBooks.Handle).WithName("ListInvoicingBooks").Refuses(401, 403);
        books.MapGet("/stripe-objects", ReadStripeObjects.Recorded).WithName("ListRecordedStripeObjects").Refuses(401, 403);
        books.MapGet("/stripe-objects/{integrationId}/{type}", ReadStripeObjects.Listed).WithName("ListStripeObjects").Refuses(401, 403, 404, 409, 503).WithRequestTimeout(KeysDeadline);

        var invoices = app.MapGroup("/v1/invoices").WithTags("Invoices").RequireAuthorization(Policies.User);
        invoices.MapGet("/", ReadInvoices.List).WithName("ListInvoices").Refuses(400);
        invoices.MapGet("/{id}", ReadInvoices.Get).WithName("GetInvoice").Refuses(403, 404);
        invoices.MapPut("/{id}/billing", TellInvoice.Billing).WithName("UpdateInvoiceBilling").Refuses(400, 403, 404, 409, 412, 422, 428);
        invoices.MapPut("/{id}/state", TellInvoice.State).WithName("UpdateInvoiceState").Refuses(400, 403, 404, 409, 412, 428);
        invoices.MapPut("/{id}/status", TellInvoice.Status).WithName("UpdateInvoiceStatus").Refuses(400, 403, 404, 409, 412, 428);
        app.MapGet("/v1/invoice-events", ReadInvoiceEvents.Handle).WithTags("Invoices").WithName("ListInvoiceEvents").RequireAuthorization(Policies.User).Refuses(400, 403, 404, 410);
        invoices.MapPost("/{id}/retry", RetryInvoice.Handle).WithName("RetryInvoice").Refuses(403, 404, 409);
        invoices.MapPost("/{id}/void", VoidInvoice.Handle).WithName("VoidInvoice").Refuses(403, 404, 409);
        invoices.MapPost("/{id}/refund", RequestCredit.Refund).WithName("RefundInvoice").Refuses(400, 403, 404, 409);
        invoices.MapPost("/{id}/credit", RequestCredit.Credit).WithName("CreditInvoice").Refuses(400, 403, 404, 409);

        var notes = app.MapGroup("/v1/credit-notes").WithTags("Invoices").RequireAuthorization(Policies.User);
        notes.MapGet("/", ReadCreditNotes.List).WithName("ListCreditNotes");
        notes.MapGet("/{id}", ReadCreditNotes.Get).WithName("GetCreditNote").Refuses(404);
        notes.MapPost("/{id}/retry", RetryCreditNote.Handle).WithName("RetryCreditNote").Refuses(403, 404, 409);
        app.MapGet("/v1/disputes", ReadDisputes.List).WithTags("Invoices").WithName("ListDisputes").RequireAuthorization(Policies.User);

        var reconciliation = app.MapGroup("/v1/reconciliation").WithTags("Reconciliation").RequireAuthorization(Policies.User);
        reconciliation.MapGet("/", ReadReconciliations.List).WithName("ListReconciliations").Refuses(400);
        reconciliation.MapPost("/", StartReconciliation.Handle).WithName("CreateReconciliation").Refuses(400, 403, 404, 409);
        reconciliation.MapGet("/{id}", ReadReconciliations.Get).WithName("GetReconciliation").Refuses(403, 404);
        reconciliation.MapGet("/{id}/drifts", ReadReconciliations.Drifts).WithName("ListDrifts").Refuses(400, 403, 404);
        reconciliation.MapPost("/{id}/drifts/{driftId}/repair", RepairDrifts.One).WithName("RepairDrift").Refuses(403, 404, 409, 503).WithRequestTimeout(KeysDeadline);
        reconciliation.MapPost("/{id}/drifts/{driftId}/accept", RepairDrifts.Accept).WithName("AcceptDrift").Refuses(403, 404, 409);
        reconciliation.MapPost("/{id}/repair", RepairDrifts.All).WithName("RepairDrifts").Refuses(403, 404);

        PaymentEndpoints.Map(app, KeysDeadline);

        var details = app.MapGroup("/v1/billing-details").WithTags("Invoices").RequireAuthorization(Policies.User);
        details.MapGet("/{organizationId}", ManageBillingDetails.Get).WithName("GetBillingDetails").Refuses(403, 404);
        details.MapPut("/{organizationId}", ManageBillingDetails.Put).WithName("UpdateBillingDetails").Refuses(400, 403, 404, 412, 428);

        app.MapPost("/v1/price-estimates", EstimatePrice.Handle).WithTags("Products").WithName("EstimatePrice").RequireAuthorization(Policies.User).Refuses(400, 422);
    }

    internal static RouteHandlerBuilder Refuses(this RouteHandlerBuilder route, params int[] statuses)
    {
        foreach (var status in statuses)
        {
            route.ProducesProblem(status);
        }

        return route;
    }
}
