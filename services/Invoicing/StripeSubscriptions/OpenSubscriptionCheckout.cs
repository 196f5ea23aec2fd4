using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;
using Stripe.Checkout;

namespace Marketplace.Invoicing;

/// <summary>A checkout for a subscription that waits for its first payment.</summary>
/// <param name="SuccessUrl">Where the person comes back to. <c>{CHECKOUT_SESSION_ID}</c> in it becomes Stripe's id.</param>
/// <param name="CancelUrl">Where the person goes who turns back.</param>
public sealed record OpenSubscriptionCheckoutRequest(
    [property: Required, PlainText(64)] string SubscriptionId,
    [property: Required, WebAddress(Http = true)] string SuccessUrl,
    [property: Required, WebAddress(Http = true)] string CancelUrl);

/// <summary><c>POST /v1/checkout-sessions</c>: administrators and subscribers of the consumer. Nothing of the subscription is at Stripe before it is paid there.</summary>
public static class OpenSubscriptionCheckout
{
    /// <summary>201 with the checkout, the open one where there is one; 409 where nothing is to be paid at a checkout.</summary>
    public static async Task<Results<Created<CheckoutSessionResponse>, ProblemHttpResult>> Handle(
        OpenSubscriptionCheckoutRequest request, Caller caller, OpenCheckout checkout, FollowCheckout follow, CheckPlan plans, TaxLocation location, TakeOffDiscount discounts, RefusedRates rates, JobQueue queue, Database database, TimeProvider clock,
        CancellationToken cancellation)
    {
        var subscription = await FreshFacts.Await(
            () => database.QueryOne<BilledSubscription>(
                "select id, organization_id, integration_id, provider_organization_id, organization_title, email, product_title, cancelled_at from subscriptions where id = @SubscriptionId",
                request, cancellation), known => known is not null, cancellation);
        if (Refuse(subscription, caller, request.SubscriptionId) is { } refusal)
        {
            return refusal;
        }

        var ours = await StripeSubscription.Find(database, subscription!.Id, cancellation);
        if (ours is { Status: "incomplete", StoredMethod: true })
        {
            return Problems.ChargedToStoredMethod();
        }

        if (ours is null or { IsAwaitingSuccessor: true } || ours.Status != StripeSubscription.Awaiting || subscription.CancelledAt is not null)
        {
            return Problems.NoCheckoutNeeded(ours?.Status);
        }

        var integration = (await BillingIntegration.Find(database, ours.IntegrationId, cancellation))!;
        // The plan is on its way to Stripe since the approval, unless its job was dropped.
        var mirror = await FreshFacts.Await(() => PlanMirror.Find(database, ours.MirrorId, cancellation), m => ours.StoredMethod || m?.Status == "ready", cancellation);
        if (mirror!.Status != "ready")
        {
            await plans.Ensure(integration, mirror.Id, cancellation);
        }

        if (ours.StoredMethod || mirror.Status != "ready")
        {
            return ours.StoredMethod ? await RefuseStored(database, ours, cancellation) : Problems.CheckoutNotReady();
        }

        var tax = await TaxSetting.Of(database, integration.Id, cancellation);
        if (await Open(database, ours, cancellation) is { } open)
        {
            // One that was opened with other taxes is not handed out again, whatever became of the job that closes it.
            var (isTimely, hasTheseTaxes) = (open.ExpiresAt > clock.GetUtcNow(), ours.Taxes == tax.Word);
            if (isTimely && hasTheseTaxes)
            {
                return Created(open);
            }

            if (await AskAboutExpired(open, integration, follow, queue, database, close: isTimely, cancellation) is { } away)
            {
                return away;
            }

            if (await CheckoutSession.Find(database, open.Id, cancellation) is { Status: not CheckoutSession.Expired } known)
            {
                return known.Status == CheckoutSession.Open ? Created(known) : Problems.NoCheckoutNeeded(known.Status);
            }
        }

        if (tax.NeedsAddress && !mirror.IsBeforeTax)
        {
            return Problems.CheckoutNotReady();
        }

        var options = await Options(database, integration, ours, mirror, tax, request, cancellation);
        var wanted = new WantedCheckout(CheckoutPurpose.Subscription, options, SubscriptionId: ours.Id, Prepare: PrepareCustomer, Give: call => rates.Give(integration.Keys, tax, call, cancellation), Confirm: BearsTheSetting);
        try
        {
            var (session, unopened) = await checkout.Open(new(integration, ours.OrganizationId, ours.CustomerId, PaymentMethods: true), wanted, caller, cancellation);
            return unopened is null ? Created(session!)
                : await plans.IsDrifted(integration, mirror, cancellation) ? Problems.CheckoutNotReady()
                : unopened;
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            // Somebody else's came first: that one is the checkout, and nobody was given the address of this one.
            return await Open(database, ours, cancellation) is { } first ? Created(first) : Problems.NoCheckoutNeeded("complete");
        }

        // The setting is held until the checkout is written: whoever changes it later finds this one and closes it.
        async Task<bool> BearsTheSetting(Transaction transaction) =>
            await TaxSetting.Hold(transaction, integration.Id, cancellation) is { } now && now.Word == tax.Word && await StripeSubscription.Begins(transaction, ours.Id, tax, cancellation) > 0;

        // Nothing comes off what the page shows but what the plan says. Where the organization has given its address, that one counts. Where nobody has, the page asks for it, and Stripe keeps it with the customer.
        async Task PrepareCustomer(SessionCreateOptions page)
        {
            await discounts.Before(integration.Keys, ours.CustomerId, page.Customer, cancellation);
            var isKnown = await location.Bring(integration.Keys, tax, (ours.CustomerId, page.Customer, ours.OrganizationId), step => $"{page.ClientReferenceId}/{step}", cancellation);
            if (tax.NeedsAddress && !isKnown)
            {
                (page.BillingAddressCollection, page.CustomerUpdate) = ("required", new() { Address = "auto" });
            }
        }
    }

