using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class InvoicePayment : StripeEntity<InvoicePayment>, IHasId, IHasObject
{
    public string Id { get; set; }
    public string Object { get; set; }
    public long? AmountPaid { get; set; }
    public long AmountRequested { get; set; }
    public DateTime Created { get; set; } = DateTime.UnixEpoch;
    public string Currency { get; set; }
    [JsonIgnore] public string InvoiceId { get => InvoiceField?.Id; set => InvoiceField = SetExpandableFieldId(value, InvoiceField); }
    [JsonIgnore] public Invoice Invoice { get => InvoiceField?.ExpandedObject; set => InvoiceField = SetExpandableFieldObject(value, InvoiceField); }
    [JsonPropertyName("invoice")] internal ExpandableField<Invoice> InvoiceField { get; set; }
    public bool IsDefault { get; set; }
    public bool Livemode { get; set; }
    public InvoicePaymentPayment Payment { get; set; }
    public string Status { get; set; }
    public InvoicePaymentStatusTransitions StatusTransitions { get; set; }
}
