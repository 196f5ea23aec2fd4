namespace Marketplace.Invoicing;

/// <summary>What subscriptions that Stripe renews consist of: their plans, checkouts, renewals and usage.</summary>
public static class StripeSubscriptionServices
{
    /// <summary>Registers it.</summary>
    public static IServiceCollection AddStripeSubscriptions(this IServiceCollection services) => services
        .AddStripeJob<MirrorPlan>().AddStripeJob<CreateSubscription>().AddStripeJob<SetUpSubscription>().AddStripeJob<EndSubscription>().AddStripeJob<UndoSubscription>().AddStripeJob<SettlePeriod>().AddStripeJob<SendUsage>()
        .AddStripeMirror<SubscriptionMirror>().AddCheckoutPurpose<BeginAtCheckout>()
        .AddSingleton<BeginSubscription>().AddSingleton<FirstInvoice>();
}
