using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Text;
using Marketplace.Accounts.Audit;
using Marketplace.Accounts.Mail;
using Marketplace.Accounts.Organizations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Marketplace.Accounts.Users;

/// <summary>The consumer organization that somebody signs up with.</summary>
/// <param name="CatalogId">The catalog it signs up to.</param>
public sealed record SignUpOrganization([Required, PlainText(100)] string Title, [Required, PlainText(100)] string CatalogId);

/// <summary>Who signs up.</summary>
/// <param name="Organization">A consumer organization to make at once, of which the user is the administrator.</param>
public sealed record SignUpRequest(
    [Required, MaxLength(254), RegularExpression(EmailAddresses.Pattern, ErrorMessage = EmailAddresses.Expected)] string Email,
    [Required, MinLength(Passwords.MinLength), MaxLength(Passwords.MaxLength)] string Password,
    [PlainText(100, MayBeBlank = true)] string? FirstName = null,
    [PlainText(100, MayBeBlank = true)] string? LastName = null,
    SignUpOrganization? Organization = null) : IValidatableObject
{
    /// <summary>Refuses passwords that are easy to guess.</summary>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Passwords.Weakness(Password, Email) is { } weakness)
        {
            yield return new ValidationResult(weakness, [nameof(Password)]);
        }
    }
}

/// <summary>A user as shown to the user.</summary>
/// <param name="OrganizationId">The organization that was made with the user.</param>
/// <param name="EmailConfirmed">Whether the user has opened a link that was mailed to the address.</param>
public sealed record SignUpResponse(string Id, string Email, string? FirstName, string? LastName, DateTimeOffset CreatedAt, bool EmailConfirmed, string? OrganizationId = null);

/// <summary>Makes a user, who can sign in at once unless addresses are confirmed first.</summary>
public static class SignUp
{
    /// <summary>201 with the user, again for the same <c>Idempotency-Key</c>; 409 <c>email_taken</c>; for the organization 422 <c>catalog_unknown</c>,
    /// 409 <c>provider_deleted</c>, 403 <c>self_signup_disabled</c> or <c>consumer_organizations_disabled</c>. Anybody may.</summary>
    public static async Task<Results<Created<SignUpResponse>, ProblemHttpResult>> Handle(
        SignUpRequest request, [FromHeader(Name = "Idempotency-Key"), MaxLength(255)] string? idempotencyKey, Database database, Passwords passwords, Mailbox mailbox, Letters letters,
        NewOrganization organizations, TimeProvider clock, CancellationToken cancellation)
    {
        var user = new SignUpResponse(Ids.New("usr", clock), request.Email, request.FirstName, request.LastName, clock.GetUtcNow(), false);
        var catalog = request.Organization is { } wanted ? await SignUpCatalog.Find(database, wanted.CatalogId, cancellation) : null;
        if (request.Organization is not null && SignUpCatalog.Refusal(catalog, request.Organization.CatalogId, null, null) is { } refusal)
        {
            return refusal;
        }

        var hash = await passwords.Hash(request.Password, cancellation);
        await using var transaction = await database.Begin(cancellation);
        // The unique address, not a look before it, refuses the second of two who sign up at once.
        var made = await transaction.Execute(
            """
            insert into users (id, email, email_key, first_name, last_name, password_hash, sign_up_key, created_at)
            values (@Id, @Email, @Key, @FirstName, @LastName, @Hash, @SignUpKey, @CreatedAt)
            on conflict (email_key) do nothing
            """,
            new
            {
                user.Id, user.Email, Key = EmailAddresses.Key(user.Email), user.FirstName, user.LastName, Hash = hash,
                SignUpKey = KeyHash(idempotencyKey), user.CreatedAt,
            },
            cancellation);
        if (made == 1)
        {
            var token = await MailedLinks.Make(transaction, user.Id, MailedLinks.ConfirmEmail, user.CreatedAt, cancellation);
            await mailbox.Put(transaction, user.Email, letters.ConfirmEmail(token), cancellation);
            await transaction.Record(OneSelf.Of(user.Id), "user.signed_up", null, user.Id, null, new { user.Email, user.FirstName, user.LastName }, cancellation);
            if (request.Organization is { } organization)
            {
                var own = await organizations.Write(transaction, Accounts.Organization.Consumer, organization.Title, catalog, OneSelf.Of(user.Id), null, cancellation);
                user = user with { OrganizationId = own!.Id };
            }

            await transaction.Commit(cancellation);
        }

        var answer = made == 1 ? user : await Repeated(request, idempotencyKey, database, cancellation);
        return answer is null ? Problems.EmailTaken() : TypedResults.Created("/v1/me", answer);
    }

    // Who signs up has no identity yet that keys could be kept under. The answer of the first try may have been lost; only who made it knows its key.
    private static Task<SignUpResponse?> Repeated(SignUpRequest request, string? idempotencyKey, Database database, CancellationToken cancellation) =>
        database.QueryOne<SignUpResponse>(
            """
            select id, email, first_name, last_name, created_at, email_confirmed_at is not null as email_confirmed,
                (select min(organization_id) from memberships where user_id = users.id) as organization_id from users where email_key = @Key and sign_up_key = @SignUpKey
            """,
            new { Key = EmailAddresses.Key(request.Email), SignUpKey = KeyHash(idempotencyKey) }, cancellation);

    private static byte[]? KeyHash(string? idempotencyKey) =>
        string.IsNullOrEmpty(idempotencyKey) ? null : SHA256.HashData(Encoding.UTF8.GetBytes(idempotencyKey));
}
