namespace Stripe;

/// <summary>Which class stands for which value of the field <c>object</c>.</summary>
public static class StripeTypeRegistry
{
    public static readonly IReadOnlyDictionary<string, Type> ObjectsToTypes = new Dictionary<string, Type>
    {
        ["account"] = typeof(Account),
        ["application"] = typeof(Application),
        ["billing.meter"] = typeof(Billing.Meter),
        ["billing.meter_event"] = typeof(Billing.MeterEvent),
        ["billing.meter_event_adjustment"] = typeof(Billing.MeterEventAdjustment),
        ["billing.meter_event_summary"] = typeof(Billing.MeterEventSummary),
        ["billing_portal.configuration"] = typeof(BillingPortal.Configuration),
        ["billing_portal.session"] = typeof(BillingPortal.Session),
        ["charge"] = typeof(Charge),
        ["checkout.session"] = typeof(Checkout.Session),
        ["coupon"] = typeof(Coupon),
        ["credit_note"] = typeof(CreditNote),
        ["credit_note_line_item"] = typeof(CreditNoteLineItem),
        ["customer"] = typeof(Customer),
        ["customer_balance_transaction"] = typeof(CustomerBalanceTransaction),
        ["discount"] = typeof(Discount),
        ["event"] = typeof(Event),
        ["invoice"] = typeof(Invoice),
        ["invoice_payment"] = typeof(InvoicePayment),
        ["invoiceitem"] = typeof(InvoiceItem),
        ["item"] = typeof(LineItem),
        ["line_item"] = typeof(InvoiceLineItem),
        ["payment_intent"] = typeof(PaymentIntent),
        ["payment_method"] = typeof(PaymentMethod),
        ["plan"] = typeof(Plan),
        ["price"] = typeof(Price),
        ["product"] = typeof(Product),
        ["promotion_code"] = typeof(PromotionCode),
        ["refund"] = typeof(Refund),
        ["setup_intent"] = typeof(SetupIntent),
        ["subscription"] = typeof(Subscription),
        ["subscription_item"] = typeof(SubscriptionItem),
        ["tax_id"] = typeof(TaxId),
        ["tax_rate"] = typeof(TaxRate),
        ["test_helpers.test_clock"] = typeof(TestHelpers.TestClock),
        ["webhook_endpoint"] = typeof(WebhookEndpoint),
    };
}
