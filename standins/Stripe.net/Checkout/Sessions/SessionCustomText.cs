using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe.Checkout;

[JsonConverter(typeof(EntityConverter))]
public class SessionCustomText : StripeEntity<SessionCustomText>
{
    public SessionCustomTextAfterSubmit AfterSubmit { get; set; }
    public SessionCustomTextShippingAddress ShippingAddress { get; set; }
    public SessionCustomTextSubmit Submit { get; set; }
    public SessionCustomTextTermsOfServiceAcceptance TermsOfServiceAcceptance { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionCustomTextAfterSubmit : StripeEntity<SessionCustomTextAfterSubmit>
{
    public string Message { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionCustomTextShippingAddress : StripeEntity<SessionCustomTextShippingAddress>
{
    public string Message { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionCustomTextSubmit : StripeEntity<SessionCustomTextSubmit>
{
    public string Message { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionCustomTextTermsOfServiceAcceptance : StripeEntity<SessionCustomTextTermsOfServiceAcceptance>
{
    public string Message { get; set; }
}
