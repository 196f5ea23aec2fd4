namespace Stripe;

public class CustomerUpdateOptions : BaseOptions, IHasMetadata
{
    public AddressOptions Address { get; set => field = Assigned.Keep(value); }
    public long? Balance { get; set; }
    public string BusinessName { get; set => field = Assigned.Keep(value); }
    public CustomerCashBalanceOptions CashBalance { get; set; }
    public string DefaultSource { get; set; }
    public string Description { get; set; }
    public string Email { get; set; }
    public string IndividualName { get; set => field = Assigned.Keep(value); }
    public string InvoicePrefix { get; set; }
    public CustomerInvoiceSettingsOptions InvoiceSettings { get; set; }
    public Dictionary<string, string> Metadata { get; set => field = Assigned.Keep(value); }
    public string Name { get; set; }
    public long? NextInvoiceSequence { get; set; }
    public string Phone { get; set; }
    public List<string> PreferredLocales { get; set; }
    public ShippingOptions Shipping { get; set => field = Assigned.Keep(value); }
    public AnyOf<string, CardCreateNestedOptions> Source { get; set; }
    public CustomerTaxOptions Tax { get; set; }
    public string TaxExempt { get; set => field = Assigned.Keep(value); }
    public bool? Validate { get; set; }
}
