using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class SetupIntentAutomaticPaymentMethods : StripeEntity<SetupIntentAutomaticPaymentMethods>
{
    public string AllowRedirects { get; set; }
    public bool? Enabled { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SetupIntentManagedPayments : StripeEntity<SetupIntentManagedPayments>
{
    public bool Enabled { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SetupIntentNextAction : StripeEntity<SetupIntentNextAction>
{
    public SetupIntentNextActionRedirectToUrl RedirectToUrl { get; set; }
    public string Type { get; set; }
    public Dictionary<string, object> UseStripeSdk { get; set; }
    public SetupIntentNextActionVerifyWithMicrodeposits VerifyWithMicrodeposits { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SetupIntentNextActionRedirectToUrl : StripeEntity<SetupIntentNextActionRedirectToUrl>
{
    public string ReturnUrl { get; set; }
    public string Url { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SetupIntentNextActionVerifyWithMicrodeposits : StripeEntity<SetupIntentNextActionVerifyWithMicrodeposits>
{
    public DateTime ArrivalDate { get; set; } = DateTime.UnixEpoch;
    public string HostedVerificationUrl { get; set; }
    public string MicrodepositType { get; set; }
}
