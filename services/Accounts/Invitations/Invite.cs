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
/// <param name="Token">What the invited user accepts it with; not shown again.</param>
public sealed record InviteResponse(string Id, string Email, IReadOnlyList<string> Roles, string State, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, string Token);

/// <summary>Invites somebody by mail, with an account or without one yet.</summary>
public static class Invite
{
    /// <summary>How long an invitation is good.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    /// <summary>201 with the token, shown this once; a pending invitation of the same address is withdrawn. 404 for strangers, 403 <c>role_missing</c>,
    /// 409 <c>already_member</c>. Its administrators may; only owners invite owners.</summary>
    public static async Task<Results<Created<InviteResponse>, ProblemHttpResult>> Handle(
        string id, InviteRequest request, Caller caller, Database database, Mailbox mailbox, Letters letters, TimeProvider clock, CancellationToken cancellation)
    {
        if (Access.Refusal(caller, id) is { } refusal)
        {
            return refusal;
        }

        var kind = caller.In(id)!.Kind;
        var highest = Organization.HighestRole(kind);
        if (request.Roles.Any(role => !Organization.RolesOf(kind).Contains(role)))
        {
            return Problems.RoleUnknown(kind);
        }

        if (request.Roles.Contains(highest) && !caller.Has(id, highest))
        {
            return Problem.RoleMissing(id, highest);
        }

        var now = clock.GetUtcNow();
        var made = new InviteResponse(Ids.New("inv", clock), request.Email, [.. request.Roles.Distinct()], "pending", now, now + Lifetime, PersonalToken.New("mki_"));
        var key = EmailAddresses.Key(request.Email);
        await using var transaction = await database.Begin(cancellation);
        if (await Organization.Lock(transaction, id, cancellation) is not { } organization)
        {
            return Problem.NotFound("organization", id);
        }

        if (await transaction.QueryOne<bool>(
            "select exists (select 1 from memberships m join users u on u.id = m.user_id where m.organization_id = @id and u.email_key = @key)", new { id, key }, cancellation))
        {
            return Problems.AlreadyMember();
        }

        await transaction.Execute("update invitations set state = 'revoked' where organization_id = @id and email_key = @key and state = 'pending'", new { id, key }, cancellation);
        await transaction.Execute(
            """
            insert into invitations (id, organization_id, email, email_key, roles, token_hash, created_by, created_at, expires_at)
            values (@Id, @organization, @Email, @key, @Roles, @Hash, @UserId, @CreatedAt, @ExpiresAt)
            """,
            new { made.Id, organization = id, made.Email, key, Roles = made.Roles.ToArray(), Hash = PersonalToken.Hash(made.Token), caller.UserId, made.CreatedAt, made.ExpiresAt },
            cancellation);
        var inviter = await transaction.QueryOne<string>("select coalesce(nullif(concat_ws(' ', first_name, last_name), ''), email) from users where id = @UserId", new { caller.UserId }, cancellation);
        await mailbox.Put(transaction, made.Email, letters.Invitation(organization.Title, inviter ?? "Somebody", made.Roles, made.Token, made.ExpiresAt), cancellation);
        await transaction.Record(caller, "invitation.sent", id, made.Id, null, new { made.Email, made.Roles, made.ExpiresAt }, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.Created($"/v1/organizations/{id}/invitations/{made.Id}", made);
    }
}
