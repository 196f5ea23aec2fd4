using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Subscriptions;

/// <summary>A new application of a consumer organization.</summary>
public sealed record CreateApplicationRequest([Required, PlainText] string OrganizationId, [Required, PlainText(200)] string Title);

/// <summary>What may change about an application.</summary>
public sealed record UpdateApplicationRequest([Required, PlainText(200)] string Title);

/// <summary>Applications: admin, subscriber and developer of a consumer organization change them, every member reads them.</summary>
public static class ManageApplications
{
    /// <summary>201 with the application and its key, which is never shown again.</summary>
    public static async Task<Results<Created<ApplicationAnswer>, ProblemHttpResult>> Create(
        CreateApplicationRequest request, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        switch (caller.In(request.OrganizationId))
        {
            case null: return Problem.NotFound("organization", request.OrganizationId);
            case { Kind: not "consumer" }: return Problems.ConsumersOnly();
            case var _ when !caller.Has(request.OrganizationId, Roles.ConsumerFree): return Problem.RoleMissing(request.OrganizationId, Roles.ConsumerFree);
        }

        var application = new ApplicationAnswer(Ids.New("app", clock), request.OrganizationId, request.Title, clock.Now());
        await using var transaction = await database.Begin(cancellation);
        await transaction.Execute(
            "insert into applications (id, organization_id, title, created_at, created_by) values (@Id, @OrganizationId, @Title, @CreatedAt, @UserId)",
            new { application.Id, application.OrganizationId, application.Title, application.CreatedAt, caller.UserId }, cancellation);
        var credential = await Credential.IssueFor(transaction, application, clock, cancellation);
        await transaction.Record(caller, "application.created", application.OrganizationId, application.Id, null, new { application.Title }, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.Created($"/v1/applications/{application.Id}", application with { Credential = credential });
    }

    /// <summary>The caller's organizations' applications, newest first.</summary>
    public static async Task<Page<ApplicationAnswer>> List(
        string? organizationId, [AsParameters] PageQuery page, Caller caller, Database database, CancellationToken cancellation) => Page<ApplicationAnswer>.Of(
        [
            .. (await database.Query<Row>(
                """
                select id, organization_id, title, created_at, version from applications
                where id < @After and deleted_at is null and (@IsOperator or organization_id = any(@Organizations))
                    and (@organizationId::text is null or organization_id = @organizationId)
                order by id desc limit @Take
                """, new { page.After, page.Take, caller.IsOperator, caller.Organizations, organizationId }, cancellation)).Select(Show),
        ],
        page, application => application.Id);

    /// <summary>One application; its version is the ETag.</summary>
    public static async Task<Results<Ok<ApplicationAnswer>, ProblemHttpResult>> One(
        string id, Caller caller, Database database, HttpContext http, CancellationToken cancellation)
    {
        var row = await database.QueryOne<Row>(
            "select id, organization_id, title, created_at, version from applications where id = @id and deleted_at is null", new { id }, cancellation);
        if (row is null || !caller.Sees(row.OrganizationId))
        {
            return Problem.NotFound("application", id);
        }

        http.SetVersion(row.Version);
        return TypedResults.Ok(Show(row));
    }

    /// <summary>Changes the title; needs <c>If-Match</c>.</summary>
    public static async Task<Results<Ok<ApplicationAnswer>, ProblemHttpResult>> Update(
        string id, UpdateApplicationRequest request, Caller caller, Database database, HttpContext http, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var row = await Lock(transaction, id, cancellation);
        if ((Refuse(row, id, caller) ?? http.Mismatch(row!.Version)) is { } refusal)
        {
            return refusal;
        }

        await transaction.Execute("update applications set title = @Title, version = version + 1 where id = @id", new { request.Title, id }, cancellation);
        await transaction.Record(caller, "application.changed", row!.OrganizationId, id, new { row.Title }, new { request.Title }, cancellation);
        await transaction.Commit(cancellation);
        http.SetVersion(row.Version + 1);
        return TypedResults.Ok(Show(row with { Title = request.Title }));
    }

    /// <summary>Deletes an application that no live subscription and no granted access is for; its keys stop.</summary>
    public static async Task<Results<NoContent, ProblemHttpResult>> Delete(
        string id, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var row = await Lock(transaction, id, cancellation);
        if (Refuse(row, id, caller) is { } refusal)
        {
            return refusal;
        }

        if (await transaction.QueryOne<bool>(
            $"""
            select exists (select 1 from subscriptions where application_id = @id and {Subscription.Live})
                or exists (select 1 from access_requests where application_id = @id and status in ('pending', 'granted'))
            """, new { id }, cancellation))
        {
            return Problems.ApplicationInUse();
        }

        await transaction.Execute("update applications set deleted_at = @Now, version = version + 1 where id = @id", new { Now = clock.Now(), id }, cancellation);
        var credentials = await transaction.Query<string>(
            "update credentials set status = 'revoked', version = version + 1 where application_id = @id and status <> 'revoked' returning id", new { id }, cancellation);
        await FeedPositions.Assign(transaction, [], credentials.ToArray(), cancellation);
        await transaction.Record(caller, "application.deleted", row!.OrganizationId, id, new { row.Title }, null, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.NoContent();
    }

    private static Task<Row?> Lock(Transaction transaction, string id, CancellationToken cancellation) => transaction.QueryOne<Row>(
        "select id, organization_id, title, created_at, version from applications where id = @id and deleted_at is null for update", new { id }, cancellation);

    private static ProblemHttpResult? Refuse(Row? row, string id, Caller caller) => row switch
    {
        null => Problem.NotFound("application", id),
        _ when caller.Has(row.OrganizationId, Roles.ConsumerFree) => null,
        _ when caller.In(row.OrganizationId) is not null => Problem.RoleMissing(row.OrganizationId, Roles.ConsumerFree),
        _ => Problem.NotFound("application", id),
    };

    private static ApplicationAnswer Show(Row row) => new(row.Id, row.OrganizationId, row.Title, row.CreatedAt);

    private sealed record Row(string Id, string OrganizationId, string Title, DateTimeOffset CreatedAt, long Version);
}
