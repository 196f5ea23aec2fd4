namespace Stripe;

public class RequestOptions
{
    public string ApiKey { get; set; }
    public string IdempotencyKey { get; set; }
    public string StripeAccount { get; set; }
    public string StripeContext { get; set; }
    public string StripeRequestTrigger { get; set; }

    internal RequestOptions Clone() => (RequestOptions)MemberwiseClone();
}

public class RawRequestOptions : RequestOptions
{
    public string BaseUrl { get; set; }
    public Dictionary<string, string> AdditionalHeaders { get; set; } = [];
}
