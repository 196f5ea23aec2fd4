using Marketplace.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Invoicing;

/// <summary>Every refusal of this service.</summary>
public static class Problems
{
    /// <summary>404: no such billing integration, or not yours.</summary>
    public static ProblemHttpResult NoIntegration(string id) => Problem.NotFound("billing integration", id);

    /// <summary>404: no such invoice, or not yours.</summary>
    public static ProblemHttpResult NoInvoice(string id) => Problem.NotFound("invoice", id);

    /// <summary>404: no such job in this queue; finished jobs leave it.</summary>
    public static ProblemHttpResult NoJob(string id) => Problem.NotFound("job", id);

    /// <summary>403: only owners and administrators of the provider organization may see or change its billing integrations.</summary>
    public static ProblemHttpResult SettingsRole(string organizationId) => Problem.RoleMissing(organizationId, Roles.ProviderSettings);

    /// <summary>404: the organization is not one of the caller's provider organizations.</summary>
    public static ProblemHttpResult NoProvider(string organizationId) => Problem.NotFound("provider organization", organizationId);

    /// <summary>400: there is no Stripe account without its keys.</summary>
    public static ProblemHttpResult KeysRequired(params string[] fields)
    {
        const string Detail = "Both keys of the Stripe account are needed, of one mode.";
        var problem = Problem.Invalid(fields[0], Detail);
        problem.ProblemDetails.Extensions["errors"] = fields.ToDictionary(field => field, _ => new[] { Detail }, StringComparer.Ordinal);
        return problem;
    }

    /// <summary>400: not of the form of a Stripe key of that kind.</summary>
    public static ProblemHttpResult KeyForm(string field, string prefixes) =>
        Problem.Invalid(field, $"Not a Stripe key of this kind: it starts with {prefixes}.");

    /// <summary>409: one key is a test key and the other a live one, or the new keys are of the other mode.</summary>
    public static ProblemHttpResult LivemodeMismatch(string detail, string field) => Problem.Of(409, "livemode_mismatch", detail, field);

    /// <summary>422: the keys belong to different Stripe accounts.</summary>
    public static ProblemHttpResult AccountMismatch(string detail, string field) => Problem.Of(422, "account_mismatch", detail, field);

    /// <summary>422: Stripe does not know the key, or it was revoked.</summary>
    public static ProblemHttpResult StripeKeyInvalid() =>
        Problem.Of(422, "stripe_key_invalid", "Stripe refuses this key. Copy it again from the Stripe dashboard, or roll it there.", "secretKey");

    /// <summary>422: Stripe does not know the publishable key, or it was rolled.</summary>
    public static ProblemHttpResult PublishableKeyInvalid() =>
        Problem.Of(422, "stripe_key_invalid", "Stripe refuses this key. Copy it again from the Stripe dashboard.", "publishableKey");

    /// <summary>422: nothing shows whose the publishable key is.</summary>
    public static ProblemHttpResult PublishableKeyUnproven(string account) =>
        Problem.Of(422, "publishable_key_unproven",
            $"A publishable key of this age does not tell its account, and nothing at Stripe shows that it belongs to {account}. Roll it in the Stripe dashboard and send the new one.", "publishableKey");

    /// <summary>422: a restricted key lacks permissions that the billing model needs; <c>missing</c> names every one as Stripe's errors and dashboard do.</summary>
    public static ProblemHttpResult StripePermissionsMissing(string billingModel, IReadOnlyList<ProbedPermission> missing)
    {
        var problem = Problem.Of(422, "stripe_permission_missing",
            $"The billing model '{billingModel}' needs what the restricted key may not do: {string.Join(", ", missing.Select(m => m.Permission.DashboardName))}. Grant it in the Stripe dashboard and repeat.", "secretKey");
        problem.ProblemDetails.Extensions["missing"] = missing.Select(m => new { permission = m.Permission.Name, dashboardName = m.Permission.DashboardName, neededFor = m.Permission.NeededFor }).ToList();
        return problem;
    }

