namespace Stripe;

public class PriceService : Service
{
    public PriceService()
    {
    }

    public PriceService(IStripeClient client) : base(client)
    {
    }

    internal PriceService(ApiRequestor requestor) : base(requestor)
    {
    }

    public virtual Task<Price> CreateAsync(PriceCreateOptions options, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Price>(HttpMethod.Post, "/v1/prices", options, requestOptions, cancellationToken);

    public virtual Task<Price> GetAsync(string id, PriceGetOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Price>(HttpMethod.Get, $"/v1/prices/{Segment(id)}", options, requestOptions, cancellationToken);

    public virtual Task<StripeList<Price>> ListAsync(PriceListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<StripeList<Price>>(HttpMethod.Get, "/v1/prices", options, requestOptions, cancellationToken);

    public virtual IAsyncEnumerable<Price> ListAutoPagingAsync(PriceListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        PagesAsync<Price>("/v1/prices", options, requestOptions, cancellationToken);

    public virtual Task<StripeSearchResult<Price>> SearchAsync(PriceSearchOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<StripeSearchResult<Price>>(HttpMethod.Get, "/v1/prices/search", options, requestOptions, cancellationToken);

    public virtual IAsyncEnumerable<Price> SearchAutoPagingAsync(PriceSearchOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SearchPagesAsync<Price>("/v1/prices/search", options, requestOptions, cancellationToken);

    public virtual Task<Price> UpdateAsync(string id, PriceUpdateOptions options, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Price>(HttpMethod.Post, $"/v1/prices/{Segment(id)}", options, requestOptions, cancellationToken);
}
