using Marketplace.Catalog.Apis;
using Marketplace.Catalog.Billing;
using Marketplace.Catalog.Catalogs;
using Marketplace.Catalog.Migrations;
using Marketplace.Catalog.Plans;
using Marketplace.Catalog.Products;
using Marketplace.Catalog.Publications;
using Marketplace.Catalog.Releases;
using Marketplace.Catalog.Routes;
using Marketplace.Catalog.Storefront;
using Marketplace.Catalog.Terms;
using Marketplace.Catalog.Units;
using Marketplace.ServiceDefaults;

namespace Marketplace.Catalog;

/// <summary>Every route this service answers.</summary>
public static class CatalogEndpoints
{
    /// <summary>Maps them. Providers' routes are for members of the provider organization; strangers get 404, members without the role 403.</summary>
    public static void MapCatalog(this IEndpointRouteBuilder app)
    {
        var v1 = app.MapGroup("/v1").RequireAuthorization(Policies.User).ProducesProblem(403).ProducesProblem(404);

        var catalogs = v1.MapGroup("/catalogs").WithTags("Catalogs");
        catalogs.MapPost("/", CreateCatalog.Handle).WithName("CreateCatalog").ProducesValidationProblem();
        catalogs.MapGet("/", ReadCatalogs.List).WithName("ListCatalogs").ProducesValidationProblem();
        catalogs.MapGet("/{id}", ReadCatalogs.One).WithName("GetCatalog");
        catalogs.MapPatch("/{id}", ChangeCatalog.Handle).WithName("UpdateCatalog").ProducesValidationProblem().ProducesProblem(409).ProducesProblem(412).ProducesProblem(428);
        catalogs.MapDelete("/{id}", DeleteCatalog.Handle).WithName("DeleteCatalog").ProducesProblem(409).ProducesProblem(412);
        catalogs.MapPut("/{id}/settings", ChangeCatalogSettings.Handle).WithName("UpdateCatalogSettings").ProducesValidationProblem().ProducesProblem(409).ProducesProblem(412).ProducesProblem(428);
        catalogs.MapGet("/{id}/billing-integration", ReadCatalogs.Billing).WithName("GetAttachedBillingIntegration");
        catalogs.MapPut("/{id}/billing-integration", AttachBillingIntegration.Handle).WithName("AttachBillingIntegration").ProducesValidationProblem().ProducesProblem(409).ProducesProblem(412).ProducesProblem(422).ProducesProblem(428);
        catalogs.MapDelete("/{id}/billing-integration", DetachBillingIntegration.Handle).WithName("DetachBillingIntegration").ProducesProblem(409).ProducesProblem(412);
        catalogs.MapPost("/{id}/publications", PublishProduct.Handle).WithName("PublishProduct").ProducesValidationProblem().ProducesProblem(409).ProducesProblem(422);
        catalogs.MapGet("/{id}/publications", ReadPublications.List).WithName("ListPublications").ProducesValidationProblem();
        catalogs.MapGet("/{id}/publications/{publicationId}", ReadPublications.One).WithName("GetPublication");
        catalogs.MapPatch("/{id}/publications/{publicationId}", ChangeVisibility.Handle).WithName("UpdatePublication").ProducesValidationProblem().ProducesProblem(412).ProducesProblem(422).ProducesProblem(428);
        catalogs.MapGet("/{id}/products/{productId}/checks", CheckPublication.Handle).WithName("GetPublicationChecks").ProducesValidationProblem();
        catalogs.MapDelete("/{id}/publications/{publicationId}", WithdrawProduct.Handle).WithName("WithdrawProduct");

        var apis = v1.MapGroup("/apis").WithTags("APIs");
        apis.MapPost("/", CreateApi.Handle).WithName("CreateApi").ProducesValidationProblem().ProducesProblem(422);
        apis.MapGet("/", ReadApis.List).WithName("ListApis").ProducesValidationProblem();
        apis.MapGet("/{id}", ReadApis.One).WithName("GetApi");
        apis.MapPatch("/{id}", ChangeApi.Handle).WithName("UpdateApi").ProducesValidationProblem().ProducesProblem(409).ProducesProblem(412).ProducesProblem(422).ProducesProblem(428);
        apis.MapDelete("/{id}", DeleteApi.Handle).WithName("DeleteApi").ProducesProblem(409);
        apis.MapPost("/{id}/archive", ArchiveApi.Archive).WithName("ArchiveApi").ProducesProblem(409);
        apis.MapPost("/{id}/restore", ArchiveApi.Restore).WithName("RestoreApi").ProducesProblem(409);

        var products = v1.MapGroup("/products").WithTags("Products");
        products.MapPost("/", CreateProduct.Handle).WithName("CreateProduct").ProducesValidationProblem().ProducesProblem(409).ProducesProblem(422);
        products.MapGet("/", ReadProducts.List).WithName("ListProducts").ProducesValidationProblem();
        products.MapGet("/{id}", ReadProducts.One).WithName("GetProduct");
        products.MapPatch("/{id}", ChangeProduct.Handle).WithName("UpdateProduct").ProducesValidationProblem().ProducesProblem(409).ProducesProblem(412).ProducesProblem(422).ProducesProblem(428);
        products.MapGet("/{id}/listing", ChangeListing.Read).WithName("GetListing");
        products.MapPut("/{id}/listing", ChangeListing.Handle).WithName("UpdateListing").ProducesValidationProblem().ProducesProblem(412).ProducesProblem(428);
        products.MapDelete("/{id}", DeleteProduct.Handle).WithName("DeleteProduct").ProducesProblem(409);
        products.MapPost("/{id}/releases", ReleaseProduct.Handle).WithName("ReleaseProduct").ProducesValidationProblem().ProducesProblem(409);
        products.MapGet("/{id}/releases", ReadReleases.List).WithName("ListReleases").ProducesValidationProblem();
        products.MapGet("/{id}/releases/{releaseId}", ReadReleases.One).WithName("GetRelease");
        products.MapGet("/{id}/releases/{releaseId}/changes", ReadReleases.Changes).WithName("GetReleaseChanges").ProducesValidationProblem();

        products.MapPost("/{id}/supersede", ReplaceProduct.Supersede).WithName("SupersedeProduct").ProducesValidationProblem().ProducesProblem(409).ProducesProblem(422);
        products.MapPost("/{id}/replace", ReplaceProduct.Replace).WithName("ReplaceProduct").ProducesValidationProblem().ProducesProblem(409).ProducesProblem(422);
        products.MapPut("/{id}/migration-target", MigrationTargets.Set).WithName("UpdateMigrationTarget").ProducesValidationProblem().ProducesProblem(409).ProducesProblem(412).ProducesProblem(422).ProducesProblem(428);
        products.MapGet("/{id}/migration-target", MigrationTargets.Read).WithName("GetMigrationTarget");
        products.MapDelete("/{id}/migration-target", MigrationTargets.Remove).WithName("DeleteMigrationTarget");
        products.MapPost("/{id}/execute-migration-target", MigrationTargets.Execute).WithName("ExecuteMigrationTarget").ProducesValidationProblem().ProducesProblem(409).ProducesProblem(422);

        var migrations = v1.MapGroup("/migrations").WithTags("Migrations");
        migrations.MapPost("/", CreateMigration.Handle).WithName("CreateMigration").ProducesValidationProblem().ProducesProblem(409).ProducesProblem(422);
        migrations.MapGet("/", ReadMigrations.List).WithName("ListMigrations").ProducesValidationProblem();
        migrations.MapGet("/{id}", ReadMigrations.One).WithName("GetMigration");
        migrations.MapGet("/{id}/subscriptions", ReadMigrations.Subscriptions).WithName("ListMigrationSubscriptions").ProducesValidationProblem();
        migrations.MapPatch("/{id}", MoveMigration.Change).WithName("UpdateMigration").ProducesValidationProblem().ProducesProblem(409).ProducesProblem(412).ProducesProblem(422).ProducesProblem(428);
        migrations.MapPost("/{id}/execute", MoveMigration.Execute).WithName("ExecuteMigration").ProducesValidationProblem().ProducesProblem(409).ProducesProblem(422);
        migrations.MapPost("/{id}/cancel", MoveMigration.Cancel).WithName("CancelMigration").ProducesProblem(409);
        migrations.MapPost("/{id}/retry", MoveMigration.Retry).WithName("RetryMigration").ProducesProblem(409).ProducesProblem(422);

        var plans = products.MapGroup("/{id}/plans").WithTags("Plans");
        plans.MapPost("/", CreatePlan.Handle).WithName("CreatePlan").ProducesValidationProblem().ProducesProblem(422);
        plans.MapGet("/", ReadPlans.List).WithName("ListPlans").ProducesValidationProblem();
        plans.MapGet("/{planId}", ReadPlans.One).WithName("GetPlan");
        plans.MapPatch("/{planId}", ChangePlan.Handle).WithName("UpdatePlan").ProducesValidationProblem().ProducesProblem(409).ProducesProblem(412).ProducesProblem(422).ProducesProblem(428);
        plans.MapDelete("/{planId}", DeletePlan.Handle).WithName("DeletePlan").ProducesProblem(409);
        plans.MapPost("/{planId}/quotas", GrowQuotas.Add).WithName("AddQuotas").ProducesValidationProblem().ProducesProblem(409).ProducesProblem(422);
        plans.MapPost("/{planId}/quotas/{quotaId}/apis", GrowQuotas.AddApis).WithName("AddQuotaApis").ProducesValidationProblem().ProducesProblem(409).ProducesProblem(422);
        plans.MapPost("/{planId}/activate", MovePlan.Activate).WithName("ActivatePlan").ProducesProblem(409);
        plans.MapPost("/{planId}/deprecate", DeprecatePlan.Handle).WithName("DeprecatePlan").ProducesValidationProblem().ProducesProblem(409).ProducesProblem(422);
        plans.MapPost("/{planId}/archive", MovePlan.Archive).WithName("ArchivePlan").ProducesProblem(409);
        plans.MapPost("/{planId}/migrate", CreateMigration.OfPlan).WithName("MigratePlan").ProducesValidationProblem().ProducesProblem(409).ProducesProblem(422);
        plans.MapPost("/{planId}/duplicate", DuplicatePlan.Handle).WithName("DuplicatePlan").ProducesProblem(409);

        var units = v1.MapGroup("/consumption-units").WithTags("Consumption units");
        units.MapPost("/", CreateConsumptionUnit.Handle).WithName("CreateConsumptionUnit").ProducesValidationProblem().ProducesProblem(409);
        units.MapGet("/", ReadConsumptionUnits.List).WithName("ListConsumptionUnits").ProducesValidationProblem();
        units.MapGet("/{id}", ReadConsumptionUnits.One).WithName("GetConsumptionUnit");
        units.MapPatch("/{id}", ChangeConsumptionUnit.Handle).WithName("UpdateConsumptionUnit").ProducesValidationProblem().ProducesProblem(412).ProducesProblem(428);
        units.MapDelete("/{id}", DeleteConsumptionUnit.Handle).WithName("DeleteConsumptionUnit").ProducesValidationProblem().ProducesProblem(409);

        var terms = v1.MapGroup("/terms").WithTags("Terms");
        terms.MapPost("/", WriteTerms.Create).WithName("CreateTerms").ProducesValidationProblem().ProducesProblem(409).ProducesProblem(422);
        terms.MapGet("/", ReadTerms.List).WithName("ListTerms").ProducesValidationProblem();
        terms.MapGet("/{id}", ReadTerms.One).WithName("GetTerms");
        terms.MapGet("/{id}/versions", ReadTerms.Versions).WithName("ListTermsVersions").ProducesValidationProblem();
        terms.MapPut("/{id}/draft", WriteTerms.Draft).WithName("UpdateTermsDraft").ProducesValidationProblem().ProducesProblem(409).ProducesProblem(412).ProducesProblem(428);
        terms.MapPost("/{id}/publish", PutTermsInForce.Handle).WithName("PublishTerms").ProducesProblem(409).ProducesProblem(412);
        terms.MapDelete("/{id}", PutTermsInForce.Retire).WithName("DeleteTerms").ProducesProblem(412);

        // The shop window: anonymous callers see what is public, the token decides what else.
        app.MapGet("/v1/catalogs/{id}/storefront", ReadStorefront.Handle).WithName("GetStorefront").WithTags("Storefront")
            .AllowAnonymous().ProducesValidationProblem().ProducesProblem(404);

        app.MapGet("/v1/catalogs/{id}/storefront/{productId}", ReadStorefrontProduct.Handle).WithName("GetStorefrontProduct").WithTags("Storefront")
            .AllowAnonymous().ProducesProblem(404);

        app.MapGet("/v1/catalogs/{id}/storefront/{productId}/terms", ReadTerms.InStorefront).WithName("GetStorefrontTerms").WithTags("Storefront")
            .AllowAnonymous().ProducesProblem(404);

        app.MapGet("/internal/routes", ReadRoutes.Handle).RequireAuthorization(Policies.Service).ExcludeFromDescription();
    }
}
