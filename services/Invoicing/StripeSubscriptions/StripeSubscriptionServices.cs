using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>What subscriptions that Stripe renews consist of: their plans, checkouts, renewals and usage.</summary>
public static class StripeSubscriptionServices
{
    /// <summary>Registers it.</summary>
    public static IServiceCollection AddStripeSubscriptions(this IServiceCollection services) => services
        .AddStripeJob<MirrorPlan>().AddStripeJob<CreateSubscription>().AddStripeJob<SetUpSubscription>().AddStripeJob<EndSubscription>().AddStripeJob<UndoSubscription>().AddStripeJob<SettlePeriod>().AddStripeJob<BringTaxes>().AddStripeJob<SendUsage>()
        .AddSingleton<IStripeMirror>(provider => PlanObject(provider, "product")).AddSingleton<IStripeMirror>(provider => PlanObject(provider, "price"))
        .AddSingleton<IStripeMirror>(provider => PlanObject(provider, "billing.meter")).AddStripeMirror<RejectedUsage>()
        .AddStripeMirror<SubscriptionMirror>().AddCheckoutPurpose<BeginAtCheckout>()
        .AddSingleton<BeginSubscription>().AddSingleton<FirstInvoice>().AddSingleton<CheckPlan>().AddSingleton<BeforeTax>().AddSingleton<CorrectDraft>().AddSingleton<EndBeforeSettlement>();

    private static PlanObjectMirror PlanObject(IServiceProvider provider, string objectType) =>
        new(objectType, provider.GetRequiredService<CheckPlan>(), provider.GetRequiredService<RejectedUsage>(), provider.GetRequiredService<Database>());
}
