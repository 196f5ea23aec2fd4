namespace Stripe.Checkout;

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
        SendAsync<Session>(HttpMethod.Post, "/v1/checkout/sessions", options, requestOptions, cancellationToken);

    public virtual Task<Session> ExpireAsync(string id, SessionExpireOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Session>(HttpMethod.Post, $"/v1/checkout/sessions/{Segment(id)}/expire", options, requestOptions, cancellationToken);

    public virtual Task<Session> GetAsync(string id, SessionGetOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Session>(HttpMethod.Get, $"/v1/checkout/sessions/{Segment(id)}", options, requestOptions, cancellationToken);

    public virtual Task<StripeList<Session>> ListAsync(SessionListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<StripeList<Session>>(HttpMethod.Get, "/v1/checkout/sessions", options, requestOptions, cancellationToken);

    public virtual IAsyncEnumerable<Session> ListAutoPagingAsync(SessionListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        PagesAsync<Session>("/v1/checkout/sessions", options, requestOptions, cancellationToken);

    public virtual Task<Session> UpdateAsync(string id, SessionUpdateOptions options, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Session>(HttpMethod.Post, $"/v1/checkout/sessions/{Segment(id)}", options, requestOptions, cancellationToken);

    public virtual Task<StripeList<LineItem>> ListLineItemsAsync(string id, SessionLineItemListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<StripeList<LineItem>>(HttpMethod.Get, $"/v1/checkout/sessions/{Segment(id)}/line_items", options, requestOptions, cancellationToken);

    public virtual IAsyncEnumerable<LineItem> ListLineItemsAutoPagingAsync(string id, SessionLineItemListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        PagesAsync<LineItem>($"/v1/checkout/sessions/{Segment(id)}/line_items", options, requestOptions, cancellationToken);
}