    /// <summary>400: the field is ours to set; the request may not name it.</summary>
    public static ProblemHttpResult ReadOnlyField(string field, string instead) => Problem.Of(400, "read_only_field", $"'{field}' cannot be set. {instead}", field);

    /// <summary>400: there is no such field.</summary>
    public static ProblemHttpResult UnknownField(string field) => Problem.Invalid(field, "Not a known field.");

    /// <summary>422: the key may not read its account, and its form does not tell it.</summary>
    public static ProblemHttpResult StripeAccountUnknown() =>
        Problem.Of(422, "stripe_account_unknown", "The key may not read its account and its form does not tell it. Grant it read access to the account, or use another key.", "secretKey");

    /// <summary>409: Stripe does not list these objects for the integration's key.</summary>
    public static ProblemHttpResult StripeListRefused(string detail) => Problem.Of(409, "stripe_list_refused", detail);

    /// <summary>409: the subscription is not paid for at a checkout: invoices are sent for it, it was paid, or it is over.</summary>
    public static ProblemHttpResult NoCheckoutNeeded(string? status) => Problem.Of(
        409, "checkout_not_needed",
        status is null ? "The subscription is billed by invoices, or not approved yet. Pay its invoice on the page that the invoice names." : $"The subscription is {status} at Stripe. Nothing is to be paid at a checkout.", "subscriptionId");

    /// <summary>409: the stored payment method pays for it.</summary>
    public static ProblemHttpResult ChargedToStoredMethod() => Problem.Of(
        409, "checkout_not_needed",
        "The subscription is charged to the stored default payment method. Where that declines, or its owner must confirm the payment, its first invoice says so and is paid on the page that it names.",
        "subscriptionId");

    /// <summary>503: plan or customer are still on their way to Stripe.</summary>
    public static ProblemHttpResult CheckoutNotReady() => Problem.Of(
        503, "checkout_not_ready", "The plan, or what was just set about its taxes, is still being brought to Stripe. Repeat the request shortly; if this goes on, the provider finds the reason in the job queue of its billing integration.");

    /// <summary>503: Stripe could not be asked; nothing was changed.</summary>
    public static ProblemHttpResult StripeAway() =>
        Problem.Of(503, "stripe_unavailable", "Stripe could not be asked, so nothing was changed. Repeat the request shortly.");

    /// <summary>409: the provider's own billing system charges, so that there is nothing of it at Stripe.</summary>
    public static ProblemHttpResult NotBilledByStripe(string? field = null) =>
        Problem.Of(409, "not_billed_by_stripe", "A billing system of the provider's own charges what this integration bills, so nothing of it is at Stripe. Do it in that system.", field);

    /// <summary>409: Stripe is told and asked by us; nobody else says how its invoices stand.</summary>
    public static ProblemHttpResult BilledByStripe() =>
        Problem.Of(409, "billed_by_stripe", "Stripe charges this invoice and says how it stands. Only invoices of an integration of the billing model 'custom' are told about here.");

    /// <summary>409: nothing can change any more.</summary>
    public static ProblemHttpResult InvoiceSettled(string status) => Problem.Of(409, "invoice_settled", $"An invoice that is {status} is not billed again.");

    /// <summary>409: the billing system has not said yet under which number and over what it charges.</summary>
    public static ProblemHttpResult InvoiceNotBilled() =>
        Problem.Of(409, "invoice_not_billed", "PUT …/billing first: nobody can pay an invoice without a number and an amount.", "name");

    /// <summary>409: the state is not one that may follow.</summary>
    public static ProblemHttpResult InvoiceStateNotAllowed(string from, string to, IReadOnlyList<string> allowed) => Problem.Of(
        409, "invoice_state_not_allowed",
        $"An invoice that is {from} does not become {to}. {(allowed.Count == 0 ? "Nothing follows." : $"It may become {string.Join(" or ", allowed)}.")}", "name");

