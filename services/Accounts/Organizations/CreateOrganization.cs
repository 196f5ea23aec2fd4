using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Accounts.Organizations;

/// <summary>An organization to make.</summary>
/// <param name="Kind"><c>provider</c> or <c>consumer</c>.</param>
/// <param name="CatalogId">The catalog that a consumer organization signs up to; providers name none.</param>
public sealed record CreateOrganizationRequest(
    [Required, AllowedValues(Organization.Provider, Organization.Consumer, ErrorMessage = "One of: provider, consumer.")] string Kind,
    [Required, MaxLength(100), PlainText] string Title,
    [MaxLength(100), PlainText] string? CatalogId = null) : IValidatableObject
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
    }
}

/// <summary>Makes an organization; its creator holds the highest role in it.</summary>
public static class CreateOrganization
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    /// <summary>201; 422 <c>catalog_unknown</c>, 403 <c>self_signup_disabled</c>. Any signed-in user may.</summary>
    public static async Task<Results<Created<OrganizationResponse>, ProblemHttpResult>> Handle(
        CreateOrganizationRequest request, HttpContext context, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        if (request.CatalogId is { } catalog && await SelfSignup(database, catalog, cancellation) is not true and var refused)
        {
            return refused is null ? Problems.CatalogUnknown(catalog) : Problems.SelfSignupDisabled(catalog);
        }

        await using var transaction = await database.Begin(cancellation);
        var made = await transaction.QueryOne<Organization>(
            $"""
            insert into organizations (id, kind, title, catalog_id, email, created_at)
            select @Id, @Kind, @Title, @CatalogId, email, @Now from users where id = @UserId
            returning {Organization.Columns}
            """, new { Id = Ids.New("org", clock), request.Kind, request.Title, request.CatalogId, Now = clock.GetUtcNow(), caller.UserId }, cancellation);
        if (made is null)
        {
            return Problem.NotFound("user", caller.UserId);
        }

        await transaction.Execute(
            "insert into memberships (organization_id, user_id, roles, created_at) values (@Id, @UserId, @Roles, @CreatedAt)",
            new { made.Id, caller.UserId, Roles = new[] { Organization.HighestRole(made.Kind) }, made.CreatedAt }, cancellation);
        await transaction.Announce(made.Announcement(), cancellation);
        await transaction.Commit(cancellation);
        context.SetVersion(made.Version);
        return TypedResults.Created($"/v1/organizations/{made.Id}", OrganizationResponse.Of(made));
    }

    // Null for an unknown catalog. One made a moment ago may still be on its way from Catalog, so the refusal waits for it.
    private static async Task<bool?> SelfSignup(Database database, string catalog, CancellationToken cancellation)
    {
        for (var waited = TimeSpan.Zero; ; waited += Look)
        {
            var open = await database.QueryOne<bool?>("select self_signup from catalogs where id = @catalog", new { catalog }, cancellation);
            if (open is not null || waited >= Patience)
            {
                return open;
            }

            await Task.Delay(Look, TimeProvider.System, cancellation);
        }
    }
}
