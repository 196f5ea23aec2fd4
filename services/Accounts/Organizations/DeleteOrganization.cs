using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using Marketplace.Accounts.Mail;
using Marketplace.Accounts.Tokens;
using Marketplace.Contracts.Accounts;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Accounts.Organizations;

/// <summary>What is typed to delete an organization.</summary>
/// <param name="Title">The organization's title, exactly.</param>
/// <param name="Code">The code that was mailed.</param>
public sealed record DeleteOrganizationRequest([Required, PlainText(100)] string Title, [Required, PlainText(20)] string Code);

/// <summary>Deletes an organization with its memberships and invitations, in two steps: a code by mail, then title and code. Its subscriptions end, which
/// Subscriptions hears of; invoices, usage and the audit log stay. A provider is deleted once its catalogs and billing integrations are.</summary>
public static class DeleteOrganization
{
    private const int Tries = 5;
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(15);

    /// <summary>202: a code is on its way to the caller. 404 for strangers, 403 <c>role_missing</c>, 409 <c>session_missing</c> for personal tokens,
    /// 429 <c>too_many_letters</c>. Owners of providers and administrators of consumers may.</summary>
    public static async Task<Results<Accepted, ProblemHttpResult>> SendCode(
        string id, Caller caller, Database database, Mailbox mailbox, TimeProvider clock, CancellationToken cancellation)
    {
        if (Refusal(caller, id) is { } refusal)
        {
            return refusal;
        }

        await using var transaction = await database.Begin(cancellation);
        var organization = await Organization.Lock(transaction, id, cancellation);
        var email = await transaction.QueryOne<string>("select email from users where id = @UserId", new { caller.UserId }, cancellation);
        if (organization is null || email is null)
        {
            return Problem.NotFound("organization", id);
        }

        var code = RandomNumberGenerator.GetString(PersonalToken.TypedLetters, 10);
        var letter = Letters.DeletionCode(organization.Title, code);
        // Whoever asks is known, so that saying no gives nothing away.
        if (await mailbox.Overfull(transaction, email, letter.Kind, cancellation))
        {
            return Problems.TooManyLetters();
        }

        await transaction.Execute(
            """
            insert into deletion_codes (organization_id, user_id, hash, expires_at) values (@id, @UserId, @Hash, @Expires)
            on conflict (organization_id) do update set user_id = excluded.user_id, hash = excluded.hash, expires_at = excluded.expires_at, tries = 0
            """, new { id, caller.UserId, Hash = PersonalToken.Hash(code), Expires = clock.GetUtcNow() + Lifetime }, cancellation);
        await mailbox.Put(transaction, email, letter, cancellation);
        await transaction.Record(caller, "organization.deletion_asked", id, id, null, new { CodeMailed = true }, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.Accepted((string?)null);
    }

    /// <summary>204; 400 for another title, 403 <c>code_wrong</c> or <c>role_missing</c>, 404 for strangers, 409 <c>organization_in_use</c> for a provider with
    /// catalogs or billing integrations, which are named, <c>session_missing</c> for personal tokens. Owners of providers and administrators of consumers may.</summary>
    public static async Task<Results<NoContent, ProblemHttpResult>> Handle(
        string id, DeleteOrganizationRequest request, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        if (Refusal(caller, id) is { } refusal)
        {
            return refusal;
        }

        var now = clock.GetUtcNow();
        await using var transaction = await database.Begin(cancellation);
        if (await Organization.Lock(transaction, id, cancellation) is not { } organization)
        {
            return Problem.NotFound("organization", id);
        }

        if (request.Title != organization.Title)
        {
            return Problems.TitleDiffers();
        }

        if (!await IsCode(transaction, id, caller, request.Code, now, cancellation))
        {
            await transaction.Execute("update deletion_codes set tries = tries + 1 where organization_id = @id", new { id }, cancellation);
            await transaction.Commit(cancellation);
            return Problems.DeletionCodeWrong();
        }

        if (await ProviderUse.Of(transaction, id, cancellation) is { Count: > 0 } uses)
        {
            return Problems.OrganizationInUse(uses);
        }

        await transaction.Execute("delete from organizations where id = @id", new { id }, cancellation);
        await transaction.Announce(new OrganizationDeleted(id, now, organization.Version + 1), cancellation);
        await transaction.Record(caller, "organization.deleted", id, id, new { organization.Kind, organization.Title, organization.CatalogId }, null, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.NoContent();
    }

    private static ProblemHttpResult? Refusal(Caller caller, string id)
    {
        if (Access.Refusal(caller, id) is { } refusal)
        {
            return refusal;
        }

        var highest = Organization.HighestRole(caller.In(id)!.Kind);
        return !caller.Has(id, highest) ? Problem.RoleMissing(id, highest) : caller.Session is null ? Problems.SessionNeeded() : null;
    }

    private static Task<bool> IsCode(Transaction transaction, string id, Caller caller, string code, DateTimeOffset now, CancellationToken cancellation) =>
        transaction.QueryOne<bool>(
            """
            select exists (
                select from deletion_codes
                where organization_id = @id and user_id = @UserId and hash = @Hash and tries < @Tries and expires_at > @now)
            """, new { id, caller.UserId, Hash = PersonalToken.Hash(code.Trim().ToUpperInvariant()), Tries, now }, cancellation);
}
