using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class Subscription : StripeEntity<Subscription>, IHasId, IHasMetadata, IHasObject
{
    public string Id { get; set; }
    public string Object { get; set; }
    [JsonIgnore] public string ApplicationId { get => ApplicationField?.Id; set => ApplicationField = SetExpandableFieldId(value, ApplicationField); }
    [JsonIgnore] public Application Application { get => ApplicationField?.ExpandedObject; set => ApplicationField = SetExpandableFieldObject(value, ApplicationField); }
    [JsonPropertyName("application")] internal ExpandableField<Application> ApplicationField { get; set; }
    public decimal? ApplicationFeePercent { get; set; }
    public SubscriptionAutomaticTax AutomaticTax { get; set; }
    public DateTime BillingCycleAnchor { get; set; } = DateTime.UnixEpoch;
    public SubscriptionBillingCycleAnchorConfig BillingCycleAnchorConfig { get; set; }
    public SubscriptionBillingMode BillingMode { get; set; }
    public List<SubscriptionBillingSchedule> BillingSchedules { get; set; }
    public SubscriptionBillingThresholds BillingThresholds { get; set; }
    public DateTime? CancelAt { get; set; }
    public bool CancelAtPeriodEnd { get; set; }
    public DateTime? CanceledAt { get; set; }
    public SubscriptionCancellationDetails CancellationDetails { get; set; }
    public string CollectionMethod { get; set; }
    public DateTime Created { get; set; } = DateTime.UnixEpoch;
    public string Currency { get; set; }
    [JsonIgnore] public string CustomerId { get => CustomerField?.Id; set => CustomerField = SetExpandableFieldId(value, CustomerField); }
    [JsonIgnore] public Customer Customer { get => CustomerField?.ExpandedObject; set => CustomerField = SetExpandableFieldObject(value, CustomerField); }
    [JsonPropertyName("customer")] internal ExpandableField<Customer> CustomerField { get; set; }
    public string CustomerAccount { get; set; }
    public long? DaysUntilDue { get; set; }
    [JsonIgnore] public string DefaultPaymentMethodId { get => DefaultPaymentMethodField?.Id; set => DefaultPaymentMethodField = SetExpandableFieldId(value, DefaultPaymentMethodField); }
    [JsonIgnore] public PaymentMethod DefaultPaymentMethod { get => DefaultPaymentMethodField?.ExpandedObject; set => DefaultPaymentMethodField = SetExpandableFieldObject(value, DefaultPaymentMethodField); }
    [JsonPropertyName("default_payment_method")] internal ExpandableField<PaymentMethod> DefaultPaymentMethodField { get; set; }
    [JsonIgnore] public string DefaultSourceId { get => DefaultSourceField?.Id; set => DefaultSourceField = SetExpandableFieldId(value, DefaultSourceField); }
    [JsonIgnore] public IPaymentSource DefaultSource { get => DefaultSourceField?.ExpandedObject; set => DefaultSourceField = SetExpandableFieldObject(value, DefaultSourceField); }
    [JsonPropertyName("default_source")] internal ExpandableField<IPaymentSource> DefaultSourceField { get; set; }
    public List<TaxRate> DefaultTaxRates { get; set; }
    public string Description { get; set; }
    [JsonIgnore] public List<string> DiscountIds { get => DiscountsField?.ConvertAll(x => x.Id); set => DiscountsField = SetExpandableArrayIds<Discount>(value); }
    [JsonIgnore] public List<Discount> Discounts { get => DiscountsField?.ConvertAll(x => x.ExpandedObject); set => DiscountsField = SetExpandableArrayObjects(value); }
    [JsonPropertyName("discounts")] internal List<ExpandableField<Discount>> DiscountsField { get; set; }
    public DateTime? EndedAt { get; set; }
    public SubscriptionInvoiceSettings InvoiceSettings { get; set; }
    public StripeList<SubscriptionItem> Items { get; set; }
    [JsonIgnore] public string LatestInvoiceId { get => LatestInvoiceField?.Id; set => LatestInvoiceField = SetExpandableFieldId(value, LatestInvoiceField); }
    [JsonIgnore] public Invoice LatestInvoice { get => LatestInvoiceField?.ExpandedObject; set => LatestInvoiceField = SetExpandableFieldObject(value, LatestInvoiceField); }
    [JsonPropertyName("latest_invoice")] internal ExpandableField<Invoice> LatestInvoiceField { get; set; }
    public bool Livemode { get; set; }
    public SubscriptionManagedPayments ManagedPayments { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public DateTime? NextPendingInvoiceItemInvoice { get; set; }
    [JsonIgnore] public string OnBehalfOfId { get => OnBehalfOfField?.Id; set => OnBehalfOfField = SetExpandableFieldId(value, OnBehalfOfField); }
    [JsonIgnore] public Account OnBehalfOf { get => OnBehalfOfField?.ExpandedObject; set => OnBehalfOfField = SetExpandableFieldObject(value, OnBehalfOfField); }
    [JsonPropertyName("on_behalf_of")] internal ExpandableField<Account> OnBehalfOfField { get; set; }
    public SubscriptionPauseCollection PauseCollection { get; set; }
    public SubscriptionPaymentSettings PaymentSettings { get; set; }
    public SubscriptionPendingInvoiceItemInterval PendingInvoiceItemInterval { get; set; }
    [JsonIgnore] public string PendingSetupIntentId { get => PendingSetupIntentField?.Id; set => PendingSetupIntentField = SetExpandableFieldId(value, PendingSetupIntentField); }
    [JsonIgnore] public SetupIntent PendingSetupIntent { get => PendingSetupIntentField?.ExpandedObject; set => PendingSetupIntentField = SetExpandableFieldObject(value, PendingSetupIntentField); }
    [JsonPropertyName("pending_setup_intent")] internal ExpandableField<SetupIntent> PendingSetupIntentField { get; set; }
    public SubscriptionPendingUpdate PendingUpdate { get; set; }
    public SubscriptionPresentmentDetails PresentmentDetails { get; set; }
    public DateTime StartDate { get; set; } = DateTime.UnixEpoch;
    public string Status { get; set; }
    [JsonIgnore] public string TestClockId { get => TestClockField?.Id; set => TestClockField = SetExpandableFieldId(value, TestClockField); }
    [JsonIgnore] public TestHelpers.TestClock TestClock { get => TestClockField?.ExpandedObject; set => TestClockField = SetExpandableFieldObject(value, TestClockField); }
    [JsonPropertyName("test_clock")] internal ExpandableField<TestHelpers.TestClock> TestClockField { get; set; }
    public SubscriptionTransferData TransferData { get; set; }
    public DateTime? TrialEnd { get; set; }
    public SubscriptionTrialSettings TrialSettings { get; set; }
    public DateTime? TrialStart { get; set; }
}
