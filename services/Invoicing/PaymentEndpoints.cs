using Marketplace.ServiceDefaults;
using Microsoft.AspNetCore.Http.Timeouts;

namespace Marketplace.Invoicing;

/// <summary>The routes of what consumers pay with: payment methods, the pages on which they are stored, and Stripe's customer portal.</summary>
internal static class PaymentEndpoints
{
    /// <summary>Maps them.</summary>
    /// <param name="deadline">For requests in which Stripe is asked while a person waits.</param>
    public static void Map(IEndpointRouteBuilder app, RequestTimeoutPolicy deadline)
    {
        var methods = app.MapGroup("/v1/payment-methods").WithTags("Payments").RequireAuthorization(Policies.User);
        methods.MapPost("/", OpenSetupSession.Handle).WithName("CreatePaymentMethod").Refuses(403, 404, 409, 422, 503).WithRequestTimeout(deadline);
        methods.MapGet("/", ReadPaymentMethods.List).WithName("ListPaymentMethods");
        methods.MapGet("/{id}", ReadPaymentMethods.Get).WithName("GetPaymentMethod").Refuses(403, 404);
        methods.MapPatch("/{id}", ChangePaymentMethod.Rename).WithName("UpdatePaymentMethod").Refuses(403, 404, 412, 428);
        methods.MapPost("/{id}/default", ChangePaymentMethod.MakeDefault).WithName("CreateDefaultPaymentMethod").Refuses(403, 404, 409);
        methods.MapDelete("/{id}", RemovePaymentMethod.Handle).WithName("DeletePaymentMethod").Refuses(403, 404, 409);
        app.MapGet("/v1/payment-method-types", OpenSetupSession.ListTypes).WithTags("Payments").WithName("ListPaymentMethodTypes").RequireAuthorization(Policies.User);
        app.MapPost("/v1/checkout-sessions", OpenSubscriptionCheckout.Handle).WithTags("Payments").WithName("CreateCheckoutSession").RequireAuthorization(Policies.User)
            .Refuses(400, 403, 404, 409, 422, 503).WithRequestTimeout(deadline);
        app.MapGet("/v1/checkout-sessions/{id}", ReadCheckoutSession.Handle).WithTags("Payments").WithName("GetCheckoutSession").RequireAuthorization(Policies.User).Refuses(403, 404);
        app.MapPost("/v1/portal-sessions", OpenPortalSession.Handle).WithTags("Payments").WithName("CreatePortalSession").RequireAuthorization(Policies.User)
            .Refuses(403, 404, 409, 422, 503).WithRequestTimeout(deadline);
    }
}
