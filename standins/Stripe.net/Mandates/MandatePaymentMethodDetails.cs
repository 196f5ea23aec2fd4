using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class MandatePaymentMethodDetails : StripeEntity<MandatePaymentMethodDetails>
{
    public MandatePaymentMethodDetailsCard Card { get; set; }
    public MandatePaymentMethodDetailsLink Link { get; set; }
    public MandatePaymentMethodDetailsSepaDebit SepaDebit { get; set; }
    public string Type { get; set; }
    public MandatePaymentMethodDetailsUsBankAccount UsBankAccount { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class MandatePaymentMethodDetailsCard : StripeEntity<MandatePaymentMethodDetailsCard>;

[JsonConverter(typeof(EntityConverter))]
public class MandatePaymentMethodDetailsLink : StripeEntity<MandatePaymentMethodDetailsLink>;

[JsonConverter(typeof(EntityConverter))]
public class MandatePaymentMethodDetailsSepaDebit : StripeEntity<MandatePaymentMethodDetailsSepaDebit>
{
    public string Reference { get; set; }
    public string Url { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class MandatePaymentMethodDetailsUsBankAccount : StripeEntity<MandatePaymentMethodDetailsUsBankAccount>
{
    public string CollectionMethod { get; set; }
}
