using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe.BillingPortal;

[JsonConverter(typeof(EntityConverter))]
public class Configuration : StripeEntity<Configuration>, IHasId, IHasMetadata, IHasObject
{
    public string Id { get; set; }
    public string Object { get; set; }
    public bool Active { get; set; }
    [JsonIgnore] public string ApplicationId { get => ApplicationField?.Id; set => ApplicationField = SetExpandableFieldId(value, ApplicationField); }
    [JsonIgnore] public Application Application { get => ApplicationField?.ExpandedObject; set => ApplicationField = SetExpandableFieldObject(value, ApplicationField); }
    [JsonPropertyName("application")] internal ExpandableField<Application> ApplicationField { get; set; }
    public ConfigurationBusinessProfile BusinessProfile { get; set; }
    public DateTime Created { get; set; } = DateTime.UnixEpoch;
    public string DefaultReturnUrl { get; set; }
    public ConfigurationFeatures Features { get; set; }
    public bool IsDefault { get; set; }
    public bool Livemode { get; set; }
    public ConfigurationLoginPage LoginPage { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public string Name { get; set; }
    public DateTime Updated { get; set; } = DateTime.UnixEpoch;
}
