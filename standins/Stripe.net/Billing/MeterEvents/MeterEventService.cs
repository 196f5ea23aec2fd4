namespace Stripe.Billing;

public class MeterEventService : Service
{
    public MeterEventService()
    {
    }

    public MeterEventService(IStripeClient client) : base(client)
    {
    }

    internal MeterEventService(ApiRequestor requestor) : base(requestor)
    {
    }

    public virtual Task<MeterEvent> CreateAsync(MeterEventCreateOptions options, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<MeterEvent>(HttpMethod.Post, "/v1/billing/meter_events", options, requestOptions, cancellationToken);
}
