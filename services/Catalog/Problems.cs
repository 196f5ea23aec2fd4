using Marketplace.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Catalog;

/// <summary>Every refusal this service gives. <c>code</c> is part of the public contract; <c>detail</c> is not.</summary>
public static class Problems
{
    /// <summary>403: consumer organizations have no part in a provider's work.</summary>
    public static ProblemHttpResult ProviderRequired(string organizationId) =>
        Problem.Of(403, "provider_required", $"Organization '{organizationId}' is not a provider. Create one of kind 'provider' to offer APIs.");

    /// <summary>422: no such integration in the catalog's organization.</summary>
    public static ProblemHttpResult BillingIntegrationUnknown(string id) =>
        Problem.Of(422, "billing_integration_unknown", $"The catalog's organization has no billing integration '{id}'.", "billingIntegrationId");

    /// <summary>409: what the plan costs cannot be billed to the minor unit by the catalog's integration.</summary>
    public static ProblemHttpResult PlanNotBillable(string plan, string obstacle) =>
        Problem.Of(409, "plan_not_billable", $"The catalog's billing integration cannot bill '{plan}' exactly. {obstacle} Change the plan, or bill the catalog by an integration of another model: 'invoices' bills every form of price, 'custom' every amount.");

    /// <summary>409: test keys belong to sandboxes, live keys to production.</summary>
    public static ProblemHttpResult LivemodeMismatch(string environment, bool livemode) =>
        Problem.Of(409, "livemode_mismatch", $"A {environment} catalog cannot bill with {(livemode ? "live" : "test")} keys. Attach an integration with {(livemode ? "test" : "live")} keys.", "billingIntegrationId");

    /// <summary>409: what paid plans in this catalog depend on cannot be taken away while they are published; <c>products</c> names them.</summary>
    public static ProblemHttpResult PaidPlansPublished(IReadOnlyList<Catalogs.PaidPublication> sold)
    {
        var named = string.Join(", ", sold.Take(5).Select(p => $"'{p.Title}'")) + (sold.Count > 5 ? $" and {sold.Count - 5} more" : "");
        var problem = Problem.Of(409, "paid_plans_published", $"Products with paid plans are published in this catalog and depend on this: {named}. Withdraw them first.");
        problem.ProblemDetails.Extensions["products"] = sold.Take(100);
        return problem;
    }

    /// <summary>404: the catalog has no billing integration.</summary>
    public static ProblemHttpResult NothingAttached(string catalogId) =>
        Problem.Of(404, "not_found", $"Catalog '{catalogId}' has no billing integration. Attach one to sell paid plans.");

    /// <summary>409: a catalog is opened for an environment and stays in it.</summary>
    public static ProblemHttpResult EnvironmentFixed(string environment) =>
        Problem.Of(409, "environment_immutable", $"The catalog is and stays {environment}: what was made in it belongs to that mode. Open another catalog.", "environment");

    /// <summary>409: only an empty catalog is deleted.</summary>
    public static ProblemHttpResult CatalogNotEmpty(long products, long organizations)
    {
        var problem = Problem.Of(409, "catalog_not_empty", $"The catalog has {products} published products and {organizations} consumer organizations. Withdraw the products and delete the organizations first.");
        problem.ProblemDetails.Extensions["products"] = products;
        problem.ProblemDetails.Extensions["organizations"] = organizations;
        return problem;
    }

    /// <summary>409: paid plans need somebody who bills them.</summary>
    public static ProblemHttpResult BillingRequired(string catalogId) =>
        Problem.Of(409, "billing_required", $"The product has paid plans and catalog '{catalogId}' has no billing integration. Attach one first.");

    /// <summary>409: payment methods can't be demanded where consumers can't keep any.</summary>
    public static ProblemHttpResult PaymentMethodsOff() =>
        Problem.Of(409, "payment_methods_off", "Payment methods are switched off in this catalog, so none can be demanded. Switch them on together with this.", "paymentMethodRequired");

    /// <summary>409: paid plans need a way to pay.</summary>
    public static ProblemHttpResult PaymentMethodsRequired(string catalogId) =>
        Problem.Of(409, "payment_methods_required", $"The product has paid plans and catalog '{catalogId}' has payment methods switched off. Switch them on in its settings.");

