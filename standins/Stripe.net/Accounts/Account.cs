using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class Account : StripeEntity<Account>, IHasId, IHasMetadata, IHasObject, IPaymentSource
{
    public string Id { get; set; }
    public string Object { get; set; }
    public AccountBusinessProfile BusinessProfile { get; set; }
    public string BusinessType { get; set; }
    public AccountCapabilities Capabilities { get; set; }
    public bool ChargesEnabled { get; set; }
    public AccountController Controller { get; set; }
    public string Country { get; set; }
    public DateTime Created { get; set; } = DateTime.UnixEpoch;
    public string DefaultCurrency { get; set; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public bool? Deleted { get; set; }
    public bool DetailsSubmitted { get; set; }
    public string Email { get; set; }
    public AccountFutureRequirements FutureRequirements { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public bool PayoutsEnabled { get; set; }
    public AccountRequirements Requirements { get; set; }
    public AccountSettings Settings { get; set; }
    public string Type { get; set; }
}
