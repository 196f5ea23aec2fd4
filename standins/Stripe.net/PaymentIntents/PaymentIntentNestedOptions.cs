using Stripe.Infrastructure;

namespace Stripe;

public class PaymentIntentAutomaticPaymentMethodsOptions : INestedOptions
{
    public string AllowRedirects { get; set; }
    public bool? Enabled { get; set; }
}

public class PaymentIntentHooksInputsOptions : INestedOptions
{
    public PaymentIntentHooksInputsTaxOptions Tax { get; set; }
}

public class PaymentIntentHooksInputsTaxOptions : INestedOptions, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public string Calculation { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
}

public class PaymentIntentHooksOptions : INestedOptions
{
    public PaymentIntentHooksInputsOptions Inputs { get; set; }
}

public class PaymentIntentRadarOptionsOptions : INestedOptions, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public string Referrer { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public string Session { get; set; }
}

public class PaymentIntentTransferDataOptions : INestedOptions, IHasMetadata, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public long? Amount { get; set; }
    public string Description { get; set; }
    public string Destination { get; set; }
    public Dictionary<string, string> Metadata { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public PaymentIntentTransferDataPaymentDataOptions PaymentData { get; set; }
}

public class PaymentIntentTransferDataPaymentDataOptions : INestedOptions, IHasMetadata, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public string Description { get; set; }
    public Dictionary<string, string> Metadata { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
}
