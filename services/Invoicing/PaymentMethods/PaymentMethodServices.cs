using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>What payment methods, the pages on which they are stored, and charging them consist of.</summary>
public static class PaymentMethodServices
{
    /// <summary>Registers it.</summary>
    public static IServiceCollection AddPaymentMethods(this IServiceCollection services) => services
        .AddSingleton<OpenCheckout>().AddSingleton<LookAtCheckouts>().AddStripeMirror<FollowCheckout>().AddCheckoutPurpose<StorePaymentMethod>()
        .AddSingleton<MirrorPaymentMethods>().AddSingleton<LookAtPaymentMethods>().AddSingleton<ForgetPaymentMethods>()
        .AddStripeMirror<CustomerMirror>().AddStripeMirror<PaymentMethodMirror>().AddStripeMirror<SetupIntentMirror>()
        .AddSingleton<StripeChanges>().AddSingleton<CustomerChanges>().AddStripeJob<TakeOffDiscount>()
        .AddStripeJob<SetDefaultMethod>().AddStripeJob<DetachPaymentMethod>().AddStripeJob<ChargeInvoice>()
        .AddEncryptedColumn(new("payment_methods", "id", "owner_name", ["organization_id", "id"], PaymentMethod.OwnerField))
        .AddEncryptedColumn(new("payment_methods", "id", "owner_email", ["organization_id", "id"], PaymentMethod.OwnerField));
}
