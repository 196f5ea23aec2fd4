using Marketplace.Contracts.Catalog;
using Marketplace.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Subscriptions;

/// <summary>Every refusal of this service with its stable code.</summary>
internal static class Problems
{
    /// <summary>400: the terms in force must be accepted; <c>terms</c> names them.</summary>
    public static ProblemHttpResult TermsNotAccepted(TermsSnapshot terms) => Of(
        Problem.Of(400, "terms_not_accepted", $"Read version {terms.Version} of '{terms.Title}' and send acceptTerms: true.", "acceptTerms"), terms);

    /// <summary>409: other terms are in force than those that were read; <c>terms</c> names them.</summary>
    public static ProblemHttpResult TermsChanged(TermsSnapshot terms) => Of(
        Problem.Of(409, "terms_changed", $"Version {terms.Version} of '{terms.Title}' is in force now. Read it and accept that one.", "termsVersion"), terms);

    /// <summary>400: answers that do not fit the plan's questions, with every field.</summary>
    public static ProblemHttpResult AnswersInvalid(IReadOnlyDictionary<string, string[]> faults)
    {
        var problem = Problem.Of(400, "answers_invalid", "Answer the plan's questions as its schema asks; 'errors' names each field.");
        problem.ProblemDetails.Extensions["errors"] = faults;
        return problem;
    }

    /// <summary>409: an application whose keys are suspended calls nothing.</summary>
    public static ProblemHttpResult ApplicationSuspended() =>
        Problem.Of(409, "application_suspended", "Every key of the application is suspended. Enable one, or name another application.", "applicationId");

    /// <summary>403: providers sell, they do not subscribe.</summary>
    public static ProblemHttpResult ConsumersOnly() =>
        Problem.Of(403, "consumers_only", "Only consumer organizations subscribe and hold applications. Name one that you belong to.", "organizationId");

    /// <summary>403: the provider or an operator disabled the organization.</summary>
    public static ProblemHttpResult OrganizationDisabled() =>
        Problem.Of(403, "organization_disabled", "The organization is disabled. Ask the catalog's provider.", "organizationId");

    /// <summary>409: the organization signed up to another catalog.</summary>
    public static ProblemHttpResult OtherCatalog() =>
        Problem.Of(409, "catalog_not_joined", "The organization signed up to another catalog and subscribes there only.", "catalogId");

    /// <summary>503: Accounts has not told us of the organization yet.</summary>
    public static ProblemHttpResult OrganizationUnknownYet() =>
        Problem.Of(503, "organization_not_ready", "The organization was made a moment ago and is not known here yet. Try again shortly.");

    /// <summary>409: the plan takes no new subscribers.</summary>
    public static ProblemHttpResult PlanNotActive() =>
        Problem.Of(409, "plan_not_active", "The plan takes no new subscribers. Choose an active plan of the storefront.", "planId");

    /// <summary>409: nobody can bill the plan.</summary>
    public static ProblemHttpResult BillingRequired() =>
        Problem.Of(409, "billing_required", "The provider has not attached a billing integration to this catalog. Ask the provider.", "planId");

    /// <summary>409: the product was withdrawn from the catalog.</summary>
    public static ProblemHttpResult NotOnOffer() =>
        Problem.Of(409, "product_not_on_offer", "The product is not on offer in this catalog any more.", "planId");

    /// <summary>409: the organization has a live subscription to the product; its id is in <c>subscriptionId</c>.</summary>
    public static ProblemHttpResult AlreadySubscribed(string subscriptionId)
    {
        var problem = Problem.Of(409, "already_subscribed", $"The organization has subscription '{subscriptionId}' to this product. Use or cancel that one.");
        problem.ProblemDetails.Extensions["subscriptionId"] = subscriptionId;
        return problem;
    }

    /// <summary>400: not an application of the organization.</summary>
    public static ProblemHttpResult InvalidApplication() =>
        Problem.Of(400, "application_invalid", "Name an application of the organization.", "applicationId");

    /// <summary>400: the subscription is for one application only.</summary>
    public static ProblemHttpResult OtherApplication(string applicationId) =>
        Problem.Of(400, "application_invalid", $"The subscription is for application '{applicationId}' only.", "applicationId");

