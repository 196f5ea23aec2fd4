namespace Stripe;

public class DisputeCloseOptions : BaseOptions;

public class DisputeGetOptions : BaseOptions;

public class DisputeListOptions : ListOptions
{
    public string Charge { get; set; }
    public AnyOf<DateTime?, DateRangeOptions> Created { get; set; }
    public string PaymentIntent { get; set; }
}

public class DisputeUpdateOptions : BaseOptions, IHasMetadata
{
    public DisputeEvidenceOptions Evidence { get; set; }
    public Dictionary<string, string> Metadata { get; set => field = Assigned.Keep(value); }
    public bool? Submit { get; set; }
}
