using System.ComponentModel.DataAnnotations;
using Marketplace.Accounts.Mail;
using Marketplace.Accounts.Organizations;
using Marketplace.Accounts.Tokens;
using Marketplace.Accounts.Users;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Accounts.Invitations;

/// <summary>Who is invited, and to which roles.</summary>
public sealed record InviteRequest(
    [Required, MaxLength(254), RegularExpression(EmailAddresses.Pattern, ErrorMessage = EmailAddresses.Expected)] string Email,
    [Required, MinLength(1), MaxLength(10)] IReadOnlyList<string> Roles);

/// <summary>A new invitation.</summary>
/// <param name="Token">What the invited user accepts it with; mailed to the address, and not shown again.</param>
public sealed record InviteResponse(string Id, string Email, IReadOnlyList<string> Roles, string State, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, string Token);

/// <summary>Invites somebody by mail, with an account or without one yet.</summary>
public static class Invite
{
    /// <summary>201 with the token, shown this once; a pending invitation of the same address is withdrawn. 404 for strangers, 403 <c>role_missing</c>,
    /// 409 <c>already_member</c>. Its administrators may; only owners invite owners. While a consumer has no member, its provider's administrators may.</summary>
    public static async Task<Results<Created<InviteResponse>, ProblemHttpResult>> Handle(
        string id, InviteRequest request, Caller caller, Database database, SentInvitation invitation, CancellationToken cancellation)
    {
        var forFirst = caller.In(id) is null && await Organization.ProviderOf(database, id, cancellation) is { } provider && caller.Has(provider, Roles.ProviderSettings);
        if (!forFirst && Access.Refusal(caller, id) is { } refusal)
        {
            return refusal;
        }

        var kind = forFirst ? Organization.Consumer : caller.In(id)!.Kind;
        string[] roles = [.. request.Roles.Distinct()];
        if (Problems.OfRoles(kind, roles) is { } wrong)
        {
            return wrong;
        }

        var highest = Organization.HighestRole(kind);
        if (roles.Contains(highest) && !forFirst && !caller.Has(id, highest))
        {
            return Problem.RoleMissing(id, highest);
        }

        await using var transaction = await database.Begin(cancellation);
        if (await Organization.Lock(transaction, id, cancellation) is not { } organization)
        {
            return Problem.NotFound("organization", id);
        }

        if (forFirst && (!roles.Contains(highest) || await transaction.QueryOne<bool>("select exists (select from memberships where organization_id = @id)", new { id }, cancellation)))
        {
            return Problem.RoleMissing(id, highest);
        }

        if (await transaction.QueryOne<bool>(
            "select exists (select 1 from memberships m join users u on u.id = m.user_id where m.organization_id = @id and u.email_key = @Key)",
            new { id, Key = EmailAddresses.Key(request.Email) }, cancellation))
        {
            return Problems.AlreadyMember();
        }

        var made = await invitation.Write(transaction, organization, request.Email, roles, caller, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.Created($"/v1/organizations/{id}/invitations/{made.Id}", made);
    }
}

/// <summary>Writes an invitation and its mail.</summary>
public sealed class SentInvitation(Mailbox mailbox, Letters letters, TimeProvider clock)
{
    /// <summary>How long an invitation is good.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    /// <summary>The invitation; a pending one of the same address is withdrawn.</summary>
    public async Task<InviteResponse> Write(
        Transaction transaction, Organization organization, string email, string[] roles, Caller inviter, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var key = EmailAddresses.Key(email);
        var made = new InviteResponse(Ids.New("inv", clock), email, roles, "pending", now, now + Lifetime, PersonalToken.New("mki_"));
        await transaction.Execute(
            """
            update invitations set state = 'revoked' where organization_id = @organization and email_key = @key and state = 'pending';
            insert into invitations (id, organization_id, email, email_key, roles, token_hash, created_by, created_at, expires_at)
            values (@Id, @organization, @Email, @key, @roles, @Hash, @UserId, @CreatedAt, @ExpiresAt)
            """,
            new { made.Id, organization = organization.Id, made.Email, key, roles, Hash = PersonalToken.Hash(made.Token), inviter.UserId, made.CreatedAt, made.ExpiresAt },
            cancellation);
        var name = await transaction.QueryOne<string>(
            "select coalesce(nullif(concat_ws(' ', first_name, last_name), ''), email) from users where id = @UserId", new { inviter.UserId }, cancellation);
        await mailbox.Put(transaction, email, letters.Invitation(organization.Title, name ?? "Somebody", roles, made.Token, made.ExpiresAt), cancellation);
        await transaction.Record(inviter, "invitation.sent", organization.Id, made.Id, null, new { made.Email, made.Roles, made.ExpiresAt }, cancellation);
        return made;
    }
}
