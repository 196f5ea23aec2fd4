using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class InvoiceLineItemParent : StripeEntity<InvoiceLineItemParent>
{
    public InvoiceLineItemParentInvoiceItemDetails InvoiceItemDetails { get; set; }
    public InvoiceLineItemParentSubscriptionItemDetails SubscriptionItemDetails { get; set; }
    public string Type { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class InvoiceLineItemParentInvoiceItemDetails : StripeEntity<InvoiceLineItemParentInvoiceItemDetails>
{
    public string InvoiceItem { get; set; }
    public bool Proration { get; set; }
    public InvoiceLineItemParentInvoiceItemDetailsProrationDetails ProrationDetails { get; set; }
    public string Subscription { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class InvoiceLineItemParentInvoiceItemDetailsProrationDetails : StripeEntity<InvoiceLineItemParentInvoiceItemDetailsProrationDetails>
{
    public InvoiceLineItemParentInvoiceItemDetailsProrationDetailsCreditedItems CreditedItems { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class InvoiceLineItemParentInvoiceItemDetailsProrationDetailsCreditedItems : StripeEntity<InvoiceLineItemParentInvoiceItemDetailsProrationDetailsCreditedItems>
{
    public string Invoice { get; set; }
    public List<string> InvoiceLineItems { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class InvoiceLineItemParentSubscriptionItemDetails : StripeEntity<InvoiceLineItemParentSubscriptionItemDetails>
{
    public string InvoiceItem { get; set; }
    public bool Proration { get; set; }
    public InvoiceLineItemParentSubscriptionItemDetailsProrationDetails ProrationDetails { get; set; }
    public string Subscription { get; set; }
    public string SubscriptionItem { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class InvoiceLineItemParentSubscriptionItemDetailsProrationDetails : StripeEntity<InvoiceLineItemParentSubscriptionItemDetailsProrationDetails>
{
    public InvoiceLineItemParentSubscriptionItemDetailsProrationDetailsCreditedItems CreditedItems { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class InvoiceLineItemParentSubscriptionItemDetailsProrationDetailsCreditedItems : StripeEntity<InvoiceLineItemParentSubscriptionItemDetailsProrationDetailsCreditedItems>
{
    public string Invoice { get; set; }
    public List<string> InvoiceLineItems { get; set; }
}
