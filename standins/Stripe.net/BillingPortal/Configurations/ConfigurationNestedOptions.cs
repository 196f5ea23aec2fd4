using Stripe.Infrastructure;

namespace Stripe.BillingPortal;

public class ConfigurationBusinessProfileOptions : INestedOptions, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public string Headline { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public string PrivacyPolicyUrl { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public string TermsOfServiceUrl { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
}

public class ConfigurationLoginPageOptions : INestedOptions
{
    public bool? Enabled { get; set; }
}
