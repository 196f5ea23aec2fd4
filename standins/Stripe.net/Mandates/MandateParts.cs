using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class MandateCustomerAcceptance : StripeEntity<MandateCustomerAcceptance>
{
    public DateTime? AcceptedAt { get; set; }
    public MandateCustomerAcceptanceOffline Offline { get; set; }
    public MandateCustomerAcceptanceOnline Online { get; set; }
    public string Type { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class MandateCustomerAcceptanceOffline : StripeEntity<MandateCustomerAcceptanceOffline>;

[JsonConverter(typeof(EntityConverter))]
public class MandateCustomerAcceptanceOnline : StripeEntity<MandateCustomerAcceptanceOnline>
{
    public string IpAddress { get; set; }
    public string UserAgent { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class MandateMultiUse : StripeEntity<MandateMultiUse>
{
    public long Amount { get; set; }
    public string Currency { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class MandateSingleUse : StripeEntity<MandateSingleUse>
{
    public long Amount { get; set; }
    public string Currency { get; set; }
}
