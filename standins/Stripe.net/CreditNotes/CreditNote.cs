using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class CreditNote : StripeEntity<CreditNote>, IHasId, IHasMetadata, IHasObject
{
    public string Id { get; set; }
    public string Object { get; set; }
    public long Amount { get; set; }
    public long AmountShipping { get; set; }
    public DateTime Created { get; set; } = DateTime.UnixEpoch;
    public string Currency { get; set; }
    [JsonIgnore] public string CustomerId { get => CustomerField?.Id; set => CustomerField = SetExpandableFieldId(value, CustomerField); }
    [JsonIgnore] public Customer Customer { get => CustomerField?.ExpandedObject; set => CustomerField = SetExpandableFieldObject(value, CustomerField); }
    [JsonPropertyName("customer")] internal ExpandableField<Customer> CustomerField { get; set; }
    public string CustomerAccount { get; set; }
    [JsonIgnore] public string CustomerBalanceTransactionId { get => CustomerBalanceTransactionField?.Id; set => CustomerBalanceTransactionField = SetExpandableFieldId(value, CustomerBalanceTransactionField); }
    [JsonIgnore] public CustomerBalanceTransaction CustomerBalanceTransaction { get => CustomerBalanceTransactionField?.ExpandedObject; set => CustomerBalanceTransactionField = SetExpandableFieldObject(value, CustomerBalanceTransactionField); }
    [JsonPropertyName("customer_balance_transaction")] internal ExpandableField<CustomerBalanceTransaction> CustomerBalanceTransactionField { get; set; }
    public long DiscountAmount { get; set; }
    public List<CreditNoteDiscountAmount> DiscountAmounts { get; set; }
    public DateTime? EffectiveAt { get; set; }
    [JsonIgnore] public string InvoiceId { get => InvoiceField?.Id; set => InvoiceField = SetExpandableFieldId(value, InvoiceField); }
    [JsonIgnore] public Invoice Invoice { get => InvoiceField?.ExpandedObject; set => InvoiceField = SetExpandableFieldObject(value, InvoiceField); }
    [JsonPropertyName("invoice")] internal ExpandableField<Invoice> InvoiceField { get; set; }
    public StripeList<CreditNoteLineItem> Lines { get; set; }
    public bool Livemode { get; set; }
    public string Memo { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public string Number { get; set; }
    public long? OutOfBandAmount { get; set; }
    public string Pdf { get; set; }
    public long PostPaymentAmount { get; set; }
    public long PrePaymentAmount { get; set; }
    public List<CreditNotePretaxCreditAmount> PretaxCreditAmounts { get; set; }
    public string Reason { get; set; }
    public List<CreditNoteRefund> Refunds { get; set; }
    public CreditNoteShippingCost ShippingCost { get; set; }
    public string Status { get; set; }
    public long Subtotal { get; set; }
    public long? SubtotalExcludingTax { get; set; }
    public long Total { get; set; }
    public long? TotalExcludingTax { get; set; }
    public List<CreditNoteTotalTax> TotalTaxes { get; set; }
    public string Type { get; set; }
    public DateTime? VoidedAt { get; set; }
}