    /// <summary>400: a plan that is not sold by seats.</summary>
    public static ProblemHttpResult SeatsNotSold() =>
        Problem.Of(400, "seats_not_sold", "The plan is not sold by seats. Leave 'seats' out.", "seats");

    /// <summary>400: fewer or more seats than the plan sells; <c>minimumSeats</c> and <c>maximumSeats</c> tell how many it does.</summary>
    public static ProblemHttpResult SeatsOutOfBounds(PriceSnapshot price)
    {
        var problem = Problem.Of(400, Obstacle.SeatsOutOfBounds, $"The plan is sold with {price.MinimumSeats} to {price.MaximumSeats} seats. Say how many in 'seats'.", "seats");
        problem.ProblemDetails.Extensions["minimumSeats"] = price.MinimumSeats;
        problem.ProblemDetails.Extensions["maximumSeats"] = price.MaximumSeats;
        return problem;
    }

    /// <summary>409: no period follows in which other seats would count.</summary>
    public static ProblemHttpResult TermEnds() =>
        Problem.Of(409, "term_ends", "The subscription's term ends with this period, so that no other seats follow it. Change them now.", "when");

    /// <summary>409: it has this plan, with as many seats where it is sold by seats.</summary>
    public static ProblemHttpResult SamePlan(PlanSnapshot plan) => plan.Seats is { } seats
        ? Problem.Of(409, "plan_unchanged", $"The subscription has this plan with {seats} seats already. Say in 'seats' how many it shall have, or name another plan of the product.", "seats")
        : Problem.Of(409, "plan_unchanged", "The subscription has this plan already. Name another plan of the product.", "planId");

    /// <summary>409: another Stripe account or currency bills the plan.</summary>
    public static ProblemHttpResult BilledOtherwise() =>
        Problem.Of(409, "billed_otherwise", "The plan is billed in another currency or by another billing integration. Cancel and subscribe to it instead.", "planId");

    /// <summary>409: the organization is billed in another currency by the same integration.</summary>
    public static ProblemHttpResult CurrencyLocked(string currency) => Problem.Of(
        409, "currency_locked", $"The organization is billed in {currency.ToUpperInvariant()} by this provider's billing integration. Choose a plan in that currency, or subscribe with another organization, which is a customer of its own.", "planId");

    /// <summary>409: a payment is disputed or was given back; nothing moves until that is settled.</summary>
    public static ProblemHttpResult PaymentHeld(string reason) =>
        Problem.Of(409, reason, "A payment of this subscription is disputed or was given back. Its plan can be changed when that is settled.");

    /// <summary>409: its plan or seats changed as often as they may in one day.</summary>
    public static ProblemHttpResult ChangedTooOften(int most) =>
        Problem.Of(409, "changed_too_often", $"The subscription has changed {most} times within a day. Change with the end of the period, or try again tomorrow.", "when");

    /// <summary>409: the consumer left the plan in a period that still runs, and would be given what that includes once more.</summary>
    public static ProblemHttpResult PlanLeft(DateTimeOffset end) => Problem.Of(
        409, WayBack.Closed, $"The organization left this plan in a period that ends {end.UtcDateTime:yyyy-MM-dd HH:mm} UTC, and what the plan includes is given once for it. Change with the end of the period, or after it.", "when");

    /// <summary>409: the same, of an organization whose subscription to the plan ended in it.</summary>
    public static ProblemHttpResult PlanGiven(DateTimeOffset end) => Problem.Of(
        409, WayBack.Closed, $"The organization had this plan in a period that ends {end.UtcDateTime:yyyy-MM-dd HH:mm} UTC, and what the plan includes is given once for it. Subscribe after that, or to another plan.", "planId");

    /// <summary>The code for what is not paid: an invoice past due of whoever takes another plan, or, of a change that gives back, any that charges the present period.</summary>
    public const string Unpaid = "payment_open";

