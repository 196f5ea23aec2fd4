using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class PaymentMethodCard : StripeEntity<PaymentMethodCard>
{
    public string Brand { get; set; }
    public PaymentMethodCardChecks Checks { get; set; }
    public string Country { get; set; }
    public string Description { get; set; }
    public string DisplayBrand { get; set; }
    public long ExpMonth { get; set; }
    public long ExpYear { get; set; }
    public string Fingerprint { get; set; }
    public string Funding { get; set; }
    public string Iin { get; set; }
    public string Issuer { get; set; }
    public string Last4 { get; set; }
    public PaymentMethodCardNetworks Networks { get; set; }
    public string RegulatedStatus { get; set; }
    public PaymentMethodCardThreeDSecureUsage ThreeDSecureUsage { get; set; }
    public PaymentMethodCardWallet Wallet { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class PaymentMethodCardChecks : StripeEntity<PaymentMethodCardChecks>
{
    public string AddressLine1Check { get; set; }
    public string AddressPostalCodeCheck { get; set; }
    public string CvcCheck { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class PaymentMethodCardNetworks : StripeEntity<PaymentMethodCardNetworks>
{
    public List<string> Available { get; set; }
    public string Preferred { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class PaymentMethodCardThreeDSecureUsage : StripeEntity<PaymentMethodCardThreeDSecureUsage>
{
    public bool Supported { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class PaymentMethodCardWallet : StripeEntity<PaymentMethodCardWallet>
{
    public string DynamicLast4 { get; set; }
    public string Type { get; set; }
}