    /// <summary>422: an amount is not what it has to be; <c>expected</c> says what that is.</summary>
    public static ProblemHttpResult BillingAmountMismatch(string field, string rule, object expected)
    {
        var problem = Problem.Of(422, "billing_amount_mismatch", $"{rule} Expected {expected}.", field);
        problem.ProblemDetails.Extensions["expected"] = expected;
        return problem;
    }

    /// <summary>409: a document of the billing system is about one invoice.</summary>
    public static ProblemHttpResult BillingIdTaken(string id) =>
        Problem.Of(409, "billing_id_taken", $"Another invoice was billed as '{id}'. Each has a document of its own.", "id");

    /// <summary>410: what came after that number is kept no longer; <c>keptAfter</c> says after which it is.</summary>
    public static ProblemHttpResult InvoiceEventsForgotten(long keptAfter, int days)
    {
        var problem = Problem.Of(
            410, "invoice_events_forgotten",
            $"Events are kept for {days} days; the next ones after that number are gone. Read GET /v1/invoices with vendor=custom, and go on with after={keptAfter}.", "after");
        problem.ProblemDetails.Extensions["keptAfter"] = keptAfter;
        return problem;
    }

    /// <summary>409: something still needs the integration; <c>uses</c> says what.</summary>
    public static ProblemHttpResult IntegrationInUse(IReadOnlyList<IntegrationUse> uses)
    {
        var problem = Problem.Of(409, "billing_integration_in_use",
            $"The billing integration still has {string.Join(", ", uses.Select(u => $"{u.Count} {u.What}"))}. Detach, settle, void or cancel them first; the last usage of what ended is charged within two hours.");
        problem.ProblemDetails.Extensions["uses"] = uses;
        return problem;
    }

    /// <summary>409: the Stripe account can't be reached any more.</summary>
    public static ProblemHttpResult IntegrationDeleted(string id) =>
        Problem.Of(409, "billing_integration_deleted", $"The billing integration {id} was deleted, and with it the key to its Stripe account. Do it in the Stripe dashboard.");

    /// <summary>409: the provider made the endpoint, so only the provider can change it.</summary>
    public static ProblemHttpResult WebhookEndpointNotOurs() =>
        Problem.Of(409, "webhook_endpoint_not_managed", "The provider made this webhook endpoint, and the key may not make another. Roll its secret in the Stripe dashboard and store the new one by PATCH; or give the key Webhook Endpoints: Write, or store one that has it by POST …/keys, and rotate again.");

    /// <summary>409: nothing is being phased out.</summary>
    public static ProblemHttpResult NothingToRetire() => Problem.Of(409, "nothing_to_retire", "Only one signing secret is in force.");

    /// <summary>409: Stripe keeps no more endpoints for the account.</summary>
    public static ProblemHttpResult WebhookEndpointLimit(string detail) => Problem.Of(409, "webhook_endpoint_limit", detail);

    /// <summary>422: Stripe did not let us make the endpoint.</summary>
    public static ProblemHttpResult WebhookEndpointRefused(string code, string detail) => Problem.Of(422, code == "permission_missing" ? "stripe_permission_missing" : "webhook_endpoint_refused", detail);

    /// <summary>409: the queue has no blocked or failed head and is not paused, so there is nothing to retry.</summary>
    public static ProblemHttpResult QueueNotStuck() =>
        Problem.Of(409, "queue_not_stuck", "No job at the head of a lane is blocked or failed; waiting jobs are retried by themselves.");

    /// <summary>409: the job is being carried out at this moment.</summary>
    public static ProblemHttpResult JobRunning() =>
        Problem.Of(409, "job_running", "The job is being carried out at this moment. Repeat the request when it has ended.");

