using Stripe.Infrastructure;

namespace Stripe.Checkout;

public class SessionAdaptivePricingOptions : INestedOptions
{
    public bool? Enabled { get; set; }
}

public class SessionAfterExpirationOptions : INestedOptions
{
    public SessionAfterExpirationRecoveryOptions Recovery { get; set; }
}

public class SessionAfterExpirationRecoveryOptions : INestedOptions
{
    public bool? AllowPromotionCodes { get; set; }
    public bool? Enabled { get; set; }
}

public class SessionAutomaticTaxLiabilityOptions : INestedOptions
{
    public string Account { get; set; }
    public string Type { get; set; }
}

public class SessionAutomaticTaxOptions : INestedOptions
{
    public bool? Enabled { get; set; }
    public SessionAutomaticTaxLiabilityOptions Liability { get; set; }
}

public class SessionBrandingSettingsIconOptions : INestedOptions
{
    public string File { get; set; }
    public string Type { get; set; }
    public string Url { get; set; }
}

public class SessionBrandingSettingsLogoOptions : INestedOptions
{
    public string File { get; set; }
    public string Type { get; set; }
    public string Url { get; set; }
}

public class SessionBrandingSettingsOptions : INestedOptions, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public string BackgroundColor { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public string BorderStyle { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public string ButtonColor { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public string DisplayName { get; set; }
    public string FontFamily { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public SessionBrandingSettingsIconOptions Icon { get; set; }
    public SessionBrandingSettingsLogoOptions Logo { get; set; }
}

public class SessionCollectedInformationOptions : INestedOptions
{
    public SessionCollectedInformationShippingDetailsOptions ShippingDetails { get; set; }
}

public class SessionCollectedInformationShippingDetailsOptions : INestedOptions
{
    public AddressOptions Address { get; set; }
    public string Name { get; set; }
}

public class SessionConsentCollectionOptions : INestedOptions
{
    public SessionConsentCollectionPaymentMethodReuseAgreementOptions PaymentMethodReuseAgreement { get; set; }
    public string Promotions { get; set; }
    public string TermsOfService { get; set; }
}

public class SessionConsentCollectionPaymentMethodReuseAgreementOptions : INestedOptions
{
    public string Position { get; set; }
}

public class SessionCustomerDetailsOptions : INestedOptions
{
    public string Email { get; set; }
}

public class SessionCustomerUpdateOptions : INestedOptions
{
    public string Address { get; set; }
    public string Name { get; set; }
    public string Shipping { get; set; }
}

public class SessionDiscountOptions : INestedOptions
{
    public string Coupon { get; set; }
    public string PromotionCode { get; set; }
}

public class SessionManagedPaymentsOptions : INestedOptions
{
    public bool? Enabled { get; set; }
}

public class SessionNameCollectionBusinessOptions : INestedOptions
{
    public bool? Enabled { get; set; }
    public bool? Optional { get; set; }
}

public class SessionNameCollectionIndividualOptions : INestedOptions
{
    public bool? Enabled { get; set; }
    public bool? Optional { get; set; }
}

public class SessionNameCollectionOptions : INestedOptions
{
    public SessionNameCollectionBusinessOptions Business { get; set; }
    public SessionNameCollectionIndividualOptions Individual { get; set; }
}

public class SessionOptionalItemAdjustableQuantityOptions : INestedOptions
{
    public bool? Enabled { get; set; }
    public long? Maximum { get; set; }
    public long? Minimum { get; set; }
}

public class SessionOptionalItemOptions : INestedOptions
{
    public SessionOptionalItemAdjustableQuantityOptions AdjustableQuantity { get; set; }
    public string Price { get; set; }
    public long? Quantity { get; set; }
}

public class SessionPaymentIntentDataOptions : INestedOptions, IHasMetadata
{
    public long? ApplicationFeeAmount { get; set; }
    public string CaptureMethod { get; set; }
    public string Description { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public string OnBehalfOf { get; set; }
    public string ReceiptEmail { get; set; }
    public string SetupFutureUsage { get; set; }
    public ChargeShippingOptions Shipping { get; set; }
    public string StatementDescriptor { get; set; }
    public string StatementDescriptorSuffix { get; set; }
    public SessionPaymentIntentDataTransferDataOptions TransferData { get; set; }
    public string TransferGroup { get; set; }
}

public class SessionPaymentIntentDataTransferDataOptions : INestedOptions
{
    public long? Amount { get; set; }
    public string Destination { get; set; }
}

public class SessionPaymentMethodDataOptions : INestedOptions
{
    public string AllowRedisplay { get; set; }
}

public class SessionPermissionsOptions : INestedOptions
{
    public string UpdateShippingDetails { get; set; }
}

public class SessionPhoneNumberCollectionOptions : INestedOptions
{
    public bool? Enabled { get; set; }
}

public class SessionSavedPaymentMethodOptionsOptions : INestedOptions
{
    public List<string> AllowRedisplayFilters { get; set; }
    public string PaymentMethodRemove { get; set; }
    public string PaymentMethodSave { get; set; }
}

public class SessionSetupIntentDataOptions : INestedOptions, IHasMetadata
{
    public string Description { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public string OnBehalfOf { get; set; }
}

public class SessionShippingAddressCollectionOptions : INestedOptions
{
    public List<string> AllowedCountries { get; set; }
}

public class SessionTaxIdCollectionOptions : INestedOptions
{
    public bool? Enabled { get; set; }
    public string Required { get; set; }
}

public class SessionWalletOptionsLinkOptions : INestedOptions
{
    public string Display { get; set; }
}

public class SessionWalletOptionsOptions : INestedOptions
{
    public SessionWalletOptionsLinkOptions Link { get; set; }
}
