namespace Stripe.Checkout;

public class SessionExpireOptions : BaseOptions;

public class SessionGetOptions : BaseOptions;

public class SessionListOptions : ListOptions
{
    public AnyOf<DateTime?, DateRangeOptions> Created { get; set; }
    public string Customer { get; set; }
    public string CustomerAccount { get; set; }
    public SessionCustomerDetailsOptions CustomerDetails { get; set; }
    public string PaymentIntent { get; set; }
    public string PaymentLink { get; set; }
    public string Status { get; set; }
    public string Subscription { get; set; }
}

public class SessionUpdateOptions : BaseOptions, IHasMetadata
{
    public SessionCollectedInformationOptions CollectedInformation { get; set; }
    public List<SessionLineItemOptions> LineItems { get; set; }
    public Dictionary<string, string> Metadata { get; set => field = Assigned.Keep(value); }
    public List<SessionShippingOptionOptions> ShippingOptions { get; set => field = Assigned.Keep(value); }
}
