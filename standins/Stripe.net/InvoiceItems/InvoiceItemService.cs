namespace Stripe;

public class InvoiceItemService : Service
{
    public InvoiceItemService()
    {
    }

    public InvoiceItemService(IStripeClient client) : base(client)
    {
    }

    internal InvoiceItemService(ApiRequestor requestor) : base(requestor)
    {
    }

    public virtual Task<InvoiceItem> CreateAsync(InvoiceItemCreateOptions options, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<InvoiceItem>(HttpMethod.Post, "/v1/invoiceitems", options, requestOptions, cancellationToken);

    public virtual Task<InvoiceItem> DeleteAsync(string id, InvoiceItemDeleteOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<InvoiceItem>(HttpMethod.Delete, $"/v1/invoiceitems/{Segment(id)}", options, requestOptions, cancellationToken);

    public virtual Task<InvoiceItem> GetAsync(string id, InvoiceItemGetOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<InvoiceItem>(HttpMethod.Get, $"/v1/invoiceitems/{Segment(id)}", options, requestOptions, cancellationToken);

    public virtual Task<StripeList<InvoiceItem>> ListAsync(InvoiceItemListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<StripeList<InvoiceItem>>(HttpMethod.Get, "/v1/invoiceitems", options, requestOptions, cancellationToken);

    public virtual IAsyncEnumerable<InvoiceItem> ListAutoPagingAsync(InvoiceItemListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        PagesAsync<InvoiceItem>("/v1/invoiceitems", options, requestOptions, cancellationToken);

    public virtual Task<InvoiceItem> UpdateAsync(string id, InvoiceItemUpdateOptions options, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<InvoiceItem>(HttpMethod.Post, $"/v1/invoiceitems/{Segment(id)}", options, requestOptions, cancellationToken);
}
