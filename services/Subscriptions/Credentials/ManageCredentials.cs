using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Marketplace.Subscriptions;

/// <summary>Why a credential is suspended; its organization sees it.</summary>
public sealed record SuspendCredentialRequest([Required, PlainText(500)] string Reason);

/// <summary>Filters of the list of credentials.</summary>
/// <param name="Status"><c>active</c>, <c>suspended</c> or <c>revoked</c>.</param>
public sealed record CredentialFilter(
    string? OrganizationId, string? ApplicationId, string? SubscriptionId,
    [property: FromQuery(Name = "status"), AllowedValues(null, "active", "suspended", "revoked", ErrorMessage = "One of: active, suspended, revoked.")] string? Status);

/// <summary>Lists, rotates, suspends, enables and deletes credentials: admin, subscriber and developer of the organization; every member may list.</summary>
public static class ManageCredentials
{
    /// <summary>The caller's organizations' credentials without their keys, newest first.</summary>
    public static async Task<Page<CredentialAnswer>> List(
        [AsParameters] CredentialFilter filter, [AsParameters] PageQuery page, Caller caller, Database database, CancellationToken cancellation) => Page<CredentialAnswer>.Of(
        await database.Query<CredentialAnswer>(
            $"""
            {Credential.Select}
            where id < @After and (@IsOperator or organization_id = any(@Organizations))
                and (@OrganizationId::text is null or organization_id = @OrganizationId) and (@ApplicationId::text is null or application_id = @ApplicationId)
                and (@SubscriptionId::text is null or subscription_id = @SubscriptionId) and (@Status::text is null or status = @Status)
            order by id desc limit @Take
            """,
            new { page.After, page.Take, caller.IsOperator, caller.Organizations, filter.OrganizationId, filter.ApplicationId, filter.SubscriptionId, filter.Status }, cancellation),
        page, row => row.Id);

    /// <summary>A new key, shown once; the old one stops at once.</summary>
    public static async Task<Results<Ok<IssuedCredentialAnswer>, ProblemHttpResult>> Rotate(
        string id, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var credential = await Credential.Lock(transaction, id, cancellation);
        if (Refuse(credential, id, caller) is { } refusal)
        {
            return refusal;
        }

        if (credential!.Status != "active")
        {
            return Problems.CredentialStatus(credential.Status, "rotated");
        }

        if (credential.KeyPrefix is null)
        {
            return Problems.KeyNotMade();
        }

        var before = await transaction.QueryOne<DateTimeOffset?>("select rotated_at from credentials where id = @id", new { id }, cancellation);
        var now = clock.Now();
        await transaction.Execute("update credentials set rotated_at = @now where id = @id", new { now, id }, cancellation);
        var issued = await Credential.GiveKey(transaction, id, cancellation);
        // The log holds neither key, nor how it begins.
        await transaction.Record(caller, "credential.rotated", credential.OrganizationId, id, new { RotatedAt = before }, new { RotatedAt = now }, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.Ok(issued);
    }

    /// <summary>The key is refused until it is enabled again.</summary>
    public static Task<Results<Ok<CredentialAnswer>, ProblemHttpResult>> Suspend(
        string id, SuspendCredentialRequest request, Caller caller, Database database, CancellationToken cancellation) =>
        Change(id, "active", "suspended", request.Reason, caller, database, cancellation);

    /// <summary>The same key works again.</summary>
    public static Task<Results<Ok<CredentialAnswer>, ProblemHttpResult>> Enable(string id, Caller caller, Database database, CancellationToken cancellation) =>
        Change(id, "suspended", "active", null, caller, database, cancellation);

    /// <summary>The key is refused for ever. Deleting it again changes nothing.</summary>
    public static async Task<Results<NoContent, ProblemHttpResult>> Delete(string id, Caller caller, Database database, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var credential = await Credential.Lock(transaction, id, cancellation);
        if (Refuse(credential, id, caller) is { } refusal)
        {
            return refusal;
        }

        if (credential!.Status != "revoked")
        {
            await transaction.Execute("update credentials set status = 'revoked', version = version + 1 where id = @id", new { id }, cancellation);
            await transaction.Execute(
                "update access_requests set status = 'revoked' where id = @AccessRequestId and status = 'granted'", new { credential.AccessRequestId }, cancellation);
            await FeedPositions.Assign(transaction, credential.SubscriptionId is null ? [] : [credential.SubscriptionId], [id], cancellation);
            await transaction.Record(caller, "credential.revoked", credential.OrganizationId, id, new { credential.Status }, null, cancellation);
            await transaction.Commit(cancellation);
        }

        return TypedResults.NoContent();
    }

    private static async Task<Results<Ok<CredentialAnswer>, ProblemHttpResult>> Change(
        string id, string from, string to, string? reason, Caller caller, Database database, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var credential = await Credential.Lock(transaction, id, cancellation);
        if (Refuse(credential, id, caller) is { } refusal)
        {
            return refusal;
        }

        if (credential!.Status != from)
        {
            return Problems.CredentialStatus(credential.Status, to == "active" ? "enabled" : "suspended");
        }

        await transaction.Execute(
            "update credentials set status = @to, suspend_reason = @reason, version = version + 1 where id = @id", new { to, reason, id }, cancellation);
        await FeedPositions.Assign(transaction, [], [id], cancellation);
        await transaction.Record(
            caller, to == "active" ? "credential.enabled" : "credential.suspended", credential.OrganizationId, id,
            new { credential.Status, credential.SuspendReason }, new { Status = to, SuspendReason = reason }, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.Ok(credential with { Status = to, SuspendReason = reason });
    }

    private static ProblemHttpResult? Refuse(CredentialAnswer? credential, string id, Caller caller) => credential switch
    {
        null => Problem.NotFound("credential", id),
        _ when caller.Has(credential.OrganizationId, Roles.ConsumerFree) => null,
        _ when caller.In(credential.OrganizationId) is not null => Problem.RoleMissing(credential.OrganizationId, Roles.ConsumerFree),
        _ => Problem.NotFound("credential", id),
    };
}
