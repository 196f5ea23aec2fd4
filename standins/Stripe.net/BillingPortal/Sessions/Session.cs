using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe.BillingPortal;

[JsonConverter(typeof(EntityConverter))]
public class Session : StripeEntity<Session>, IHasId, IHasObject
{
    public string Id { get; set; }
    public string Object { get; set; }
    [JsonIgnore] public string ConfigurationId { get => ConfigurationField?.Id; set => ConfigurationField = SetExpandableFieldId(value, ConfigurationField); }
    [JsonIgnore] public Configuration Configuration { get => ConfigurationField?.ExpandedObject; set => ConfigurationField = SetExpandableFieldObject(value, ConfigurationField); }
    [JsonPropertyName("configuration")] internal ExpandableField<Configuration> ConfigurationField { get; set; }
    public DateTime Created { get; set; } = DateTime.UnixEpoch;
    public string Customer { get; set; }
    public string CustomerAccount { get; set; }
    public SessionFlow Flow { get; set; }
    public bool Livemode { get; set; }
    public string Locale { get; set; }
    public string OnBehalfOf { get; set; }
    public string ReturnUrl { get; set; }
    public string Url { get; set; }
}