    // What is to begin with the stored method is charged to it, or waits for where the organization is.
    private static async Task<ProblemHttpResult> RefuseStored(Database database, StripeSubscription ours, CancellationToken cancellation)
    {
        var failure = await database.QueryOne<string>(
            "select error_code from stripe_jobs where kind = @JobKind and subject_id = @Id and status = 'failed'", new { CreateSubscription.JobKind, ours.Id }, cancellation);
        return failure switch
        {
            StripeFailure.AddressMissing => Problems.AddressMissing(ours.OrganizationId),
            StripeFailure.AddressUnclear => Problems.AddressUnclear(ours.OrganizationId),
            StripeFailure.TaxRateArchived => Problems.TaxRateArchived(),
            StripeFailure.TaxRateUnknown => Problems.TaxRateUnknown(),
            _ => Problems.ChargedToStoredMethod(),
        };
    }

    private static Created<CheckoutSessionResponse> Created(CheckoutSession session) => TypedResults.Created($"/v1/checkout-sessions/{session.Id}", ReadCheckoutSession.Show(session));

    private static ProblemHttpResult? Refuse(BilledSubscription? subscription, Caller caller, string id) =>
        subscription is null || !(caller.Sees(subscription.OrganizationId) || (subscription.ProviderOrganizationId is { } provider && caller.Sees(provider))) ? Problem.NotFound("subscription", id)
        : caller.Has(subscription.OrganizationId, Roles.ConsumerPaid) ? null
        : Problem.RoleMissing(subscription.OrganizationId, Roles.ConsumerPaid);

    private static Task<CheckoutSession?> Open(Database database, StripeSubscription ours, CancellationToken cancellation) =>
        database.QueryOne<CheckoutSession>($"select {CheckoutSession.Columns} from checkout_sessions where subscription_id = @Id and status = 'open'", new { ours.Id }, cancellation);

    // By our clock its time is over, or it is to be closed. Whether somebody was faster, Stripe alone knows: one that was completed in its last second has begun the subscription.
    private static async Task<ProblemHttpResult?> AskAboutExpired(
        CheckoutSession session, BillingIntegration integration, FollowCheckout follow, JobQueue queue, Database database, bool close, CancellationToken cancellation)
    {
        try
        {
            var stripeId = (await StripeObjects.Find(database, integration.Keys, session.Id, cancellation))!;
            await (close ? follow.Close(session, stripeId, integration.Keys, cancellation) : follow.Look(session, stripeId, integration.Keys, cancellation));
            return null;
        }
        catch (TimeoutException)
        {
            return Problems.CheckoutNotReady();
        }
        catch (Exception exception) when (StripeFailure.Of(exception, cancellation) is { } failure)
        {
            return await StripeRefusal.Of(failure, integration.Keys, queue, cancellation);
        }
    }

    private static async Task<SessionCreateOptions> Options(
        Database database, BillingIntegration integration, StripeSubscription ours, PlanMirror mirror, TaxSetting tax, OpenSubscriptionCheckoutRequest request, CancellationToken cancellation)
    {
        var plan = ours.Snapshot();
        List<SessionLineItemOptions> lines = [];
        foreach (var part in mirror.Parts())
        {
            // Of what a meter counts no quantity is known yet.
            lines.Add(new() { Price = await StripeObjects.Find(database, integration.Keys, PlanMirror.PriceOf(mirror.Id, part), cancellation), Quantity = RecurringParts.QuantityOf(plan, part) });
        }

        if (plan.SetupFee > 0)
        {
            lines.Add(new()
            {
                Quantity = 1,
                PriceData = new() { Currency = plan.Currency.ToLowerInvariant(), UnitAmount = plan.SetupFee, ProductData = new() { Name = $"{mirror.Title}: set-up fee" }, TaxBehavior = tax.Behavior },
                // What recurs takes the subscription's own, which may become others.
                TaxRates = tax.Rates.Count > 0 ? [.. tax.Rates] : null,
            });
        }

        return new()
        {
            Mode = "subscription",
            LineItems = lines,
            SuccessUrl = request.SuccessUrl,
            CancelUrl = request.CancelUrl,
            AutomaticTax = tax.NeedsAddress ? new() { Enabled = true } : null,
            SubscriptionData = new()
            {
                BillingMode = new() { Type = "flexible" },
                DefaultTaxRates = tax.Rates.Count > 0 ? [.. tax.Rates] : null,
                Description = mirror.Title,
                Metadata = StripeMetadata.Of(integration.Id, ours.OrganizationId, ours.Id),
            },
        };
    }
}

/// <summary>A completed checkout brings its subscription along, so that access does not wait for that one's own event.</summary>
public sealed class BeginAtCheckout(SubscriptionMirror subscriptions, Database database) : ICheckoutPurpose
{
    /// <inheritdoc/>
    public string Purpose => CheckoutPurpose.Subscription;

    /// <inheritdoc/>
    public async Task<ApplyFetched> Completed(CheckoutSession session, Session atStripe, StripeKeys keys, CancellationToken cancellation) =>
        atStripe.SubscriptionId is { } subscription && await BillingIntegration.Find(database, keys.IntegrationId, cancellation) is { } integration
            ? await subscriptions.Fetch(subscription, integration, cancellation)
            : Ignored.Because("The checkout made no subscription.");
}
