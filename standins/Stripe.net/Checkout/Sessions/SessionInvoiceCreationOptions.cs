using Stripe.Infrastructure;

namespace Stripe.Checkout;

public class SessionInvoiceCreationInvoiceDataCustomFieldOptions : INestedOptions
{
    public string Name { get; set; }
    public string Value { get; set; }
}

public class SessionInvoiceCreationInvoiceDataIssuerOptions : INestedOptions
{
    public string Account { get; set; }
    public string Type { get; set; }
}

public class SessionInvoiceCreationInvoiceDataOptions : INestedOptions, IHasMetadata, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public List<string> AccountTaxIds { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public List<SessionInvoiceCreationInvoiceDataCustomFieldOptions> CustomFields { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public string Description { get; set; }
    public string Footer { get; set; }
    public SessionInvoiceCreationInvoiceDataIssuerOptions Issuer { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public SessionInvoiceCreationInvoiceDataRenderingOptionsOptions RenderingOptions { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
}

public class SessionInvoiceCreationInvoiceDataRenderingOptionsOptions : INestedOptions, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public string AmountTaxDisplay { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public string Template { get; set; }
}

public class SessionInvoiceCreationOptions : INestedOptions
{
    public bool? Enabled { get; set; }
    public SessionInvoiceCreationInvoiceDataOptions InvoiceData { get; set; }
}
