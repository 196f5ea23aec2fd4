namespace Stripe.BillingPortal;

public class ConfigurationCreateOptions : BaseOptions, IHasMetadata
{
    public ConfigurationBusinessProfileOptions BusinessProfile { get; set; }
    public string DefaultReturnUrl { get; set => field = Assigned.Keep(value); }
    public ConfigurationFeaturesOptions Features { get; set; }
    public ConfigurationLoginPageOptions LoginPage { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public string Name { get; set => field = Assigned.Keep(value); }
}

public class ConfigurationGetOptions : BaseOptions;

public class ConfigurationListOptions : ListOptions
{
    public bool? Active { get; set; }
    public bool? IsDefault { get; set; }
}

public class ConfigurationUpdateOptions : BaseOptions, IHasMetadata
{
    public bool? Active { get; set; }
    public ConfigurationBusinessProfileOptions BusinessProfile { get; set; }
    public string DefaultReturnUrl { get; set => field = Assigned.Keep(value); }
    public ConfigurationFeaturesOptions Features { get; set; }
    public ConfigurationLoginPageOptions LoginPage { get; set; }
    public Dictionary<string, string> Metadata { get; set => field = Assigned.Keep(value); }
    public string Name { get; set => field = Assigned.Keep(value); }
}
