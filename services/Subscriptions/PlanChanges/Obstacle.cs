using Marketplace.Contracts.Catalog;
using Marketplace.Pricing;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Subscriptions;

/// <summary>What stands in the way of a plan change.</summary>
/// <param name="Passes">True when it is the subscription's status, which may change; false when the facts do not allow it.</param>
/// <param name="Reason">Stable word.</param>
public sealed record Obstacle(bool Passes, string Reason)
{
    /// <summary>The reasons that a subscription's own status gives.</summary>
    public static readonly string[] OfStatus = ["awaiting_payment", "past_due", "suspended", "cancelling", PaymentState.Disputed, PaymentState.Refunded];

    /// <summary>The plan does not sell as many seats as the subscription has.</summary>
    public const string SeatsOutOfBounds = "seats_out_of_bounds";

    /// <summary>Another billing integration than the subscription's, or than the one that bills the plan on offer.</summary>
    public const string BilledElsewhere = "billing_integration_differs";

    /// <summary>Why a subscription cannot become what it should, or null. The only copy of these rules.</summary>
    public static Obstacle? Of(Subscription subscription, ChangeTarget? target) => (subscription, target) switch
    {
        ({ IsLive: false }, _) => new(true, "ended"),
        _ when subscription.After(SubscriptionEvent.Migrated) is null => new(true, Text.Snake(subscription.Status)),
        ({ HeldFor: { } held }, _) => new(true, held),
        (_, null) => new(false, "not_on_offer"),
        _ when !PlanSeats.Fit(target!.Plan) => new(false, SeatsOutOfBounds),
        _ when !Subscription.CostsMoney(target.Plan) => null,
        (_, { BillingIntegrationId: null }) => new(false, "billing_required"),
        _ when !Subscription.CostsMoney(subscription.Plan) => null,
        _ when subscription.BillingIntegrationId != target.BillingIntegrationId => new(false, BilledElsewhere),
        _ when subscription.Plan.Currency != target.Plan.Currency => new(false, "currency_differs"),
        _ => null,
    };

    /// <summary>The obstacle as who asked hears of it.</summary>
    /// <param name="plan">The plan that the subscription was to have.</param>
    internal ProblemHttpResult Refuse(Subscription subscription, PlanSnapshot plan) => Reason switch
    {
        "billing_required" => Problems.BillingRequired(),
        PaymentState.Disputed or PaymentState.Refunded => Problems.PaymentHeld(Reason),
        BilledElsewhere or "currency_differs" => Problems.BilledOtherwise(),
        SeatsOutOfBounds => Problems.SeatsOutOfBounds(plan.Price),
        _ => Problems.StatusConflict(subscription.Status, "change its plan"),
    };
}
