using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Marketplace.Accounts.Audit;

/// <summary>One entry of the audit log.</summary>
/// <param name="Actor">The user (<c>usr_…</c>); null for what the system did by itself.</param>
/// <param name="Before">What changed as it was; null for something new.</param>
/// <param name="After">What changed as it is now; null for something gone.</param>
public sealed record RecordedChange(
    string Id, DateTimeOffset At, string? Actor, string Action, string? OrganizationId, string ObjectId, JsonElement? Before, JsonElement? After, string? TraceId);

/// <summary>Which entries are wanted; all given conditions hold.</summary>
public sealed record ChangeFilter(
    [property: FromQuery(Name = "organizationId"), PlainText(64)] string? OrganizationId,
    [property: FromQuery(Name = "objectId"), PlainText(64)] string? ObjectId,
    [property: FromQuery(Name = "actor"), PlainText(64)] string? Actor,
    [property: FromQuery(Name = "action"), PlainText(64)] string? Action,
    [property: FromQuery(Name = "from")] DateTimeOffset? From,
    [property: FromQuery(Name = "to")] DateTimeOffset? To);

/// <summary>The audit log, newest first.</summary>
public static class ListChanges
{
    /// <summary>200 with a page. Administrators see the changes of their organizations, everybody those that they made to their own
    /// account, operators all.</summary>
    public static async Task<Ok<Page<RecordedChange>>> Handle(
        [AsParameters] PageQuery page, [AsParameters] ChangeFilter filter, Caller caller, Database database, CancellationToken cancellation)
    {
        var rows = await database.Query<Row>(
            """
            select id, at, actor, action, organization_id, object_id, before::text, after::text, trace_id from audit_log
            where id < @After and (@IsOperator or organization_id = any(@Seen) or (organization_id is null and actor = @UserId))
              and (@OrganizationId::text is null or organization_id = @OrganizationId)
              and (@ObjectId::text is null or object_id = @ObjectId)
              and (@Actor::text is null or actor = @Actor)
              and (@Action::text is null or action = @Action)
              and (@From::timestamptz is null or at >= @From)
              and (@To::timestamptz is null or at < @To)
            order by id desc limit @Take
            """,
            new
            {
                page.After, page.Take, caller.IsOperator, caller.UserId, Seen = caller.OrganizationsWith(Roles.Owner, Roles.Admin),
                filter.OrganizationId, filter.ObjectId, filter.Actor, filter.Action, filter.From, filter.To,
            },
            cancellation);
        return TypedResults.Ok(Page<Row>.Of(rows, page, row => row.Id).Select(row => row.Show()));
    }

    private sealed record Row(
        string Id, DateTimeOffset At, string? Actor, string Action, string? OrganizationId, string ObjectId, string? Before, string? After, string? TraceId)
    {
        public RecordedChange Show() => new(Id, At, Actor, Action, OrganizationId, ObjectId, Parse(Before), Parse(After), TraceId);

        private static JsonElement? Parse(string? json) => json is null ? null : JsonElement.Parse(json);
    }
}
