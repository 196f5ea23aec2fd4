using Marketplace.ServiceDefaults;
using Marketplace.WebhookIngest.Inbox;
using Marketplace.WebhookIngest.Ingest;

namespace Marketplace.WebhookIngest;

/// <summary>Every route of WebhookIngest.</summary>
public static class WebhookEndpoints
{
    /// <summary>Maps them. Deliveries are open to anybody and proven by their signature; the inbox is for operators and the integration's administrators.</summary>
    public static void MapWebhooks(this IEndpointRouteBuilder app)
    {
        app.MapPost("/webhooks/stripe/{billingIntegrationId}", ReceiveEvent.Handle).WithName("ReceiveStripeEvent").WithTags("Webhooks")
            .AllowAnonymous()
            .ProducesProblem(400).ProducesProblem(404).ProducesProblem(413).ProducesProblem(415).ProducesProblem(503);

        var inbox = app.MapGroup("/v1/webhook-events").WithTags("Webhooks").RequireAuthorization(Policies.User).ProducesValidationProblem().ProducesProblem(401);
        inbox.MapGet("/", ListEvents.Handle).WithName("ListWebhookEvents");
        inbox.MapGet("/summary", SummarizeEvents.Handle).WithName("GetWebhookEventSummary");
        inbox.MapGet("/{id}", ReadEvent.Handle).WithName("GetWebhookEvent").ProducesProblem(403).ProducesProblem(404);
        inbox.MapPost("/{id}/replay", ReplayEvent.Handle).WithName("ReplayWebhookEvent").ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);
        inbox.MapPost("/replay", ReplayEvents.Handle).WithName("ReplayWebhookEvents").ProducesProblem(409);
        inbox.MapPost("/{id}/ignore", IgnoreEvent.Handle).WithName("IgnoreWebhookEvent").ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);
        inbox.MapPost("/ignore", IgnoreEvents.Handle).WithName("IgnoreWebhookEvents").ProducesProblem(409);
    }
}
