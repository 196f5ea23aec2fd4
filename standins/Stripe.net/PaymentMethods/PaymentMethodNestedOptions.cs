using Stripe.Infrastructure;

namespace Stripe;

public class PaymentMethodBillingDetailsOptions : INestedOptions, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public AddressOptions Address { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public string Email { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public string Name { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public string Phone { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public string TaxId { get; set; }
}

public class PaymentMethodCardNetworksOptions : INestedOptions, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public string Preferred { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
}

public class PaymentMethodCardOptions : INestedOptions
{
    public string Cvc { get; set; }
    public long? ExpMonth { get; set; }
    public long? ExpYear { get; set; }
    public PaymentMethodCardNetworksOptions Networks { get; set; }
    public string Number { get; set; }
    public string Token { get; set; }
}

public class PaymentMethodCustomerBalanceOptions : INestedOptions;

public class PaymentMethodLinkOptions : INestedOptions;

public class PaymentMethodRadarOptionsOptions : INestedOptions
{
    public string Session { get; set; }
}

public class PaymentMethodSepaDebitOptions : INestedOptions
{
    public string Iban { get; set; }
}

public class PaymentMethodUsBankAccountOptions : INestedOptions
{
    public string AccountHolderType { get; set; }
    public string AccountNumber { get; set; }
    public string AccountType { get; set; }
    public string FinancialConnectionsAccount { get; set; }
    public string RoutingNumber { get; set; }
}
