using Stripe.Infrastructure;

namespace Stripe;

public class CustomerCashBalanceOptions : INestedOptions
{
    public CustomerCashBalanceSettingsOptions Settings { get; set; }
}

public class CustomerCashBalanceSettingsOptions : INestedOptions
{
    public string ReconciliationMode { get; set; }
}

public class CustomerInvoiceSettingsCustomFieldOptions : INestedOptions
{
    public string Name { get; set; }
    public string Value { get; set; }
}

public class CustomerInvoiceSettingsOptions : INestedOptions, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public List<CustomerInvoiceSettingsCustomFieldOptions> CustomFields { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public string DefaultPaymentMethod { get; set; }
    public string Footer { get; set; }
    public CustomerInvoiceSettingsRenderingOptionsOptions RenderingOptions { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
}

public class CustomerInvoiceSettingsRenderingOptionsOptions : INestedOptions, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public string AmountTaxDisplay { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public string Template { get; set; }
}

public class CustomerTaxIdDataOptions : INestedOptions
{
    public string Type { get; set; }
    public string Value { get; set; }
}

public class CustomerTaxOptions : INestedOptions, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public string IpAddress { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public string ValidateLocation { get; set; }
}

public class ShippingOptions : INestedOptions
{
    public AddressOptions Address { get; set; }
    public string Name { get; set; }
    public string Phone { get; set; }
}
