namespace Stripe;

public class SubscriptionItemService : Service
{
    public SubscriptionItemService()
    {
    }

    public SubscriptionItemService(IStripeClient client) : base(client)
    {
    }

    internal SubscriptionItemService(ApiRequestor requestor) : base(requestor)
    {
    }

    public virtual Task<SubscriptionItem> CreateAsync(SubscriptionItemCreateOptions options, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<SubscriptionItem>(HttpMethod.Post, "/v1/subscription_items", options, requestOptions, cancellationToken);

    public virtual Task<SubscriptionItem> DeleteAsync(string id, SubscriptionItemDeleteOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<SubscriptionItem>(HttpMethod.Delete, $"/v1/subscription_items/{Segment(id)}", options, requestOptions, cancellationToken);

    public virtual Task<SubscriptionItem> GetAsync(string id, SubscriptionItemGetOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<SubscriptionItem>(HttpMethod.Get, $"/v1/subscription_items/{Segment(id)}", options, requestOptions, cancellationToken);

    public virtual Task<StripeList<SubscriptionItem>> ListAsync(SubscriptionItemListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<StripeList<SubscriptionItem>>(HttpMethod.Get, "/v1/subscription_items", options, requestOptions, cancellationToken);

    public virtual IAsyncEnumerable<SubscriptionItem> ListAutoPagingAsync(SubscriptionItemListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        PagesAsync<SubscriptionItem>("/v1/subscription_items", options, requestOptions, cancellationToken);

    public virtual Task<SubscriptionItem> UpdateAsync(string id, SubscriptionItemUpdateOptions options, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<SubscriptionItem>(HttpMethod.Post, $"/v1/subscription_items/{Segment(id)}", options, requestOptions, cancellationToken);
}
