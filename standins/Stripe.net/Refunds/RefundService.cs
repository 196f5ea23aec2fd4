namespace Stripe;

public class RefundService : Service
{
    public RefundService()
    {
    }

    public RefundService(IStripeClient client) : base(client)
    {
    }

    internal RefundService(ApiRequestor requestor) : base(requestor)
    {
    }

    public virtual Task<Refund> CancelAsync(string id, RefundCancelOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Refund>(HttpMethod.Post, $"/v1/refunds/{Segment(id)}/cancel", options, requestOptions, cancellationToken);

    public virtual Task<Refund> CreateAsync(RefundCreateOptions options, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Refund>(HttpMethod.Post, "/v1/refunds", options, requestOptions, cancellationToken);

    public virtual Task<Refund> GetAsync(string id, RefundGetOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Refund>(HttpMethod.Get, $"/v1/refunds/{Segment(id)}", options, requestOptions, cancellationToken);

    public virtual Task<StripeList<Refund>> ListAsync(RefundListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<StripeList<Refund>>(HttpMethod.Get, "/v1/refunds", options, requestOptions, cancellationToken);

    public virtual IAsyncEnumerable<Refund> ListAutoPagingAsync(RefundListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        PagesAsync<Refund>("/v1/refunds", options, requestOptions, cancellationToken);

    public virtual Task<Refund> UpdateAsync(string id, RefundUpdateOptions options, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Refund>(HttpMethod.Post, $"/v1/refunds/{Segment(id)}", options, requestOptions, cancellationToken);
}
