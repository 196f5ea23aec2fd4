using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Accounts.Organizations;

/// <summary>Lists organizations, newest first.</summary>
public static class ListOrganizations
{
    /// <summary>200 with a page of the caller's organizations; operators see all. Any signed-in user may.</summary>
    /// <param name="kind">Only <c>provider</c> or only <c>consumer</c> ones.</param>
    public static async Task<Page<OrganizationResponse>> Handle(
        [AsParameters] PageQuery page,
        [AllowedValues(null, Organization.Provider, Organization.Consumer, ErrorMessage = "One of: provider, consumer.")] string? kind,
        Caller caller, Database database, CancellationToken cancellation) =>
        Page<Organization>.Of(
            await database.Query<Organization>(
                $"""
                select {Organization.Columns} from organizations
                where (@IsOperator or id = any(@Organizations)) and (@kind::text is null or kind = @kind) and id < @After
                order by id desc limit @Take
                """, new { caller.IsOperator, caller.Organizations, kind, page.After, page.Take }, cancellation),
            page, organization => organization.Id).Select(OrganizationResponse.Of);
}