    /// <summary>400: what concerns a whole queue must be confirmed.</summary>
    public static ProblemHttpResult ConfirmRequired(string what, string word) =>
        Problem.Of(400, "confirmation_required", $"{what} Repeat with confirm={word}.", "confirm");

    /// <summary>409: only an invoice whose level is error can be retried.</summary>
    public static ProblemHttpResult InvoiceNotInError() =>
        Problem.Of(409, "invoice_not_in_error", "Only an invoice whose status level is 'error' can be retried.");

    /// <summary>409: it is billed, and its reasons are a record of how.</summary>
    public static ProblemHttpResult NothingToRetry(string status) =>
        Problem.Of(409, "invoice_settled", $"An invoice that is {status} is not billed again: its reasons stay as a record. What they name is refunded or charged by hand.");

    /// <summary>409: a paid invoice cannot be voided.</summary>
    public static ProblemHttpResult InvoiceNotVoidable(string status) =>
        Problem.Of(409, "invoice_not_voidable", $"An invoice that is {status} cannot be voided.");

    /// <summary>What to do with an invoice that is paid in part and that nobody owes any more.</summary>
    public const string PartlyPaidAdvice = "POST …/credit takes off what is left, which makes it paid; POST …/refund then gives back what was paid.";

    /// <summary>409: Stripe voids nothing that was paid in part.</summary>
    public static ProblemHttpResult InvoicePartlyPaid(long paid, string currency) =>
        Problem.Of(409, "invoice_partly_paid", $"{Currencies.Print(paid, currency)} of the invoice are paid, so it cannot be voided. {PartlyPaidAdvice}");

    /// <summary>409: only what was paid can be given back.</summary>
    public static ProblemHttpResult InvoiceNotRefundable(string status) =>
        Problem.Of(409, "invoice_not_refundable", $"An invoice that is {status} has no payment to give back. Credit an open one, or void it.");

    /// <summary>409: only what is still due can be taken off.</summary>
    public static ProblemHttpResult InvoiceNotCreditable(string status) =>
        Problem.Of(409, "invoice_not_creditable", $"Of an invoice that is {status} nothing is due that could be taken off. Refund a paid one.");

    /// <summary>409: all of it is given back or taken off already.</summary>
    public static ProblemHttpResult NothingLeftToCredit(bool paidElsewhere) => Problem.Of(
        409, "nothing_left_to_credit", paidElsewhere
            ? "What is left was paid outside of Stripe, which cannot give it back. Give it back as it was paid."
            : "Nothing is left: all of it is given back, taken off, or about to be.");

    /// <summary>409: no refund of the credit note came back, or each that did was asked for again.</summary>
    public static ProblemHttpResult NothingToRepeat() => Problem.Of(
        409, "nothing_to_repeat", "No refund of this credit note has failed that was not asked for again. One that fails again may be repeated again.");

    /// <summary>409: more than is left; <c>left</c> says how much that is.</summary>
    public static ProblemHttpResult CreditExceedsRest(long left, string currency)
    {
        var problem = Problem.Of(409, "credit_exceeds_rest", $"At most {left} {currency} (minor units) are left, counting what is already on its way.", "amount");
        problem.ProblemDetails.Extensions["left"] = left;
        return problem;
    }

    /// <summary>422: neither charged nor given back in the currency.</summary>
    public static ProblemHttpResult AmountNotChargeable(string currency, long step) =>
        Problem.Of(422, "amount_not_chargeable", $"Amounts in {currency} are charged and given back in steps of {step} minor units. Without an amount all that is left is taken.", "amount");

    /// <summary>422: whose own system charges reckons its taxes itself.</summary>
    public static ProblemHttpResult TaxNotBillable() => Problem.Of(
        422, "tax_not_billable", "Integrations of the billing model 'custom' charge no taxes: the provider's own billing system states them with each invoice.", "tax.mode");

