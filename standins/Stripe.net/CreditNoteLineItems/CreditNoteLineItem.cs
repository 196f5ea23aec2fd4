using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class CreditNoteLineItem : StripeEntity<CreditNoteLineItem>, IHasId, IHasMetadata, IHasObject
{
    public string Id { get; set; }
    public string Object { get; set; }
    public long Amount { get; set; }
    public string Description { get; set; }
    public long DiscountAmount { get; set; }
    public List<CreditNoteLineItemDiscountAmount> DiscountAmounts { get; set; }
    public string InvoiceLineItem { get; set; }
    public bool Livemode { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public List<CreditNoteLineItemPretaxCreditAmount> PretaxCreditAmounts { get; set; }
    public long? Quantity { get; set; }
    public List<TaxRate> TaxRates { get; set; }
    public List<CreditNoteLineItemTax> Taxes { get; set; }
    public string Type { get; set; }
    public long? UnitAmount { get; set; }
    [JsonNumberHandling(Numbers.AsStrings)] public decimal? UnitAmountDecimal { get; set; }
}
