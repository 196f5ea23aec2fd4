using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Accounts.Organizations;

/// <summary>Lists organizations, newest first.</summary>
public static class ListOrganizations
{
    /// <summary>200 with a page of the caller's organizations, those included that are disabled or wait for approval, or of the consumers of a catalog of a provider in which
    /// the caller holds a role; operators see all. Any signed-in user may.</summary>
    /// <param name="kind">Only <c>provider</c> or only <c>consumer</c> ones.</param>
    /// <param name="catalogId">The consumers of this catalog, which belongs to a provider of the caller's.</param>
    /// <param name="approval">Only those that are <c>approved</c>, <c>pending</c> or <c>rejected</c>.</param>
    public static async Task<Page<OrganizationResponse>> Handle(
        [AsParameters] PageQuery page,
        [AllowedValues(null, Organization.Provider, Organization.Consumer, ErrorMessage = "One of: provider, consumer.")] string? kind,
        [PlainText(64)] string? catalogId,
        [AllowedValues(null, "approved", "pending", "rejected", ErrorMessage = "One of: approved, pending, rejected.")] string? approval,
        Caller caller, Database database, CancellationToken cancellation) =>
        Page<Organization>.Of(
            await database.Query<Organization>(
                $"""
                select {Organization.Columns} from organizations
                where (@IsOperator or id = any(@own)
                    or (catalog_id = @catalogId and exists (select from catalogs c where c.id = @catalogId and c.organization_id = any(@Organizations))))
                  and (@catalogId::text is null or catalog_id = @catalogId)
                  and (@approval::text is null or approval = @approval) and (@kind::text is null or kind = @kind) and id < @After
                order by id desc limit @Take
                """, new { caller.IsOperator, own = caller.Memberships.Select(m => m.Organization).ToArray(), caller.Organizations, kind, catalogId, approval, page.After, page.Take }, cancellation),
            page, organization => organization.Id).Select(OrganizationResponse.Of);
}
