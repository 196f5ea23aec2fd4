namespace Stripe;

public class ChargeService : Service
{
    public ChargeService()
    {
    }

    public ChargeService(IStripeClient client) : base(client)
    {
    }

    internal ChargeService(ApiRequestor requestor) : base(requestor)
    {
    }

    public virtual Task<Charge> CaptureAsync(string id, ChargeCaptureOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Charge>(HttpMethod.Post, $"/v1/charges/{Segment(id)}/capture", options, requestOptions, cancellationToken);

    public virtual Task<Charge> CreateAsync(ChargeCreateOptions options, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Charge>(HttpMethod.Post, "/v1/charges", options, requestOptions, cancellationToken);

    public virtual Task<Charge> GetAsync(string id, ChargeGetOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Charge>(HttpMethod.Get, $"/v1/charges/{Segment(id)}", options, requestOptions, cancellationToken);

    public virtual Task<StripeList<Charge>> ListAsync(ChargeListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<StripeList<Charge>>(HttpMethod.Get, "/v1/charges", options, requestOptions, cancellationToken);

    public virtual IAsyncEnumerable<Charge> ListAutoPagingAsync(ChargeListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        PagesAsync<Charge>("/v1/charges", options, requestOptions, cancellationToken);

    public virtual Task<StripeSearchResult<Charge>> SearchAsync(ChargeSearchOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<StripeSearchResult<Charge>>(HttpMethod.Get, "/v1/charges/search", options, requestOptions, cancellationToken);

    public virtual IAsyncEnumerable<Charge> SearchAutoPagingAsync(ChargeSearchOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SearchPagesAsync<Charge>("/v1/charges/search", options, requestOptions, cancellationToken);

    public virtual Task<Charge> UpdateAsync(string id, ChargeUpdateOptions options, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Charge>(HttpMethod.Post, $"/v1/charges/{Segment(id)}", options, requestOptions, cancellationToken);
}