    /// <summary>409: the organization owes something at the billing integration that would bill the plan (<see cref="Debt"/>).</summary>
    /// <param name="field">What of the request names the plan, if anything does.</param>
    public static ProblemHttpResult Owes(string code, string? field = "planId") => code == Unpaid
        ? Problem.Of(409, code, "The organization has not paid an invoice that is past due, and takes no further plan of this provider that costs money. It can as soon as that is paid.", field)
        : Problem.Of(409, code, "The organization's bank disputes a payment to this provider or took it back, and the organization takes no further plan that costs money. It can as soon as that is settled.", field);

    /// <summary>409: an invoice is open or not made yet, and the change gives back more than it charges.</summary>
    public static ProblemHttpResult PaymentOpen() =>
        Problem.Of(409, Unpaid, "An invoice of this subscription is not paid yet, and this change would give back what it charges. Pay it first, or change with the end of the period.", "planId");

    /// <summary>409: the provider decides who takes the plan.</summary>
    public static ProblemHttpResult PlanNeedsApproval() =>
        Problem.Of(409, "approval_required", "The provider decides who takes this plan. Ask the provider to move the subscription, or cancel and subscribe to it.", "planId");

    /// <summary>409: the plan asks what the subscriber was never asked.</summary>
    public static ProblemHttpResult PlanAsks() =>
        Problem.Of(409, "answers_required", "The plan asks questions that were never answered. Cancel and subscribe to it, or ask the provider to move the subscription.", "planId");

    /// <summary>409: no plan change waits.</summary>
    public static ProblemHttpResult NoPlanChange() =>
        Problem.Of(409, "no_plan_change", "No plan change of the consumer's own waits for the end of the period.");

    /// <summary>409: the subscription's status does not allow it.</summary>
    public static ProblemHttpResult StatusConflict(SubscriptionStatus status, string action) =>
        Problem.Of(409, "status_conflict", $"A subscription that is {Text.Snake(status)} cannot {action}. Read it again.");

    /// <summary>400: the product has no such API.</summary>
    public static ProblemHttpResult ApiNotInProduct() =>
        Problem.Of(400, "api_not_in_product", "Name an API of the subscribed product.", "apiId");

    /// <summary>409: a request for the same API is pending or granted; its id is in <c>accessRequestId</c>.</summary>
    public static ProblemHttpResult AlreadyRequested(string id)
    {
        var problem = Problem.Of(409, "already_requested", $"Access request '{id}' asks for the same. Read that one.");
        problem.ProblemDetails.Extensions["accessRequestId"] = id;
        return problem;
    }

    /// <summary>409: the request was decided otherwise or ended with its subscription.</summary>
    public static ProblemHttpResult RequestDecided(string status, string action) =>
        Problem.Of(409, "status_conflict", $"An access request that is {status} cannot be {action}.");

    /// <summary>409: live subscriptions or granted access use the application.</summary>
    public static ProblemHttpResult ApplicationInUse() =>
        Problem.Of(409, "application_in_use", "Cancel the application's subscriptions and delete its granted credentials first.");

    /// <summary>409: the credential is not in a status that allows it.</summary>
    public static ProblemHttpResult CredentialStatus(string status, string action) =>
        Problem.Of(409, "status_conflict", $"A credential that is {status} cannot be {action}.");

    /// <summary>409: its key was never read; read the access request first.</summary>
    public static ProblemHttpResult KeyNotMade() =>
        Problem.Of(409, "key_not_read", "The key was never read. Read the access request: it shows the key once.");

    /// <summary>400: not the start of a window of that quota.</summary>
    public static ProblemHttpResult NotAWindow() =>
        Problem.Invalid("windowStart", "No window of the quota starts at this time.");

    /// <summary>409: the catalog takes no order for a paid plan without a stored payment method.</summary>
    public static ProblemHttpResult PaymentMethodRequired() =>
        Problem.Of(409, "payment_method_required", "This plan requires payment. Store a payment method with POST /v1/payment-methods and try again.", "planId");

    private static ProblemHttpResult Of(ProblemHttpResult problem, TermsSnapshot terms)
    {
        problem.ProblemDetails.Extensions["terms"] = terms;
        return problem;
    }
}

/// <summary>Words as the API writes them.</summary>
internal static class Text
{
    /// <summary>An enum name as the API's JSON writes it.</summary>
    public static string Snake<T>(T value)
        where T : struct, Enum => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