    /// <summary>422: Stripe was told that the prices are before tax, and does not take that back.</summary>
    public static ProblemHttpResult TaxRateInclusive(string field, string id) => Problem.Of(
        422, "tax_rate_inclusive",
        $"The tax rate '{id}' lies within prices. Stripe Tax was told that the prices of this integration are before tax, which Stripe never takes back. Use rates on top, or another integration.", field);

    /// <summary>409: Stripe Tax reckons by where the customer is, and nobody has said that.</summary>
    public static ProblemHttpResult AddressMissing(string organizationId) => Problem.Of(
        409, StripeFailure.AddressMissing, $"Taxes are reckoned by where the organization is. Its administrator or billing member gives the address at /v1/billing-details/{organizationId}; then the subscription begins by itself.", "subscriptionId");

    /// <summary>409: Stripe does not recognize the address.</summary>
    public static ProblemHttpResult AddressUnclear(string organizationId) => Problem.Of(
        409, StripeFailure.AddressUnclear, $"Taxes are reckoned by where the organization is, and Stripe does not recognize its address. Its administrator or billing member corrects it at /v1/billing-details/{organizationId}.", "subscriptionId");

    /// <summary>422: Stripe knows no such tax rate in the integration's account and mode.</summary>
    public static ProblemHttpResult TaxRateUnknown(string field, string id) =>
        Problem.Of(422, "tax_rate_unknown", $"The Stripe account has no tax rate '{id}' in the mode of these keys. Make it in the Stripe dashboard, or name another.", field);

    /// <summary>422: the tax rate is archived, so that no invoice could bear it.</summary>
    public static ProblemHttpResult TaxRateArchived(string field, string id) =>
        Problem.Of(422, "tax_rate_archived", $"The tax rate '{id}' is archived at Stripe. Use it again there, or name another.", field);

    /// <summary>422: the same where a subscriber meets it.</summary>
    public static ProblemHttpResult TaxRateArchived() =>
        Problem.Of(422, "tax_rate_archived", "The provider's taxes name a tax rate that is archived at Stripe, so that nothing new can bear it. The provider has to use it again there, or to set others.");

    /// <summary>422: where a subscriber meets one that is not there.</summary>
    public static ProblemHttpResult TaxRateUnknown() =>
        Problem.Of(422, "tax_rate_unknown", "The provider's taxes name a tax rate that its Stripe account does not have, so that nothing can bear it. The provider has to set others.");

    /// <summary>422: the restricted key may not read tax rates, so that nothing proves them.</summary>
    public static ProblemHttpResult TaxRatesUnreadable(string field) =>
        Problem.Of(422, "stripe_permission_missing", "The restricted key may not read tax rates. Grant it 'Tax rates: Read' in the Stripe dashboard and repeat.", field);

    /// <summary>404: no such consumer organization among this integration's customers or in its provider's catalogs.</summary>
    public static ProblemHttpResult NoCustomer(string organizationId) => Problem.NotFound("customer", organizationId);

    /// <summary>404: the organization is not one of the caller's consumer organizations.</summary>
    public static ProblemHttpResult NoConsumer(string organizationId) => Problem.NotFound("consumer organization", organizationId);

    /// <summary>422: the estimate would come to more than an invoice can hold.</summary>
    public static ProblemHttpResult EstimateOutOfBounds(string detail) => Problem.Of(422, "estimate_out_of_bounds", detail, "quantities");

    /// <summary>404: no such reconciliation, or not yours.</summary>
    public static ProblemHttpResult NoReconciliation(string id) => Problem.NotFound("reconciliation", id);

    /// <summary>404: no such difference in this reconciliation.</summary>
    public static ProblemHttpResult NoDrift(string id) => Problem.NotFound("drift", id);

    /// <summary>409: one run at a time for a billing integration.</summary>
    public static ProblemHttpResult ReconciliationRunning() =>
        Problem.Of(409, "reconciliation_running", "The billing integration is being compared with Stripe at this moment. Wait until that run has ended.");

