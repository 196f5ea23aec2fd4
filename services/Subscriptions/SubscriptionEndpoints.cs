using Marketplace.ServiceDefaults;

namespace Marketplace.Subscriptions;

/// <summary>Every route of this service.</summary>
public static class SubscriptionEndpoints
{
    /// <summary>Maps them; each handler says who may call it.</summary>
    public static void MapSubscriptions(this IEndpointRouteBuilder app)
    {
        var subscriptions = app.MapGroup("/v1/subscriptions").WithTags("Subscriptions").RequireAuthorization(Policies.User).ProducesProblem(404);
        subscriptions.MapPost("/", StartSubscription.Handle).WithName("StartSubscription").Refuses(400, 403, 409, 503);
        subscriptions.MapGet("/", ReadSubscriptions.List).WithName("ListSubscriptions");
        subscriptions.MapGet("/eligibility", ReadEligibility.Handle).WithName("GetEligibility").Refuses(400, 403, 409);
        subscriptions.MapGet("/price-comparisons", ComparePrices.Handle).WithName("ListPriceComparisons").Refuses(400, 403);
        subscriptions.MapGet("/{id}", ReadSubscriptions.One).WithName("GetSubscription");
        subscriptions.MapGet("/{id}/usage", ReadUsage.Handle).WithName("GetSubscriptionUsage");
        subscriptions.MapGet("/{id}/upcoming-invoice", ReadUpcomingInvoice.Handle).WithName("GetUpcomingInvoice").Refuses(403);
        subscriptions.MapGet("/{id}/history", ReadHistory.Handle).WithName("ListSubscriptionHistory");
        subscriptions.MapPost("/{id}/approve", DecideSubscription.Approve).WithName("ApproveSubscription").Refuses(403, 409);
        subscriptions.MapPost("/{id}/reject", DecideSubscription.Reject).WithName("RejectSubscription").Refuses(400, 403, 409);
        subscriptions.MapPost("/{id}/cancel", CancelSubscription.Cancel).WithName("CancelSubscription").Refuses(400, 403, 409);
        subscriptions.MapPost("/{id}/resume", CancelSubscription.Resume).WithName("ResumeSubscription").Refuses(403, 409);
        subscriptions.MapPost("/{id}/change-plan", ChangePlan.Handle).WithName("ChangeSubscriptionPlan").Refuses(400, 403, 409);
        subscriptions.MapDelete("/{id}/change-plan", ChangePlan.TakeBack).WithName("DeletePlanChange").Refuses(403, 409);
        subscriptions.MapPost("/{id}/preview-change", PreviewChange.Handle).WithName("PreviewPlanChange").Refuses(400, 403, 409);

        app.MapGet("/v1/terms-acceptances", TermsAcceptance.List).WithName("ListTermsAcceptances").WithTags("Subscriptions")
            .RequireAuthorization(Policies.User).Refuses(400);

        var grace = app.MapGroup("/v1/grace-periods").WithTags("Subscriptions").RequireAuthorization(Policies.User);
        grace.MapGet("/", GracePeriods.List).WithName("ListGracePeriods");
        grace.MapPut("/{organizationId}", GracePeriods.Update).WithName("UpdateGracePeriod").Refuses(400, 403, 404, 412, 428);
        grace.MapDelete("/{organizationId}", GracePeriods.Delete).WithName("DeleteGracePeriod").Refuses(400, 403, 404);

        var applications = app.MapGroup("/v1/applications").WithTags("Applications").RequireAuthorization(Policies.User).ProducesProblem(404);
        applications.MapPost("/", ManageApplications.Create).WithName("CreateApplication").Refuses(400, 403);
        applications.MapGet("/", ManageApplications.List).WithName("ListApplications");
        applications.MapGet("/{id}", ManageApplications.One).WithName("GetApplication");
        applications.MapPatch("/{id}", ManageApplications.Update).WithName("UpdateApplication").Refuses(400, 403, 412, 428);
        applications.MapDelete("/{id}", ManageApplications.Delete).WithName("DeleteApplication").Refuses(403, 409);

        var requests = app.MapGroup("/v1/access-requests").WithTags("Access").RequireAuthorization(Policies.User).ProducesProblem(404);
        requests.MapPost("/", RequestAccess.Handle).WithName("RequestAccess").Refuses(400, 403, 409);
        requests.MapGet("/", ReadAccessRequests.List).WithName("ListAccessRequests");
        requests.MapGet("/{id}", ReadAccessRequests.One).WithName("GetAccessRequest");
        requests.MapPost("/{id}/approve", DecideAccess.Approve).WithName("ApproveAccessRequest").Refuses(403, 409);
        requests.MapPost("/{id}/reject", DecideAccess.Reject).WithName("RejectAccessRequest").Refuses(403, 409);

        var credentials = app.MapGroup("/v1/credentials").WithTags("Access").RequireAuthorization(Policies.User).ProducesProblem(404);
        credentials.MapGet("/", ManageCredentials.List).WithName("ListCredentials");
        credentials.MapPost("/{id}/rotate", ManageCredentials.Rotate).WithName("RotateCredential").Refuses(403, 409);
        credentials.MapPost("/{id}/suspend", ManageCredentials.Suspend).WithName("SuspendCredential").Refuses(400, 403, 409);
        credentials.MapPost("/{id}/enable", ManageCredentials.Enable).WithName("EnableCredential").Refuses(403, 409);
        credentials.MapDelete("/{id}", ManageCredentials.Delete).WithName("DeleteCredential").Refuses(403);

        app.MapGet("/v1/operations/subscriptions/books", ReadBooks.Handle).WithName("ListSubscriptionBooks").WithTags("Operations")
            .RequireAuthorization(Policies.Operator).Refuses(400);

        var gateways = app.MapGroup("/internal").RequireAuthorization(Policies.Service).ExcludeFromDescription();
        gateways.MapGet("/entitlements", ReadEntitlements.Handle).WithName("ReadEntitlements");
        gateways.MapPut("/leases", GrantLease.Handle).WithName("GrantLease");
        gateways.MapGet("/usage-reports/{gatewayId}", GatewayReports.Read).WithName("ReadUsageReports");
    }

    private static void Refuses(this RouteHandlerBuilder route, params int[] statuses)
    {
        foreach (var status in statuses)
        {
            route.ProducesProblem(status);
        }
    }
}