    /// <summary>409: a billing system of the provider's own charges, so that nobody could have stored what is required.</summary>
    public static ProblemHttpResult PaymentMethodsElsewhere() => Problem.Of(
        409, "payment_methods_elsewhere",
        "A billing system of the provider's own charges in this catalog, and payment methods are kept there. Switch 'paymentMethodRequired' off.", "paymentMethodRequired");

    /// <summary>409: without the webhook's secret a payment would never be noticed.</summary>
    public static ProblemHttpResult WebhookSecretRequired(string integrationId) =>
        Problem.Of(409, "webhook_secret_required", $"Billing integration '{integrationId}' cannot hear from Stripe yet. Give it the signing secret of its webhook endpoint.");

    /// <summary>422: an upstream address that the gateway must not call.</summary>
    public static ProblemHttpResult UpstreamRefused(string reason) => Problem.Of(422, "upstream_refused", reason, "upstreamUrl");

    /// <summary>422: an API that the product's organization does not have.</summary>
    public static ProblemHttpResult ApiUnknown(string id) =>
        Problem.Of(422, "api_unknown", $"The organization has no API '{id}'.", "apiIds");

    /// <summary>409: an archived API joins no product and does not change.</summary>
    public static ProblemHttpResult ApiArchived(string id, string? field) =>
        Problem.Of(409, "api_archived", $"API '{id}' is archived. Restore it first.", field);

    /// <summary>409: only an archived API can be restored.</summary>
    public static ProblemHttpResult ApiNotArchived(string id) => Problem.Of(409, "api_not_archived", $"API '{id}' is not archived.");

    /// <summary>409: an API stays as long as a product has it.</summary>
    public static ProblemHttpResult ApiInUse(string id, string productId) =>
        Problem.Of(409, "api_in_use", $"Product '{productId}' has API '{id}'. Take it out of its products first.");

    /// <summary>409: an API that was sold is not deleted.</summary>
    public static ProblemHttpResult ApiReleased(string id, string releaseId) =>
        Problem.Of(409, "api_released", $"Release '{releaseId}' has API '{id}', and releases never change. Archive it instead.");

    /// <summary>422: an API that the plan's product does not have.</summary>
    public static ProblemHttpResult ApiNotInProduct(string apiId) => Problem.Of(422, "quota_api_unknown", $"The product has no API '{apiId}'.", "apiIds");

    /// <summary>422: an API belongs to one quota.</summary>
    public static ProblemHttpResult ApiCovered(string apiId, string unit) =>
        Problem.Of(422, "quota_overlap", $"A quota of {unit} covers API '{apiId}' already.", "apiIds");

    /// <summary>409: what was released is not deleted.</summary>
    public static ProblemHttpResult ProductReleased(string id, string release) =>
        Problem.Of(409, "product_released", $"Product '{id}' was released as {release}. Only drafts can be deleted; withdraw it from its catalogs instead.");

    /// <summary>409: something that stays belongs to the draft.</summary>
    public static ProblemHttpResult ProductInUse(string id, string what) =>
        Problem.Of(409, "product_in_use", $"Product '{id}' is still named by {what.Replace('_', ' ')}. Take it out of them first.");

    /// <summary>409: only a major release may take away what callers rely on.</summary>
    public static ProblemHttpResult ReleaseTakesAway(string type, IEnumerable<Releases.ReleaseChange> taken) => Problem.Of(
        409, "release_takes_away",
        $"A {type} release may not take away {string.Join(", ", taken.Take(5).Select(change => change.What == "api_removed" ? $"API {change.Api}" : $"{change.Before} of {change.Api}"))}. Release it as 'major'.",
        "type");

    /// <summary>409: an API cannot leave a product while a plan's quota names it.</summary>
    public static ProblemHttpResult ApiInQuota(string apiId, string planId) =>
        Problem.Of(409, "api_in_quota", $"Plan '{planId}' has a quota for API '{apiId}'. Change or archive the plan first.", "apiIds");

    /// <summary>422: a currency that is not in ISO 4217.</summary>
    public static ProblemHttpResult CurrencyUnknown(string code) =>
        Problem.Of(422, "currency_unknown", $"'{code}' is no currency of ISO 4217.", "currency");

    /// <summary>422: one plan, one currency.</summary>
    public static ProblemHttpResult CurrencyMismatch(string field) =>
        Problem.Of(422, "currency_mismatch", "Every amount of a plan must be in the plan's currency.", field);

    /// <summary>422: an amount that Stripe would round or refuse.</summary>
    public static ProblemHttpResult AmountNotChargeable(string currency, long step, string field) =>
        Problem.Of(422, "amount_not_chargeable", $"Amounts in {currency.ToLowerInvariant()} are charged in steps of {step} minor units.", field);

