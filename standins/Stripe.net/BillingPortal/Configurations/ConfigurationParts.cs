using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe.BillingPortal;

[JsonConverter(typeof(EntityConverter))]
public class ConfigurationBusinessProfile : StripeEntity<ConfigurationBusinessProfile>
{
    public string Headline { get; set; }
    public string PrivacyPolicyUrl { get; set; }
    public string TermsOfServiceUrl { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class ConfigurationLoginPage : StripeEntity<ConfigurationLoginPage>
{
    public bool Enabled { get; set; }
    public string Url { get; set; }
}
