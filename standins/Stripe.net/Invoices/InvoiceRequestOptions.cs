namespace Stripe;

public class InvoiceAddLinesOptions : BaseOptions
{
    public Dictionary<string, string> InvoiceMetadata { get; set => field = Assigned.Keep(value); }
    public List<InvoiceLineOptions> Lines { get; set; }
}

public class InvoiceAttachPaymentOptions : BaseOptions
{
    public string PaymentIntent { get; set; }
    public string PaymentRecord { get; set; }
}

public class InvoiceCreatePreviewOptions : BaseOptions
{
    public InvoiceAutomaticTaxOptions AutomaticTax { get; set; }
    public string Currency { get; set; }
    public string Customer { get; set; }
    public string CustomerAccount { get; set; }
    public InvoiceCustomerDetailsOptions CustomerDetails { get; set; }
    public List<InvoiceDiscountOptions> Discounts { get; set => field = Assigned.Keep(value); }
    public List<InvoiceUpcomingInvoiceItemOptions> InvoiceItems { get; set; }
    public InvoiceIssuerOptions Issuer { get; set; }
    public string OnBehalfOf { get; set => field = Assigned.Keep(value); }
    public string PreviewMode { get; set; }
    public string Schedule { get; set; }
    public string Subscription { get; set; }
    public InvoiceSubscriptionDetailsOptions SubscriptionDetails { get; set; }
}

public class InvoiceDeleteOptions : BaseOptions;

public class InvoiceFinalizeOptions : BaseOptions
{
    public bool? AutoAdvance { get; set; }
}

public class InvoiceGetOptions : BaseOptions;

public class InvoiceLineItemListOptions : ListOptions
{
    public string Coupon { get; set; }
    public string Customer { get; set; }
    public string Subscription { get; set; }
    public string SubscriptionPlan { get; set; }
}

public class InvoiceListLineItemsOptions : ListOptions
{
    public string Coupon { get; set; }
    public string Customer { get; set; }
    public string Subscription { get; set; }
    public string SubscriptionPlan { get; set; }
}

public class InvoiceListOptions : ListOptions
{
    public string CollectionMethod { get; set; }
    public AnyOf<DateTime?, DateRangeOptions> Created { get; set; }
    public string Customer { get; set; }
    public string CustomerAccount { get; set; }
    public AnyOf<DateTime?, DateRangeOptions> DueDate { get; set; }
    public string Status { get; set; }
    public string Subscription { get; set; }
}

public class InvoiceMarkUncollectibleOptions : BaseOptions;

public class InvoicePayOptions : BaseOptions
{
    public bool? Forgive { get; set; }
    public string Mandate { get; set => field = Assigned.Keep(value); }
    public bool? OffSession { get; set; }
    public bool? PaidOutOfBand { get; set; }
    public string PaymentMethod { get; set; }
    public string Source { get; set; }
}

public class InvoiceRemoveLinesOptions : BaseOptions
{
    public Dictionary<string, string> InvoiceMetadata { get; set => field = Assigned.Keep(value); }
    public List<InvoiceLineOptions> Lines { get; set; }
}

public class InvoiceSearchOptions : SearchOptions;

public class InvoiceSendOptions : BaseOptions;

public class InvoiceUpdateLinesOptions : BaseOptions
{
    public Dictionary<string, string> InvoiceMetadata { get; set => field = Assigned.Keep(value); }
    public List<InvoiceLineOptions> Lines { get; set; }
}

public class InvoiceVoidOptions : BaseOptions;
