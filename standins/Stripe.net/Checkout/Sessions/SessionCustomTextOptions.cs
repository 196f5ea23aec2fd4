using Stripe.Infrastructure;

namespace Stripe.Checkout;

public class SessionCustomTextAfterSubmitOptions : INestedOptions
{
    public string Message { get; set; }
}

public class SessionCustomTextOptions : INestedOptions, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public SessionCustomTextAfterSubmitOptions AfterSubmit { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public SessionCustomTextShippingAddressOptions ShippingAddress { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public SessionCustomTextSubmitOptions Submit { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public SessionCustomTextTermsOfServiceAcceptanceOptions TermsOfServiceAcceptance { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
}

public class SessionCustomTextShippingAddressOptions : INestedOptions
{
    public string Message { get; set; }
}

public class SessionCustomTextSubmitOptions : INestedOptions
{
    public string Message { get; set; }
}

public class SessionCustomTextTermsOfServiceAcceptanceOptions : INestedOptions
{
    public string Message { get; set; }
}
