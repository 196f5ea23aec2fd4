using System.Text.Json.Serialization;

namespace Stripe;

public class AppInfo
{
    [JsonPropertyName("name")] public string Name { get; set; }
    [JsonPropertyName("partner_id")] public string PartnerId { get; set; }
    [JsonPropertyName("version")] public string Version { get; set; }
    [JsonPropertyName("url")] public string Url { get; set; }

    public string FormatUserAgent() =>
        Name + (string.IsNullOrEmpty(Version) ? "" : "/" + Version) + (string.IsNullOrEmpty(Url) ? "" : $" ({Url})");
}
