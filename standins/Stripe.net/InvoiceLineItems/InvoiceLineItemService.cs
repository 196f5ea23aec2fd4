namespace Stripe;

public class InvoiceLineItemService : Service
{
    public InvoiceLineItemService()
    {
    }

    public InvoiceLineItemService(IStripeClient client) : base(client)
    {
    }

    internal InvoiceLineItemService(ApiRequestor requestor) : base(requestor)
    {
    }

    public virtual Task<StripeList<InvoiceLineItem>> ListAsync(string parentId, InvoiceLineItemListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<StripeList<InvoiceLineItem>>(HttpMethod.Get, $"/v1/invoices/{Segment(parentId)}/lines", options, requestOptions, cancellationToken);

    public virtual IAsyncEnumerable<InvoiceLineItem> ListAutoPagingAsync(string parentId, InvoiceLineItemListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        PagesAsync<InvoiceLineItem>($"/v1/invoices/{Segment(parentId)}/lines", options, requestOptions, cancellationToken);

    public virtual Task<InvoiceLineItem> UpdateAsync(string parentId, string id, InvoiceLineItemUpdateOptions options, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<InvoiceLineItem>(HttpMethod.Post, $"/v1/invoices/{Segment(parentId)}/lines/{Segment(id)}", options, requestOptions, cancellationToken);
}
