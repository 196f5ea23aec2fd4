namespace Stripe;

public class CustomerTaxIdService : Service
{
    public CustomerTaxIdService()
    {
    }

    public CustomerTaxIdService(IStripeClient client) : base(client)
    {
    }

    internal CustomerTaxIdService(ApiRequestor requestor) : base(requestor)
    {
    }

    public virtual Task<TaxId> CreateAsync(string parentId, CustomerTaxIdCreateOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<TaxId>(HttpMethod.Post, $"/v1/customers/{Segment(parentId)}/tax_ids", options, requestOptions, cancellationToken);

    public virtual Task<TaxId> DeleteAsync(string parentId, string id, CustomerTaxIdDeleteOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<TaxId>(HttpMethod.Delete, $"/v1/customers/{Segment(parentId)}/tax_ids/{Segment(id)}", options, requestOptions, cancellationToken);

    public virtual Task<TaxId> GetAsync(string parentId, string id, CustomerTaxIdGetOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<TaxId>(HttpMethod.Get, $"/v1/customers/{Segment(parentId)}/tax_ids/{Segment(id)}", options, requestOptions, cancellationToken);

    public virtual Task<StripeList<TaxId>> ListAsync(string parentId, CustomerTaxIdListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<StripeList<TaxId>>(HttpMethod.Get, $"/v1/customers/{Segment(parentId)}/tax_ids", options, requestOptions, cancellationToken);

    public virtual IAsyncEnumerable<TaxId> ListAutoPagingAsync(string parentId, CustomerTaxIdListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        PagesAsync<TaxId>($"/v1/customers/{Segment(parentId)}/tax_ids", options, requestOptions, cancellationToken);
}
