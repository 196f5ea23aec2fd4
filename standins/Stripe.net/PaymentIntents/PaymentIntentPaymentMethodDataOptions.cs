using Stripe.Infrastructure;

namespace Stripe;

public class PaymentIntentPaymentMethodDataBillingDetailsOptions : INestedOptions, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public AddressOptions Address { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public string Email { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public string Name { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public string Phone { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public string TaxId { get; set; }
}

public class PaymentIntentPaymentMethodDataCustomerBalanceOptions : INestedOptions;

public class PaymentIntentPaymentMethodDataLinkOptions : INestedOptions;

public class PaymentIntentPaymentMethodDataOptions : INestedOptions, IHasMetadata
{
    public string AllowRedisplay { get; set; }
    public PaymentIntentPaymentMethodDataBillingDetailsOptions BillingDetails { get; set; }
    public PaymentIntentPaymentMethodDataCustomerBalanceOptions CustomerBalance { get; set; }
    public PaymentIntentPaymentMethodDataLinkOptions Link { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public PaymentIntentPaymentMethodDataRadarOptionsOptions RadarOptions { get; set; }
    public PaymentIntentPaymentMethodDataSepaDebitOptions SepaDebit { get; set; }
    public string Type { get; set; }
    public PaymentIntentPaymentMethodDataUsBankAccountOptions UsBankAccount { get; set; }
}

public class PaymentIntentPaymentMethodDataRadarOptionsOptions : INestedOptions
{
    public string Session { get; set; }
}

public class PaymentIntentPaymentMethodDataSepaDebitOptions : INestedOptions
{
    public string Iban { get; set; }
}

public class PaymentIntentPaymentMethodDataUsBankAccountOptions : INestedOptions
{
    public string AccountHolderType { get; set; }
    public string AccountNumber { get; set; }
    public string AccountType { get; set; }
    public string FinancialConnectionsAccount { get; set; }
    public string RoutingNumber { get; set; }
}