    /// <summary>422: longer than Stripe bills at once.</summary>
    public static ProblemHttpResult BillingPeriodTooLong(string unit, int longest) =>
        Problem.Of(422, "billing_period_too_long", $"A billing period is three years at most: {longest} {unit}s.", "billingPeriod.count");

    /// <summary>422: a burst that its rate limit has no room for.</summary>
    public static ProblemHttpResult BurstInvalid(string field, string detail) => Problem.Of(422, "burst_invalid", detail, $"rateLimit.burst.{field}");

    /// <summary>422: a tiered price without tiers.</summary>
    public static ProblemHttpResult TiersRequired(string model) => Problem.Of(422, "tiers_required", $"A {model} price has at least one tier.", "price.tiers");

    /// <summary>422: tiers run from the lowest up.</summary>
    public static ProblemHttpResult TierOutOfOrder(int index, string detail) => Problem.Of(422, "tier_out_of_order", detail, $"price.tiers[{index}].upTo");

    /// <summary>422: two tiers with one end.</summary>
    public static ProblemHttpResult TierDuplicate(int index, long end) =>
        Problem.Of(422, "tier_duplicate", $"The tier before ends at {end} too. Leave one of them out.", $"price.tiers[{index}].upTo");

    /// <summary>422: a tier begins right after the one before it.</summary>
    public static ProblemHttpResult TierGap(int index, long expected) =>
        Problem.Of(422, "tier_gap", $"This tier begins at {expected}, one above the end of the tier before. Leave 'from' out: it is computed.", $"price.tiers[{index}].from");

    /// <summary>422: what comes above the last tier has to have a price.</summary>
    public static ProblemHttpResult TierEndMissing(int index) =>
        Problem.Of(422, "tier_end_missing", "The last tier has no end: leave its 'upTo' out, or send 999999999.", $"price.tiers[{index}].upTo");

    /// <summary>422: a custom plan is priced elsewhere.</summary>
    public static ProblemHttpResult CustomPlanPriced(string field) =>
        Problem.Of(422, "custom_plan_priced", "A custom plan is agreed and billed elsewhere: it has no price, fee, trial, overage or past-due rule here.", field);

    /// <summary>422: a field that the price model has no use for, or lacks.</summary>
    public static ProblemHttpResult PriceIncomplete(string field, string detail) => Problem.Of(422, "price_invalid", detail, field);

    /// <summary>422: a free plan has no price, fee or trial.</summary>
    public static ProblemHttpResult FreePlanPriced(string field) =>
        Problem.Of(422, "free_plan_priced", "A free plan has no price, set-up fee, trial or past-due rule.", field);

    /// <summary>422: a free plan stops at its limits.</summary>
    public static ProblemHttpResult FreePlanLooseQuota(int index) =>
        Problem.Of(422, "free_plan_loose_quota", "A free plan has strict quotas only: nothing above the limit could be charged.", $"quotas[{index}].kind");

    /// <summary>422: a quota that contradicts itself or its plan.</summary>
    public static ProblemHttpResult QuotaInvalid(int index, string field, string detail) => Problem.Of(422, "quota_invalid", detail, $"quotas[{index}].{field}");

    /// <summary>422: an API belongs to one quota.</summary>
    public static ProblemHttpResult QuotaOverlap(int index) =>
        Problem.Of(422, "quota_overlap", "An API belongs to one quota of a unit only; a quota that names no API covers all of them.", $"quotas[{index}].apiIds");

    /// <summary>422: a quota for an API that is not in the product.</summary>
    public static ProblemHttpResult QuotaApiUnknown(int index, string apiId) =>
        Problem.Of(422, "quota_api_unknown", $"The product has no API '{apiId}'.", $"quotas[{index}].apiIds");

    /// <summary>422: overage is charged at the end of a billing period, so a loose quota cannot outlast it.</summary>
    public static ProblemHttpResult LooseQuotaOutlastsPeriod(int index) =>
        Problem.Of(422, "loose_quota_outlasts_period", "A loose quota cannot have a longer interval than the billing period that its overage is charged with.", $"quotas[{index}].interval");

    /// <summary>422: a unit that the provider has not made.</summary>
    public static ProblemHttpResult ConsumptionUnitUnknown(string field, string unit) =>
        Problem.Of(422, "consumption_unit_unknown", $"The organization has no consumption unit '{unit}'. Create it first, or use 'transactions': one successful call is one.", field);