    /// <summary>409: the difference was repaired or accepted.</summary>
    public static ProblemHttpResult DriftNotOpen(string state) => Problem.Of(409, "drift_not_open", $"The difference is {state}.");

    /// <summary>409: nothing that we may do removes the difference.</summary>
    public static ProblemHttpResult DriftNotRepairable(string? detail) =>
        Problem.Of(409, "drift_not_repairable", $"It was looked at again, and cannot be repaired from here. {detail ?? "Put it right at Stripe, or accept it."}");

    /// <summary>403: providers are paid; they keep no payment methods.</summary>
    public static ProblemHttpResult ConsumersOnly() =>
        Problem.Of(403, "consumers_only", "Only consumer organizations keep payment methods. Name one that you belong to.", "organizationId");

    /// <summary>409: the organization belongs to another catalog.</summary>
    public static ProblemHttpResult OtherCatalog() => Problem.Of(409, "catalog_not_joined", "The organization signed up to another catalog and pays there only.", "catalogId");

    /// <summary>409: nobody bills the organization's catalog.</summary>
    public static ProblemHttpResult NoBillingIntegrations() =>
        Problem.Of(409, "billing_integration_missing", "No billing integrations have been found. The catalog's provider has to attach one.", "billingIntegrationId");

    /// <summary>409: the catalog's payment methods are switched off.</summary>
    public static ProblemHttpResult PaymentMethodsOff() =>
        Problem.Of(409, "payment_methods_off", "The catalog keeps no payment methods. Its provider can switch them on in its settings.", "organizationId");

    /// <summary>503: Accounts has not told us of the organization yet.</summary>
    public static ProblemHttpResult OrganizationUnknownYet() =>
        Problem.Of(503, "organization_not_known_yet", "The organization was created a moment ago and is not known here yet. Repeat the request shortly.", "organizationId");

    /// <summary>409: the provider's restricted key may not do what the request needs; <c>missing</c> names the permission as Stripe's errors and dashboard do.</summary>
    public static ProblemHttpResult PermissionMissing(string permission, string dashboardName)
    {
        var problem = Problem.Of(409, "permission_missing",
            $"The provider's Stripe key may not do this: it lacks {dashboardName} ({permission}). The provider has to grant it in the Stripe dashboard.");
        problem.ProblemDetails.Extensions["missing"] = new[] { new { permission, dashboardName } };
        return problem;
    }

    /// <summary>503: Stripe refuses the provider's key.</summary>
    public static ProblemHttpResult BillingUnavailable() =>
        Problem.Of(503, "billing_unavailable", "Stripe refuses the provider's key, so nothing was changed. The provider has to rotate it.");

    /// <summary>422: Stripe understood and said no.</summary>
    public static ProblemHttpResult StripeRefused(string detail) =>
        Problem.Of(422, "stripe_refused", $"Stripe refused: {detail} An account that is restricted or not verified opens no pages; its provider sees in the Stripe dashboard what is missing.");

    /// <summary>409: Stripe is being told to forget the method.</summary>
    public static ProblemHttpResult PaymentMethodBeingRemoved(string id) =>
        Problem.Of(409, "payment_method_being_removed", $"The payment method '{id}' is being removed. Choose another one.");

    /// <summary>409: it is the last one, and subscriptions are charged to it; <c>subscriptions</c> names some.</summary>
    public static ProblemHttpResult PaymentMethodInUse(IReadOnlyList<string> subscriptions, bool demanded)
    {
        var problem = Problem.Of(409, "payment_method_in_use",
            "Paid subscriptions are charged to this payment method, and there is no other. Store another one first, or cancel them."
            + (demanded ? "" : " To pay their invoices by hand from now on, repeat with confirm=detach."));
        problem.ProblemDetails.Extensions["subscriptions"] = subscriptions;
        return problem;
    }
}
