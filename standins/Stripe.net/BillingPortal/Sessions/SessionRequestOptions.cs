namespace Stripe.BillingPortal;

public class SessionCreateOptions : BaseOptions
{
    public string Configuration { get; set; }
    public string Customer { get; set; }
    public string CustomerAccount { get; set; }
    public SessionFlowDataOptions FlowData { get; set; }
    public string Locale { get; set; }
    public string OnBehalfOf { get; set; }
    public string ReturnUrl { get; set; }
}
