using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class CustomerBalanceTransaction : StripeEntity<CustomerBalanceTransaction>, IHasId, IHasMetadata, IHasObject
{
    public string Id { get; set; }
    public string Object { get; set; }
    public long Amount { get; set; }
    [JsonIgnore] public string CheckoutSessionId { get => CheckoutSessionField?.Id; set => CheckoutSessionField = SetExpandableFieldId(value, CheckoutSessionField); }
    [JsonIgnore] public Checkout.Session CheckoutSession { get => CheckoutSessionField?.ExpandedObject; set => CheckoutSessionField = SetExpandableFieldObject(value, CheckoutSessionField); }
    [JsonPropertyName("checkout_session")] internal ExpandableField<Checkout.Session> CheckoutSessionField { get; set; }
    public DateTime Created { get; set; } = DateTime.UnixEpoch;
    [JsonIgnore] public string CreditNoteId { get => CreditNoteField?.Id; set => CreditNoteField = SetExpandableFieldId(value, CreditNoteField); }
    [JsonIgnore] public CreditNote CreditNote { get => CreditNoteField?.ExpandedObject; set => CreditNoteField = SetExpandableFieldObject(value, CreditNoteField); }
    [JsonPropertyName("credit_note")] internal ExpandableField<CreditNote> CreditNoteField { get; set; }
    public string Currency { get; set; }
    [JsonIgnore] public string CustomerId { get => CustomerField?.Id; set => CustomerField = SetExpandableFieldId(value, CustomerField); }
    [JsonIgnore] public Customer Customer { get => CustomerField?.ExpandedObject; set => CustomerField = SetExpandableFieldObject(value, CustomerField); }
    [JsonPropertyName("customer")] internal ExpandableField<Customer> CustomerField { get; set; }
    public string CustomerAccount { get; set; }
    public string Description { get; set; }
    public long EndingBalance { get; set; }
    [JsonIgnore] public string InvoiceId { get => InvoiceField?.Id; set => InvoiceField = SetExpandableFieldId(value, InvoiceField); }
    [JsonIgnore] public Invoice Invoice { get => InvoiceField?.ExpandedObject; set => InvoiceField = SetExpandableFieldObject(value, InvoiceField); }
    [JsonPropertyName("invoice")] internal ExpandableField<Invoice> InvoiceField { get; set; }
    public bool Livemode { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public string Type { get; set; }
}
