namespace Stripe.Checkout;

public class SessionCreateOptions : BaseOptions, IHasMetadata
{
    public SessionAdaptivePricingOptions AdaptivePricing { get; set; }
    public SessionAfterExpirationOptions AfterExpiration { get; set; }
    public bool? AllowPromotionCodes { get; set; }
    public SessionAutomaticTaxOptions AutomaticTax { get; set; }
    public string BillingAddressCollection { get; set; }
    public SessionBrandingSettingsOptions BrandingSettings { get; set; }
    public string CancelUrl { get; set; }
    public string ClientReferenceId { get; set; }
    public SessionConsentCollectionOptions ConsentCollection { get; set; }
    public string Currency { get; set; }
    public List<SessionCustomFieldOptions> CustomFields { get; set; }
    public SessionCustomTextOptions CustomText { get; set; }
    public string Customer { get; set; }
    public string CustomerAccount { get; set; }
    public string CustomerCreation { get; set; }
    public string CustomerEmail { get; set; }
    public SessionCustomerUpdateOptions CustomerUpdate { get; set; }
    public List<SessionDiscountOptions> Discounts { get; set; }
    public List<string> ExcludedPaymentMethodTypes { get; set; }
    public DateTime? ExpiresAt { get; set; }
    public string IntegrationIdentifier { get; set; }
    public SessionInvoiceCreationOptions InvoiceCreation { get; set; }
    public List<SessionLineItemOptions> LineItems { get; set; }
    public string Locale { get; set; }
    public SessionManagedPaymentsOptions ManagedPayments { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public string Mode { get; set; }
    public SessionNameCollectionOptions NameCollection { get; set; }
    public List<SessionOptionalItemOptions> OptionalItems { get; set; }
    public string OriginContext { get; set; }
    public SessionPaymentIntentDataOptions PaymentIntentData { get; set; }
    public string PaymentMethodCollection { get; set; }
    public string PaymentMethodConfiguration { get; set; }
    public SessionPaymentMethodDataOptions PaymentMethodData { get; set; }
    public SessionPaymentMethodOptionsOptions PaymentMethodOptions { get; set; }
    public List<string> PaymentMethodTypes { get; set; }
    public SessionPermissionsOptions Permissions { get; set; }
    public SessionPhoneNumberCollectionOptions PhoneNumberCollection { get; set; }
    public string RedirectOnCompletion { get; set; }
    public string ReturnUrl { get; set; }
    public SessionSavedPaymentMethodOptionsOptions SavedPaymentMethodOptions { get; set; }
    public SessionSetupIntentDataOptions SetupIntentData { get; set; }
    public SessionShippingAddressCollectionOptions ShippingAddressCollection { get; set; }
    public List<SessionShippingOptionOptions> ShippingOptions { get; set; }
    public string SubmitType { get; set; }
    public SessionSubscriptionDataOptions SubscriptionData { get; set; }
    public string SuccessUrl { get; set; }
    public SessionTaxIdCollectionOptions TaxIdCollection { get; set; }
    public string UiMode { get; set; }
    public SessionWalletOptionsOptions WalletOptions { get; set; }
}
