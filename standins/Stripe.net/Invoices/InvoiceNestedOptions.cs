using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

public class InvoiceAutomaticTaxLiabilityOptions : INestedOptions
{
    public string Account { get; set; }
    public string Type { get; set; }
}

public class InvoiceAutomaticTaxOptions : INestedOptions
{
    public bool? Enabled { get; set; }
    public InvoiceAutomaticTaxLiabilityOptions Liability { get; set; }
}

public class InvoiceCustomFieldOptions : INestedOptions
{
    public string Name { get; set; }
    public string Value { get; set; }
}

public class InvoiceCustomerDetailsOptions : INestedOptions, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public AddressOptions Address { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public ShippingOptions Shipping { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public InvoiceCustomerDetailsTaxOptions Tax { get; set; }
    public string TaxExempt { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public List<InvoiceCustomerDetailsTaxIdOptions> TaxIds { get; set; }
}

public class InvoiceCustomerDetailsTaxIdOptions : INestedOptions
{
    public string Type { get; set; }
    public string Value { get; set; }
}

public class InvoiceCustomerDetailsTaxOptions : INestedOptions, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public string IpAddress { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
}

public class InvoiceDiscountOptions : INestedOptions
{
    public string Coupon { get; set; }
    public string Discount { get; set; }
    public string PromotionCode { get; set; }
}

public class InvoiceFromInvoiceOptions : INestedOptions
{
    public string Action { get; set; }
    public string Invoice { get; set; }
}

public class InvoiceIssuerOptions : INestedOptions
{
    public string Account { get; set; }
    public string Type { get; set; }
}

public class InvoiceRenderingOptions : INestedOptions, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public string AmountTaxDisplay { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public InvoiceRenderingPdfOptions Pdf { get; set; }
    public string Template { get; set; }
    public long? TemplateVersion { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
}

public class InvoiceRenderingPdfOptions : INestedOptions
{
    public string PageSize { get; set; }
}

public class InvoiceShippingDetailsOptions : INestedOptions, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public AddressOptions Address { get; set; }
    public string Name { get; set; }
    public string Phone { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
}

public class InvoiceTransferDataOptions : INestedOptions
{
    public long? Amount { get; set; }
    public string Destination { get; set; }
}

public class InvoiceUpcomingInvoiceItemOptions : INestedOptions, IHasMetadata
{
    public long? Amount { get; set; }
    public string Currency { get; set; }
    public string Description { get; set; }
    public bool? Discountable { get; set; }
    public List<InvoiceItemDiscountOptions> Discounts { get; set; }
    [JsonPropertyName("invoiceitem")] public string InvoiceItem { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public InvoiceItemPeriodOptions Period { get; set; }
    public string Price { get; set; }
    public InvoiceItemPriceDataOptions PriceData { get; set; }
    public long? Quantity { get; set; }
    public List<string> TaxRates { get; set; }
    public long? UnitAmount { get; set; }
    public decimal? UnitAmountDecimal { get; set; }
}
