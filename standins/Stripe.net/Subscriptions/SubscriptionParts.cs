using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class SubscriptionAutomaticTax : StripeEntity<SubscriptionAutomaticTax>
{
    public string DisabledReason { get; set; }
    public bool Enabled { get; set; }
    public SubscriptionAutomaticTaxLiability Liability { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SubscriptionAutomaticTaxLiability : StripeEntity<SubscriptionAutomaticTaxLiability>
{
    [JsonIgnore] public string AccountId { get => AccountField?.Id; set => AccountField = SetExpandableFieldId(value, AccountField); }
    [JsonIgnore] public Account Account { get => AccountField?.ExpandedObject; set => AccountField = SetExpandableFieldObject(value, AccountField); }
    [JsonPropertyName("account")] internal ExpandableField<Account> AccountField { get; set; }
    public string Type { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SubscriptionBillingCycleAnchorConfig : StripeEntity<SubscriptionBillingCycleAnchorConfig>
{
    public long DayOfMonth { get; set; }
    public long? Hour { get; set; }
    public long? Minute { get; set; }
    public long? Month { get; set; }
    public long? Second { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SubscriptionBillingMode : StripeEntity<SubscriptionBillingMode>
{
    public SubscriptionBillingModeFlexible Flexible { get; set; }
    public string Type { get; set; }
    public DateTime UpdatedAt { get; set; } = DateTime.UnixEpoch;
}

[JsonConverter(typeof(EntityConverter))]
public class SubscriptionBillingModeFlexible : StripeEntity<SubscriptionBillingModeFlexible>
{
    public string ProrationDiscounts { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SubscriptionBillingThresholds : StripeEntity<SubscriptionBillingThresholds>
{
    public long? AmountGte { get; set; }
    public bool? ResetBillingCycleAnchor { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SubscriptionCancellationDetails : StripeEntity<SubscriptionCancellationDetails>
{
    public string Comment { get; set; }
    public string Feedback { get; set; }
    public string Reason { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SubscriptionInvoiceSettings : StripeEntity<SubscriptionInvoiceSettings>
{
    [JsonIgnore] public List<string> AccountTaxIdIds { get => AccountTaxIdsField?.ConvertAll(x => x.Id); set => AccountTaxIdsField = SetExpandableArrayIds<TaxId>(value); }
    [JsonIgnore] public List<TaxId> AccountTaxIds { get => AccountTaxIdsField?.ConvertAll(x => x.ExpandedObject); set => AccountTaxIdsField = SetExpandableArrayObjects(value); }
    [JsonPropertyName("account_tax_ids")] internal List<ExpandableField<TaxId>> AccountTaxIdsField { get; set; }
    public List<SubscriptionInvoiceSettingsCustomField> CustomFields { get; set; }
    public string Description { get; set; }
    public string Footer { get; set; }
    public SubscriptionInvoiceSettingsIssuer Issuer { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SubscriptionInvoiceSettingsCustomField : StripeEntity<SubscriptionInvoiceSettingsCustomField>
{
    public string Name { get; set; }
    public string Value { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SubscriptionInvoiceSettingsIssuer : StripeEntity<SubscriptionInvoiceSettingsIssuer>
{
    [JsonIgnore] public string AccountId { get => AccountField?.Id; set => AccountField = SetExpandableFieldId(value, AccountField); }
    [JsonIgnore] public Account Account { get => AccountField?.ExpandedObject; set => AccountField = SetExpandableFieldObject(value, AccountField); }
    [JsonPropertyName("account")] internal ExpandableField<Account> AccountField { get; set; }
    public string Type { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SubscriptionManagedPayments : StripeEntity<SubscriptionManagedPayments>
{
    public bool Enabled { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SubscriptionPauseCollection : StripeEntity<SubscriptionPauseCollection>
{
    public string Behavior { get; set; }
    public DateTime? ResumesAt { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SubscriptionPendingInvoiceItemInterval : StripeEntity<SubscriptionPendingInvoiceItemInterval>
{
    public string Interval { get; set; }
    public long IntervalCount { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SubscriptionPendingUpdate : StripeEntity<SubscriptionPendingUpdate>, IHasMetadata
{
    public DateTime? BillingCycleAnchor { get; set; }
    public Discount Discount { get; set; }
    [JsonIgnore] public List<string> DiscountIds { get => DiscountsField?.ConvertAll(x => x.Id); set => DiscountsField = SetExpandableArrayIds<Discount>(value); }
    [JsonIgnore] public List<Discount> Discounts { get => DiscountsField?.ConvertAll(x => x.ExpandedObject); set => DiscountsField = SetExpandableArrayObjects(value); }
    [JsonPropertyName("discounts")] internal List<ExpandableField<Discount>> DiscountsField { get; set; }
    public DateTime ExpiresAt { get; set; } = DateTime.UnixEpoch;
    public Dictionary<string, string> Metadata { get; set; }
    public List<SubscriptionItem> SubscriptionItems { get; set; }
    public DateTime? TrialEnd { get; set; }
    public bool? TrialFromPlan { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SubscriptionPresentmentDetails : StripeEntity<SubscriptionPresentmentDetails>
{
    public string PresentmentCurrency { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SubscriptionTransferData : StripeEntity<SubscriptionTransferData>
{
    public decimal? AmountPercent { get; set; }
    [JsonIgnore] public string DestinationId { get => DestinationField?.Id; set => DestinationField = SetExpandableFieldId(value, DestinationField); }
    [JsonIgnore] public Account Destination { get => DestinationField?.ExpandedObject; set => DestinationField = SetExpandableFieldObject(value, DestinationField); }
    [JsonPropertyName("destination")] internal ExpandableField<Account> DestinationField { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SubscriptionTrialSettings : StripeEntity<SubscriptionTrialSettings>
{
    public SubscriptionTrialSettingsEndBehavior EndBehavior { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SubscriptionTrialSettingsEndBehavior : StripeEntity<SubscriptionTrialSettingsEndBehavior>
{
    public string MissingPaymentMethod { get; set; }
}
