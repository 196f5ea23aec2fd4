namespace Stripe.BillingPortal;

public class SessionService : Service
{
    public SessionService()
    {
    }

    public SessionService(IStripeClient client) : base(client)
    {
    }

    internal SessionService(ApiRequestor requestor) : base(requestor)
    {
    }

    public virtual Task<Session> CreateAsync(SessionCreateOptions options, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Session>(HttpMethod.Post, "/v1/billing_portal/sessions", options, requestOptions, cancellationToken);
}
