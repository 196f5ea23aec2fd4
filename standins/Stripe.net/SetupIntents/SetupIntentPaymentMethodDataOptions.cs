using Stripe.Infrastructure;

namespace Stripe;

public class SetupIntentPaymentMethodDataBillingDetailsOptions : INestedOptions, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public AddressOptions Address { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public string Email { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public string Name { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public string Phone { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public string TaxId { get; set; }
}

public class SetupIntentPaymentMethodDataCustomerBalanceOptions : INestedOptions;

public class SetupIntentPaymentMethodDataLinkOptions : INestedOptions;

public class SetupIntentPaymentMethodDataOptions : INestedOptions, IHasMetadata
{
    public string AllowRedisplay { get; set; }
    public SetupIntentPaymentMethodDataBillingDetailsOptions BillingDetails { get; set; }
    public SetupIntentPaymentMethodDataCustomerBalanceOptions CustomerBalance { get; set; }
    public SetupIntentPaymentMethodDataLinkOptions Link { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public SetupIntentPaymentMethodDataRadarOptionsOptions RadarOptions { get; set; }
    public SetupIntentPaymentMethodDataSepaDebitOptions SepaDebit { get; set; }
    public string Type { get; set; }
    public SetupIntentPaymentMethodDataUsBankAccountOptions UsBankAccount { get; set; }
}

public class SetupIntentPaymentMethodDataRadarOptionsOptions : INestedOptions
{
    public string Session { get; set; }
}

public class SetupIntentPaymentMethodDataSepaDebitOptions : INestedOptions
{
    public string Iban { get; set; }
}

public class SetupIntentPaymentMethodDataUsBankAccountOptions : INestedOptions
{
    public string AccountHolderType { get; set; }
    public string AccountNumber { get; set; }
    public string AccountType { get; set; }
    public string FinancialConnectionsAccount { get; set; }
    public string RoutingNumber { get; set; }
}
