using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class InvoiceItemProrationDetails : StripeEntity<InvoiceItemProrationDetails>
{
    public InvoiceItemProrationDetailsCreditedItems CreditedItems { get; set; }
    public List<InvoiceItemProrationDetailsDiscountAmount> DiscountAmounts { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class InvoiceItemProrationDetailsCreditedItems : StripeEntity<InvoiceItemProrationDetailsCreditedItems>
{
    public string InvoiceItem { get; set; }
    public InvoiceItemProrationDetailsCreditedItemsInvoiceLineItemDetails InvoiceLineItemDetails { get; set; }
    public string Type { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class InvoiceItemProrationDetailsCreditedItemsInvoiceLineItemDetails : StripeEntity<InvoiceItemProrationDetailsCreditedItemsInvoiceLineItemDetails>
{
    public string Invoice { get; set; }
    public List<string> InvoiceLineItems { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class InvoiceItemProrationDetailsDiscountAmount : StripeEntity<InvoiceItemProrationDetailsDiscountAmount>
{
    public long Amount { get; set; }
    [JsonIgnore] public string DiscountId { get => DiscountField?.Id; set => DiscountField = SetExpandableFieldId(value, DiscountField); }
    [JsonIgnore] public Discount Discount { get => DiscountField?.ExpandedObject; set => DiscountField = SetExpandableFieldObject(value, DiscountField); }
    [JsonPropertyName("discount")] internal ExpandableField<Discount> DiscountField { get; set; }
}
