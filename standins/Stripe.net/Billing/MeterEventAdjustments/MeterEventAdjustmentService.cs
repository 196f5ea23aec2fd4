namespace Stripe.Billing;

public class MeterEventAdjustmentService : Service
{
    public MeterEventAdjustmentService()
    {
    }

    public MeterEventAdjustmentService(IStripeClient client) : base(client)
    {
    }

    internal MeterEventAdjustmentService(ApiRequestor requestor) : base(requestor)
    {
    }

    public virtual Task<MeterEventAdjustment> CreateAsync(MeterEventAdjustmentCreateOptions options, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<MeterEventAdjustment>(HttpMethod.Post, "/v1/billing/meter_event_adjustments", options, requestOptions, cancellationToken);
}
