using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class PaymentMethodUsBankAccount : StripeEntity<PaymentMethodUsBankAccount>
{
    public string AccountHolderType { get; set; }
    public string AccountType { get; set; }
    public string BankName { get; set; }
    public string FinancialConnectionsAccount { get; set; }
    public string Fingerprint { get; set; }
    public string Last4 { get; set; }
    public PaymentMethodUsBankAccountNetworks Networks { get; set; }
    public string RoutingNumber { get; set; }
    public PaymentMethodUsBankAccountStatusDetails StatusDetails { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class PaymentMethodUsBankAccountNetworks : StripeEntity<PaymentMethodUsBankAccountNetworks>
{
    public string Preferred { get; set; }
    public List<string> Supported { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class PaymentMethodUsBankAccountStatusDetails : StripeEntity<PaymentMethodUsBankAccountStatusDetails>
{
    public PaymentMethodUsBankAccountStatusDetailsBlocked Blocked { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class PaymentMethodUsBankAccountStatusDetailsBlocked : StripeEntity<PaymentMethodUsBankAccountStatusDetailsBlocked>
{
    public string NetworkCode { get; set; }
    public string Reason { get; set; }
}
