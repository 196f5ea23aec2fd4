using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class Invoice : StripeEntity<Invoice>, IHasId, IHasMetadata, IHasObject
{
    public string Id { get; set; }
    public string Object { get; set; }
    public string AccountCountry { get; set; }
    public string AccountName { get; set; }
    [JsonIgnore] public List<string> AccountTaxIdIds { get => AccountTaxIdsField?.ConvertAll(x => x.Id); set => AccountTaxIdsField = SetExpandableArrayIds<TaxId>(value); }
    [JsonIgnore] public List<TaxId> AccountTaxIds { get => AccountTaxIdsField?.ConvertAll(x => x.ExpandedObject); set => AccountTaxIdsField = SetExpandableArrayObjects(value); }
    [JsonPropertyName("account_tax_ids")] internal List<ExpandableField<TaxId>> AccountTaxIdsField { get; set; }
    public long AmountDue { get; set; }
    public long AmountOverpaid { get; set; }
    public long AmountPaid { get; set; }
    public long AmountPaidOffStripe { get; set; }
    public long AmountRemaining { get; set; }
    public long AmountShipping { get; set; }
    [JsonIgnore] public string ApplicationId { get => ApplicationField?.Id; set => ApplicationField = SetExpandableFieldId(value, ApplicationField); }
    [JsonIgnore] public Application Application { get => ApplicationField?.ExpandedObject; set => ApplicationField = SetExpandableFieldObject(value, ApplicationField); }
    [JsonPropertyName("application")] internal ExpandableField<Application> ApplicationField { get; set; }
    public long AttemptCount { get; set; }
    public bool Attempted { get; set; }
    public bool AutoAdvance { get; set; }
    public InvoiceAutomaticTax AutomaticTax { get; set; }
    public DateTime? AutomaticallyFinalizesAt { get; set; }
    public string BillingReason { get; set; }
    public string CollectionMethod { get; set; }
    public InvoiceConfirmationSecret ConfirmationSecret { get; set; }
    public DateTime Created { get; set; } = DateTime.UnixEpoch;
    public string Currency { get; set; }
    public List<InvoiceCustomField> CustomFields { get; set; }
    [JsonIgnore] public string CustomerId { get => CustomerField?.Id; set => CustomerField = SetExpandableFieldId(value, CustomerField); }
    [JsonIgnore] public Customer Customer { get => CustomerField?.ExpandedObject; set => CustomerField = SetExpandableFieldObject(value, CustomerField); }
    [JsonPropertyName("customer")] internal ExpandableField<Customer> CustomerField { get; set; }
    public string CustomerAccount { get; set; }
    public Address CustomerAddress { get; set; }
    public string CustomerEmail { get; set; }
    public string CustomerName { get; set; }
    public string CustomerPhone { get; set; }
    public Shipping CustomerShipping { get; set; }
    public string CustomerTaxExempt { get; set; }
    public List<InvoiceCustomerTaxId> CustomerTaxIds { get; set; }
    [JsonIgnore] public string DefaultPaymentMethodId { get => DefaultPaymentMethodField?.Id; set => DefaultPaymentMethodField = SetExpandableFieldId(value, DefaultPaymentMethodField); }
    [JsonIgnore] public PaymentMethod DefaultPaymentMethod { get => DefaultPaymentMethodField?.ExpandedObject; set => DefaultPaymentMethodField = SetExpandableFieldObject(value, DefaultPaymentMethodField); }
    [JsonPropertyName("default_payment_method")] internal ExpandableField<PaymentMethod> DefaultPaymentMethodField { get; set; }
    [JsonIgnore] public string DefaultSourceId { get => DefaultSourceField?.Id; set => DefaultSourceField = SetExpandableFieldId(value, DefaultSourceField); }
    [JsonIgnore] public IPaymentSource DefaultSource { get => DefaultSourceField?.ExpandedObject; set => DefaultSourceField = SetExpandableFieldObject(value, DefaultSourceField); }
    [JsonPropertyName("default_source")] internal ExpandableField<IPaymentSource> DefaultSourceField { get; set; }
    public List<TaxRate> DefaultTaxRates { get; set; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public bool? Deleted { get; set; }
    public string Description { get; set; }
    [JsonIgnore] public List<string> DiscountIds { get => DiscountsField?.ConvertAll(x => x.Id); set => DiscountsField = SetExpandableArrayIds<Discount>(value); }
    [JsonIgnore] public List<Discount> Discounts { get => DiscountsField?.ConvertAll(x => x.ExpandedObject); set => DiscountsField = SetExpandableArrayObjects(value); }
    [JsonPropertyName("discounts")] internal List<ExpandableField<Discount>> DiscountsField { get; set; }
    public DateTime? DueDate { get; set; }
    public DateTime? EffectiveAt { get; set; }
    public long? EndingBalance { get; set; }
    public string Footer { get; set; }
    public InvoiceFromInvoice FromInvoice { get; set; }
    public string HostedInvoiceUrl { get; set; }
    public string InvoicePdf { get; set; }
    public InvoiceIssuer Issuer { get; set; }
    public StripeError LastFinalizationError { get; set; }
    [JsonIgnore] public string LatestRevisionId { get => LatestRevisionField?.Id; set => LatestRevisionField = SetExpandableFieldId(value, LatestRevisionField); }
    [JsonIgnore] public Invoice LatestRevision { get => LatestRevisionField?.ExpandedObject; set => LatestRevisionField = SetExpandableFieldObject(value, LatestRevisionField); }
    [JsonPropertyName("latest_revision")] internal ExpandableField<Invoice> LatestRevisionField { get; set; }
    public StripeList<InvoiceLineItem> Lines { get; set; }
    public bool Livemode { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public DateTime? NextPaymentAttempt { get; set; }
    public string Number { get; set; }
    [JsonIgnore] public string OnBehalfOfId { get => OnBehalfOfField?.Id; set => OnBehalfOfField = SetExpandableFieldId(value, OnBehalfOfField); }
    [JsonIgnore] public Account OnBehalfOf { get => OnBehalfOfField?.ExpandedObject; set => OnBehalfOfField = SetExpandableFieldObject(value, OnBehalfOfField); }
    [JsonPropertyName("on_behalf_of")] internal ExpandableField<Account> OnBehalfOfField { get; set; }
    public InvoiceParent Parent { get; set; }
    public InvoicePaymentSettings PaymentSettings { get; set; }
    public StripeList<InvoicePayment> Payments { get; set; }
    public DateTime PeriodEnd { get; set; } = DateTime.UnixEpoch;
    public DateTime PeriodStart { get; set; } = DateTime.UnixEpoch;
    public long PostPaymentCreditNotesAmount { get; set; }
    public long PrePaymentCreditNotesAmount { get; set; }
    public string ReceiptNumber { get; set; }
    public InvoiceRendering Rendering { get; set; }
    public InvoiceShippingCost ShippingCost { get; set; }
    public InvoiceShippingDetails ShippingDetails { get; set; }
    public long StartingBalance { get; set; }
    public string StatementDescriptor { get; set; }
    public string Status { get; set; }
    public InvoiceStatusTransitions StatusTransitions { get; set; }
    public long Subtotal { get; set; }
    public long? SubtotalExcludingTax { get; set; }
    [JsonIgnore] public string TestClockId { get => TestClockField?.Id; set => TestClockField = SetExpandableFieldId(value, TestClockField); }
    [JsonIgnore] public TestHelpers.TestClock TestClock { get => TestClockField?.ExpandedObject; set => TestClockField = SetExpandableFieldObject(value, TestClockField); }
    [JsonPropertyName("test_clock")] internal ExpandableField<TestHelpers.TestClock> TestClockField { get; set; }
    public InvoiceThresholdReason ThresholdReason { get; set; }
    public long Total { get; set; }
    public List<InvoiceDiscountAmount> TotalDiscountAmounts { get; set; }
    public long? TotalExcludingTax { get; set; }
    public List<InvoiceTotalPretaxCreditAmount> TotalPretaxCreditAmounts { get; set; }
    public List<InvoiceTotalTax> TotalTaxes { get; set; }
    public DateTime? WebhooksDeliveredAt { get; set; }
}