    /// <summary>409: a unit's name is unique in its organization.</summary>
    public static ProblemHttpResult ConsumptionUnitExists(string name) =>
        Problem.Of(409, "consumption_unit_exists", $"The organization has a consumption unit '{name}' already.", "name");

    /// <summary>409: a unit stays as long as a plan names it.</summary>
    public static ProblemHttpResult ConsumptionUnitInUse(string name, string planId) =>
        Problem.Of(409, "consumption_unit_in_use", $"Plan '{planId}' charges or limits '{name}'. Archive or change its plans first.");

    /// <summary>409: a plan that was released never changes.</summary>
    public static ProblemHttpResult PlanNotDraft(PlanStatus status) =>
        Problem.Of(409, "plan_not_draft", $"The plan is {status.ToString().ToLowerInvariant()}. Only drafts can be changed or activated; duplicate it instead.");

    /// <summary>409: only drafts go without a trace.</summary>
    public static ProblemHttpResult PlanNotDeletable(PlanStatus status) =>
        Problem.Of(409, "plan_not_draft", $"The plan is {status.ToString().ToLowerInvariant()}. Only drafts can be deleted; deprecate and archive it instead.");

    /// <summary>409: a plan that takes no subscribers gains nothing.</summary>
    public static ProblemHttpResult PlanClosed(PlanStatus status) =>
        Problem.Of(409, "plan_not_active", $"The plan is {status.ToString().ToLowerInvariant()}. Only drafts and active plans gain quotas.");

    /// <summary>409: a plan that charges what is no longer counted has nothing to be copied.</summary>
    public static ProblemHttpResult PlanCorrupted(string unit) =>
        Problem.Of(409, "plan_corrupted", $"The plan charges '{unit}', a consumption unit that was deleted. Create the unit again, or a new plan.");

    /// <summary>409: a move that the plan's status does not allow.</summary>
    public static ProblemHttpResult PlanCannot(PlanStatus status, PlanMove move) => move switch
    {
        PlanMove.Activate => PlanNotDraft(status),
        PlanMove.Deprecate => Problem.Of(409, "plan_not_active", $"The plan is {status.ToString().ToLowerInvariant()}. Only active plans can be deprecated."),
        PlanMove.Archive => Problem.Of(409, "plan_not_deprecated", $"The plan is {status.ToString().ToLowerInvariant()}. Only deprecated plans can be archived."),
    };

    /// <summary>409: subscribers keep their plan.</summary>
    public static ProblemHttpResult PlanHasSubscribers(long live) =>
        Problem.Of(409, "plan_has_subscribers", $"{live} live subscriptions are on this plan. It can be archived when they are gone.");

    /// <summary>422: a product that the catalog's organization does not have.</summary>
    public static ProblemHttpResult ProductUnknown(string id) =>
        Problem.Of(422, "product_unknown", $"The catalog's organization has no product '{id}'.", "productId");

    /// <summary>422: an organization that did not sign up to the catalog.</summary>
    public static ProblemHttpResult OrganizationUnknown(string id) =>
        Problem.Of(422, "organization_unknown", $"No consumer organization '{id}' signed up to this catalog.", "organizationIds");

    /// <summary>422: a plan that the product does not have, or that was named before.</summary>
    public static ProblemHttpResult PlanUnknown(int index, string id) =>
        Problem.Of(422, "plan_unknown", $"The product has no plan '{id}', or it is named twice.", $"plans[{index}].planId");

    /// <summary>422: a catalog that the organization does not have.</summary>
    public static ProblemHttpResult CatalogUnknown(string id) =>
        Problem.Of(422, "catalog_unknown", $"The organization has no catalog '{id}'.", "catalogId");

    /// <summary>409: a product or a catalog has its terms once.</summary>
    public static ProblemHttpResult TermsExist() =>
        Problem.Of(409, "terms_exist", "There are terms for this already. Write their next version, or retire them.");

    /// <summary>409: what was put away is not written on.</summary>
    public static ProblemHttpResult TermsRetired() => Problem.Of(409, "terms_retired", "The terms were retired. Begin new ones.");

    /// <summary>409: nothing to put in force.</summary>
    public static ProblemHttpResult NoDraftOfTerms() => Problem.Of(409, "terms_without_draft", "The terms have no draft. Write their next version first.");

