namespace Stripe;

public class TaxRateService : Service
{
    public TaxRateService()
    {
    }

    public TaxRateService(IStripeClient client) : base(client)
    {
    }

    internal TaxRateService(ApiRequestor requestor) : base(requestor)
    {
    }

    public virtual Task<TaxRate> CreateAsync(TaxRateCreateOptions options, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<TaxRate>(HttpMethod.Post, "/v1/tax_rates", options, requestOptions, cancellationToken);

    public virtual Task<TaxRate> GetAsync(string id, TaxRateGetOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<TaxRate>(HttpMethod.Get, $"/v1/tax_rates/{Segment(id)}", options, requestOptions, cancellationToken);

    public virtual Task<StripeList<TaxRate>> ListAsync(TaxRateListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<StripeList<TaxRate>>(HttpMethod.Get, "/v1/tax_rates", options, requestOptions, cancellationToken);

    public virtual IAsyncEnumerable<TaxRate> ListAutoPagingAsync(TaxRateListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        PagesAsync<TaxRate>("/v1/tax_rates", options, requestOptions, cancellationToken);

    public virtual Task<TaxRate> UpdateAsync(string id, TaxRateUpdateOptions options, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<TaxRate>(HttpMethod.Post, $"/v1/tax_rates/{Segment(id)}", options, requestOptions, cancellationToken);
}
