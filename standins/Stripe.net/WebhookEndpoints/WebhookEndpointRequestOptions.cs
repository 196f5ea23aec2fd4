namespace Stripe;

public class WebhookEndpointCreateOptions : BaseOptions, IHasMetadata
{
    public string ApiVersion { get; set; }
    public bool? Connect { get; set; }
    public string Description { get; set => field = Assigned.Keep(value); }
    public List<string> EnabledEvents { get; set; }
    public Dictionary<string, string> Metadata { get; set => field = Assigned.Keep(value); }
    public string Url { get; set; }
}

public class WebhookEndpointDeleteOptions : BaseOptions;

public class WebhookEndpointGetOptions : BaseOptions;

public class WebhookEndpointListOptions : ListOptions;

public class WebhookEndpointUpdateOptions : BaseOptions, IHasMetadata
{
    public string Description { get; set => field = Assigned.Keep(value); }
    public bool? Disabled { get; set; }
    public List<string> EnabledEvents { get; set; }
    public Dictionary<string, string> Metadata { get; set => field = Assigned.Keep(value); }
    public string Url { get; set; }
}
