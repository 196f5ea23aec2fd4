using System.ComponentModel.DataAnnotations;
using Marketplace.Accounts.Invitations;
using Marketplace.Accounts.Mail;
using Marketplace.Accounts.Members;
using Marketplace.Accounts.Users;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Accounts.Organizations;

/// <summary>An organization to make.</summary>
/// <param name="Kind"><c>provider</c> or <c>consumer</c>.</param>
/// <param name="CatalogId">The catalog that a consumer organization signs up to; providers name none.</param>
/// <param name="AdministratorEmail">Whom a provider invites as the first administrator of a consumer that it makes; absent when users make their own.</param>
public sealed record CreateOrganizationRequest(
    [Required, AllowedValues(Organization.Provider, Organization.Consumer, ErrorMessage = "One of: provider, consumer.")] string Kind,
    [Required, PlainText(100)] string Title,
    [PlainText(100)] string? CatalogId = null,
    [MaxLength(254), RegularExpression(EmailAddresses.Pattern, ErrorMessage = EmailAddresses.Expected)] string? AdministratorEmail = null) : IValidatableObject
{
    /// <summary>A consumer names a catalog, a provider does not.</summary>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Kind == Organization.Consumer == string.IsNullOrEmpty(CatalogId))
        {
            yield return new ValidationResult(
                Kind == Organization.Consumer ? "A consumer organization names the catalog it signs up to." : "A provider organization signs up to no catalog.",
                [nameof(CatalogId)]);
        }

        if (Kind == Organization.Provider && AdministratorEmail is not null)
        {
            yield return new ValidationResult("Who makes a provider organization owns it.", [nameof(AdministratorEmail)]);
        }
    }
}

/// <summary>Makes an organization. Its creator holds the highest role in it; a consumer that a provider makes belongs to whom the provider invites.</summary>
public static class CreateOrganization
{
    /// <summary>201; 422 <c>catalog_unknown</c>, 409 <c>provider_deleted</c> or <c>too_many_organizations</c>, 403 <c>self_signup_disabled</c>, <c>consumer_organizations_disabled</c> or <c>role_missing</c>. Any signed-in
    /// user may, where the catalog lets users sign up; the administrators of the catalog's provider may for others.</summary>
    public static async Task<Results<Created<OrganizationResponse>, ProblemHttpResult>> Handle(
        CreateOrganizationRequest request, HttpContext context, Caller caller, Database database, NewOrganization making, CancellationToken cancellation)
    {
        var catalog = request.CatalogId is null ? null : await SignUpCatalog.Find(database, request.CatalogId, cancellation);
        if (request.CatalogId is not null && SignUpCatalog.Refusal(catalog, request.CatalogId, caller, request.AdministratorEmail) is { } refusal)
        {
            return refusal;
        }

        await using var transaction = await database.Begin(cancellation);
        if (request.AdministratorEmail is null && await MembershipLimit.IsReached(transaction, caller.UserId, cancellation))
        {
            return Problems.TooManyOrganizations();
        }

        if (await making.Write(transaction, request.Kind, request.Title, catalog, caller, request.AdministratorEmail, cancellation) is not { } made)
        {
            return Problem.NotFound("user", caller.UserId);
        }

        await transaction.Commit(cancellation);
        context.SetVersion(made.Version);
        return TypedResults.Created($"/v1/organizations/{made.Id}", OrganizationResponse.Of(made));
    }
}

/// <summary>What is known of the catalog that a consumer signs up to.</summary>
public sealed record SignUpCatalog(string Id, string OrganizationId, bool SelfSignup, bool ConsumerOrganizations, string OrganizationApproval, bool ProviderIsThere)
{
    /// <summary>Null for an unknown catalog. One made a moment ago may still be on its way from Catalog, so the refusal waits for it.</summary>
    public static Task<SignUpCatalog?> Find(Database database, string id, CancellationToken cancellation) => FreshFacts.Await(
        () => database.QueryOne<SignUpCatalog>(
            """
            select id, organization_id, self_signup, consumer_organizations, organization_approval, exists (select from organizations where id = c.organization_id) as provider_is_there
            from catalogs c where id = @id
            """, new { id }, cancellation),
        catalog => catalog is not null, cancellation);

    /// <summary>Why there is no new consumer in the catalog, or null.</summary>
    /// <param name="invited">Whom a provider wants as the administrator; null when a user signs up.</param>
    public static ProblemHttpResult? Refusal(SignUpCatalog? catalog, string id, Caller? caller, string? invited) =>
        catalog is null ? Problems.CatalogUnknown(id)
        : !catalog.ProviderIsThere ? Problems.ProviderDeleted(id)
        : invited is not null && caller?.Has(catalog.OrganizationId, Roles.ProviderSettings) != true ? Problem.RoleMissing(catalog.OrganizationId, Roles.ProviderSettings)
        : !catalog.ConsumerOrganizations ? Problems.ConsumerOrganizationsDisabled(id)
        : invited is null && !catalog.SelfSignup ? Problems.SelfSignupDisabled(id)
        : null;
}

/// <summary>Writes a new organization with what comes with it: a consumer's default team, the first membership or invitation, the announcement, the log's entry, mail to who decides.</summary>
public sealed class NewOrganization(SentInvitation invitation, Mailbox mailbox, TimeProvider clock)
{
    /// <summary>The organization; null when there is no such user. One that signs up to a catalog with manual approval waits, disabled, for its provider.</summary>
    public async Task<Organization?> Write(
        Transaction transaction, string kind, string title, SignUpCatalog? catalog, Caller creator, string? invited, CancellationToken cancellation)
    {
        var waits = catalog is { OrganizationApproval: "manual" } && invited is null;
        var made = await transaction.QueryOne<Organization>(
            $"""
            insert into organizations (id, kind, title, catalog_id, email, created_at, approval, enabled)
            select @Id, @kind, @title, @CatalogId, coalesce(@invited, email), @Now, @Approval, @Enabled from users where id = @UserId
            returning {Organization.Columns}
            """,
            new
            {
                Id = Ids.New("org", clock), kind, title, CatalogId = catalog?.Id, invited, Now = clock.GetUtcNow(), Approval = waits ? "pending" : "approved", Enabled = !waits,
                creator.UserId,
            },
            cancellation);
        if (made is null)
        {
            return null;
        }

        if (kind == Organization.Consumer)
        {
            await Team.CreateDefault(transaction, made, clock, cancellation);
        }

        await transaction.Announce(made.Announcement(), cancellation);
        await transaction.Record(
            creator, "organization.created", made.Id, made.Id, null, new { made.Kind, made.Title, made.CatalogId, made.Approval, administrator = invited ?? creator.UserId }, cancellation);
        string[] roles = [Organization.HighestRole(kind)];
        if (invited is null)
        {
            await transaction.Execute(
                "insert into memberships (organization_id, user_id, roles, created_at) values (@Id, @UserId, @roles, @CreatedAt)",
                new { made.Id, creator.UserId, roles, made.CreatedAt }, cancellation);
        }
        else
        {
            await invitation.Write(transaction, made, invited, roles, creator, cancellation);
        }

        foreach (var administrator in waits ? await Organization.Administrators(transaction, catalog!.OrganizationId, cancellation) : [])
        {
            await mailbox.Put(transaction, administrator, Letters.ApprovalPending(made.Title, made.Id), cancellation);
        }

        return made;
    }
}
