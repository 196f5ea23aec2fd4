namespace Stripe;

public class ProductService : Service
{
    public ProductService()
    {
    }

    public ProductService(IStripeClient client) : base(client)
    {
    }

    internal ProductService(ApiRequestor requestor) : base(requestor)
    {
    }

    public virtual Task<Product> CreateAsync(ProductCreateOptions options, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Product>(HttpMethod.Post, "/v1/products", options, requestOptions, cancellationToken);

    public virtual Task<Product> DeleteAsync(string id, ProductDeleteOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Product>(HttpMethod.Delete, $"/v1/products/{Segment(id)}", options, requestOptions, cancellationToken);

    public virtual Task<Product> GetAsync(string id, ProductGetOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Product>(HttpMethod.Get, $"/v1/products/{Segment(id)}", options, requestOptions, cancellationToken);

    public virtual Task<StripeList<Product>> ListAsync(ProductListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<StripeList<Product>>(HttpMethod.Get, "/v1/products", options, requestOptions, cancellationToken);

    public virtual IAsyncEnumerable<Product> ListAutoPagingAsync(ProductListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        PagesAsync<Product>("/v1/products", options, requestOptions, cancellationToken);

    public virtual Task<StripeSearchResult<Product>> SearchAsync(ProductSearchOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<StripeSearchResult<Product>>(HttpMethod.Get, "/v1/products/search", options, requestOptions, cancellationToken);

    public virtual IAsyncEnumerable<Product> SearchAutoPagingAsync(ProductSearchOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SearchPagesAsync<Product>("/v1/products/search", options, requestOptions, cancellationToken);

    public virtual Task<Product> UpdateAsync(string id, ProductUpdateOptions options, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Product>(HttpMethod.Post, $"/v1/products/{Segment(id)}", options, requestOptions, cancellationToken);
}
