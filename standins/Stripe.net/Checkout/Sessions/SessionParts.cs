using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe.Checkout;

[JsonConverter(typeof(EntityConverter))]
public class SessionAdaptivePricing : StripeEntity<SessionAdaptivePricing>
{
    public bool Enabled { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionAfterExpiration : StripeEntity<SessionAfterExpiration>
{
    public SessionAfterExpirationRecovery Recovery { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionAfterExpirationRecovery : StripeEntity<SessionAfterExpirationRecovery>
{
    public bool AllowPromotionCodes { get; set; }
    public bool Enabled { get; set; }
    public DateTime? ExpiresAt { get; set; }
    public string Url { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionAutomaticTax : StripeEntity<SessionAutomaticTax>
{
    public bool Enabled { get; set; }
    public SessionAutomaticTaxLiability Liability { get; set; }
    public string Provider { get; set; }
    public string Status { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionAutomaticTaxLiability : StripeEntity<SessionAutomaticTaxLiability>
{
    [JsonIgnore] public string AccountId { get => AccountField?.Id; set => AccountField = SetExpandableFieldId(value, AccountField); }
    [JsonIgnore] public Account Account { get => AccountField?.ExpandedObject; set => AccountField = SetExpandableFieldObject(value, AccountField); }
    [JsonPropertyName("account")] internal ExpandableField<Account> AccountField { get; set; }
    public string Type { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionBrandingSettings : StripeEntity<SessionBrandingSettings>
{
    public string BackgroundColor { get; set; }
    public string BorderStyle { get; set; }
    public string ButtonColor { get; set; }
    public string DisplayName { get; set; }
    public string FontFamily { get; set; }
    public SessionBrandingSettingsIcon Icon { get; set; }
    public SessionBrandingSettingsLogo Logo { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionBrandingSettingsIcon : StripeEntity<SessionBrandingSettingsIcon>
{
    public string File { get; set; }
    public string Type { get; set; }
    public string Url { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionBrandingSettingsLogo : StripeEntity<SessionBrandingSettingsLogo>
{
    public string File { get; set; }
    public string Type { get; set; }
    public string Url { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionCollectedInformation : StripeEntity<SessionCollectedInformation>
{
    public string BusinessName { get; set; }
    public string IndividualName { get; set; }
    public SessionCollectedInformationShippingDetails ShippingDetails { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionCollectedInformationShippingDetails : StripeEntity<SessionCollectedInformationShippingDetails>
{
    public Address Address { get; set; }
    public string Name { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionConsent : StripeEntity<SessionConsent>
{
    public string Promotions { get; set; }
    public string TermsOfService { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionConsentCollection : StripeEntity<SessionConsentCollection>
{
    public SessionConsentCollectionPaymentMethodReuseAgreement PaymentMethodReuseAgreement { get; set; }
    public string Promotions { get; set; }
    public string TermsOfService { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionConsentCollectionPaymentMethodReuseAgreement : StripeEntity<SessionConsentCollectionPaymentMethodReuseAgreement>
{
    public string Position { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionCurrencyConversion : StripeEntity<SessionCurrencyConversion>
{
    public long AmountSubtotal { get; set; }
    public long AmountTotal { get; set; }
    [JsonNumberHandling(Numbers.AsStrings)] public decimal FxRate { get; set; }
    public string SourceCurrency { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionCustomerDetails : StripeEntity<SessionCustomerDetails>
{
    public Address Address { get; set; }
    public string BusinessName { get; set; }
    public string Email { get; set; }
    public string IndividualName { get; set; }
    public string Name { get; set; }
    public string Phone { get; set; }
    public string TaxExempt { get; set; }
    public List<SessionCustomerDetailsTaxId> TaxIds { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionCustomerDetailsTaxId : StripeEntity<SessionCustomerDetailsTaxId>
{
    public string Type { get; set; }
    public string Value { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionDiscount : StripeEntity<SessionDiscount>
{
    [JsonIgnore] public string CouponId { get => CouponField?.Id; set => CouponField = SetExpandableFieldId(value, CouponField); }
    [JsonIgnore] public Coupon Coupon { get => CouponField?.ExpandedObject; set => CouponField = SetExpandableFieldObject(value, CouponField); }
    [JsonPropertyName("coupon")] internal ExpandableField<Coupon> CouponField { get; set; }
    [JsonIgnore] public string PromotionCodeId { get => PromotionCodeField?.Id; set => PromotionCodeField = SetExpandableFieldId(value, PromotionCodeField); }
    [JsonIgnore] public PromotionCode PromotionCode { get => PromotionCodeField?.ExpandedObject; set => PromotionCodeField = SetExpandableFieldObject(value, PromotionCodeField); }
    [JsonPropertyName("promotion_code")] internal ExpandableField<PromotionCode> PromotionCodeField { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionManagedPayments : StripeEntity<SessionManagedPayments>
{
    public bool Enabled { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionNameCollection : StripeEntity<SessionNameCollection>
{
    public SessionNameCollectionBusiness Business { get; set; }
    public SessionNameCollectionIndividual Individual { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionNameCollectionBusiness : StripeEntity<SessionNameCollectionBusiness>
{
    public bool Enabled { get; set; }
    public bool Optional { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionNameCollectionIndividual : StripeEntity<SessionNameCollectionIndividual>
{
    public bool Enabled { get; set; }
    public bool Optional { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionOptionalItem : StripeEntity<SessionOptionalItem>
{
    public SessionOptionalItemAdjustableQuantity AdjustableQuantity { get; set; }
    public string Price { get; set; }
    public long Quantity { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionOptionalItemAdjustableQuantity : StripeEntity<SessionOptionalItemAdjustableQuantity>
{
    public bool Enabled { get; set; }
    public long? Maximum { get; set; }
    public long? Minimum { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionPermissions : StripeEntity<SessionPermissions>
{
    public string UpdateShippingDetails { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionPhoneNumberCollection : StripeEntity<SessionPhoneNumberCollection>
{
    public bool Enabled { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionPresentmentDetails : StripeEntity<SessionPresentmentDetails>
{
    public long PresentmentAmount { get; set; }
    public string PresentmentCurrency { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionSavedPaymentMethodOptions : StripeEntity<SessionSavedPaymentMethodOptions>
{
    public List<string> AllowRedisplayFilters { get; set; }
    public string PaymentMethodRemove { get; set; }
    public string PaymentMethodSave { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionShippingAddressCollection : StripeEntity<SessionShippingAddressCollection>
{
    public List<string> AllowedCountries { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionShippingCost : StripeEntity<SessionShippingCost>
{
    public long AmountSubtotal { get; set; }
    public long AmountTax { get; set; }
    public long AmountTotal { get; set; }
    public List<SessionShippingCostTax> Taxes { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionShippingCostTax : StripeEntity<SessionShippingCostTax>
{
    public long Amount { get; set; }
    public TaxRate Rate { get; set; }
    public string TaxabilityReason { get; set; }
    public long? TaxableAmount { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionShippingOption : StripeEntity<SessionShippingOption>
{
    public long ShippingAmount { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionTaxIdCollection : StripeEntity<SessionTaxIdCollection>
{
    public bool Enabled { get; set; }
    public string Required { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionWalletOptions : StripeEntity<SessionWalletOptions>
{
    public SessionWalletOptionsLink Link { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionWalletOptionsLink : StripeEntity<SessionWalletOptionsLink>
{
    public string Display { get; set; }
}