    /// <summary>422: a schema that cannot be asked.</summary>
    public static ProblemHttpResult QuestionsInvalid(string path, string detail) => Problem.Of(422, "questions_invalid", $"{path}: {detail}", path);

    /// <summary>422: a keyword that nobody would evaluate.</summary>
    public static ProblemHttpResult QuestionsUnsupported(string path, string keyword, string supported) =>
        Problem.Of(422, "questions_unsupported", $"{path}: '{keyword}' is not supported. Supported are {supported}.", path);

    /// <summary>409: only what was released can be published.</summary>
    public static ProblemHttpResult ProductNotReleased(string id) =>
        Problem.Of(409, "product_not_released", $"Product '{id}' has no release yet. Release it first.", "productId");

    /// <summary>409: a product is published once per catalog.</summary>
    public static ProblemHttpResult AlreadyPublished(string publicationId) =>
        Problem.Of(409, "already_published", $"The product is published in this catalog as '{publicationId}'. A new release shows there by itself.", "productId");

    /// <summary>422: a product that subscribers cannot be moved to.</summary>
    public static ProblemHttpResult MigrationProduct(string id, string field = "targetProductId") =>
        Problem.Of(422, "product_unknown", $"The organization has no other product '{id}'.", field);

    /// <summary>422: a plan that cannot be part of a migration so.</summary>
    public static ProblemHttpResult MigrationPlan(string field, string detail) => Problem.Of(422, "plan_map_invalid", detail, field);

    /// <summary>422: a plan whose subscribers would be left behind.</summary>
    public static ProblemHttpResult PlanUnmapped(string id, string title) =>
        Problem.Of(422, "plan_unmapped", $"Plan '{title}' ({id}) has or takes subscribers and is not mapped. Map it, or name the subscriptions to be moved.", "plans");

    /// <summary>422: nobody's currency is changed.</summary>
    public static ProblemHttpResult MigrationCurrency(string field, string from, string to) =>
        Problem.Of(422, "currency_mismatch", $"A subscription in {from.ToUpperInvariant()} cannot be moved to a plan in {to.ToUpperInvariant()}.", field);

    /// <summary>422: the target is not on offer where its new subscribers are.</summary>
    public static ProblemHttpResult TargetNotPublished(string productId, string catalogId) =>
        Problem.Of(422, "target_not_published", $"Product '{productId}' is not published in catalog '{catalogId}', where the subscribers are. Publish it there first.");

    /// <summary>409: a migration's state does not allow it.</summary>
    public static ProblemHttpResult MigrationState(Migrations.MigrationState state, string what) =>
        Problem.Of(409, "migration_state", $"A migration that is {state.ToString().ToLowerInvariant()} cannot be {what}. Read it again.");

    /// <summary>409: the warnings, in <c>warnings</c>, were not accepted.</summary>
    public static ProblemHttpResult WarningsNotAccepted(IReadOnlyList<Migrations.MigrationWarning> warnings)
    {
        var problem = Problem.Of(409, "warnings_not_accepted", "The migration has warnings. Read them and send acceptWarnings: true.", "acceptWarnings");
        problem.ProblemDetails.Extensions["warnings"] = warnings;
        return problem;
    }

    /// <summary>400: subscriptions that the migration cannot be about.</summary>
    public static ProblemHttpResult SubscriptionsUnknown(IReadOnlyCollection<string> ids) => Problem.Invalid(
        "subscriptionIds", $"These are no live subscriptions to the plans: {string.Join(", ", ids.Take(10))}{(ids.Count > 10 ? ", …" : "")}. Leave them out.");

    /// <summary>409: whether the subscriptions that it names are there is not known yet.</summary>
    public static ProblemHttpResult MigrationNotTaken() => Problem.Of(
        409, "migration_not_ready", "The subscriptions that the migration names have not been looked up yet. Try again in a moment.");

    /// <summary>409: another migration moves the same subscribers.</summary>
    public static ProblemHttpResult MigrationOverlaps(string migrationId) =>
        Problem.Of(409, "migration_overlaps", $"Migration '{migrationId}' already moves subscribers of one of these plans. Take it back or wait for it.");

    /// <summary>409: subscribers are on their way to the plan.</summary>
    public static ProblemHttpResult PlanIsTarget(string migrationId) =>
        Problem.Of(409, "plan_is_target", $"Migration '{migrationId}' moves subscribers to this plan. Take it back or wait for it.");
}
