using System.Text;
using System.Text.Json;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.WebhookIngest.Inbox;

/// <summary>A stored event with what was delivered.</summary>
/// <param name="Headers">The headers that matter.</param>
/// <param name="Body">The body as text.</param>
public sealed record EventResponse(ListedEvent Event, JsonElement Headers, string Body);

/// <summary>Shows one event.</summary>
public static class ReadEvent
{
    /// <summary>200; 404 for strangers, 403 <c>role_missing</c>. Operators, and owners and admins of the integration's organization may.</summary>
    public static async Task<Results<Ok<EventResponse>, ProblemHttpResult>> Handle(string id, Caller caller, Database database, CancellationToken cancellation)
    {
        var organization = await database.QueryOne<string>("select organization_id from webhook_events where id = @id", new { id }, cancellation);
        if (Refusal(caller, organization, id) is { } refusal)
        {
            return refusal;
        }

        var listed = await database.QueryOne<ListedEvent>($"select {ListedEvent.Columns} from webhook_events e where e.id = @id", new { id }, cancellation);
        var (headers, body) = await database.QueryOne<(string, byte[])>("select headers::text, body from webhook_events where id = @id", new { id }, cancellation);
        return TypedResults.Ok(new EventResponse(listed!, JsonDocument.Parse(headers).RootElement, Encoding.UTF8.GetString(body)));
    }

    /// <summary>Null for who may see and replay the organization's events.</summary>
    internal static ProblemHttpResult? Refusal(Caller caller, string? organization, string id) =>
        organization is null || !caller.Sees(organization) ? Problem.NotFound("webhook event", id)
        : caller.IsOperator || caller.Has(organization, Roles.ProviderSettings) ? null
        : Problem.RoleMissing(organization, Roles.ProviderSettings);
}
