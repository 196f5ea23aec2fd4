namespace Stripe;

public class InvoiceService : Service
{
    public InvoiceService()
    {
    }

    public InvoiceService(IStripeClient client) : base(client)
    {
    }

    internal InvoiceService(ApiRequestor requestor) : base(requestor)
    {
    }

    public virtual InvoiceLineItemService LineItems => field ??= new(Requestor);

    public virtual Task<Invoice> AddLinesAsync(string id, InvoiceAddLinesOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Invoice>(HttpMethod.Post, $"/v1/invoices/{Segment(id)}/add_lines", options, requestOptions, cancellationToken);

    public virtual Task<Invoice> AttachPaymentAsync(string id, InvoiceAttachPaymentOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Invoice>(HttpMethod.Post, $"/v1/invoices/{Segment(id)}/attach_payment", options, requestOptions, cancellationToken);

    public virtual Task<Invoice> CreateAsync(InvoiceCreateOptions options, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Invoice>(HttpMethod.Post, "/v1/invoices", options, requestOptions, cancellationToken);

    public virtual Task<Invoice> CreatePreviewAsync(InvoiceCreatePreviewOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Invoice>(HttpMethod.Post, "/v1/invoices/create_preview", options, requestOptions, cancellationToken);

    public virtual Task<Invoice> DeleteAsync(string id, InvoiceDeleteOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Invoice>(HttpMethod.Delete, $"/v1/invoices/{Segment(id)}", options, requestOptions, cancellationToken);

    public virtual Task<Invoice> FinalizeInvoiceAsync(string id, InvoiceFinalizeOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Invoice>(HttpMethod.Post, $"/v1/invoices/{Segment(id)}/finalize", options, requestOptions, cancellationToken);

    public virtual Task<Invoice> GetAsync(string id, InvoiceGetOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Invoice>(HttpMethod.Get, $"/v1/invoices/{Segment(id)}", options, requestOptions, cancellationToken);

    public virtual Task<StripeList<Invoice>> ListAsync(InvoiceListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<StripeList<Invoice>>(HttpMethod.Get, "/v1/invoices", options, requestOptions, cancellationToken);

    public virtual IAsyncEnumerable<Invoice> ListAutoPagingAsync(InvoiceListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        PagesAsync<Invoice>("/v1/invoices", options, requestOptions, cancellationToken);

    public virtual Task<Invoice> MarkUncollectibleAsync(string id, InvoiceMarkUncollectibleOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Invoice>(HttpMethod.Post, $"/v1/invoices/{Segment(id)}/mark_uncollectible", options, requestOptions, cancellationToken);

    public virtual Task<Invoice> PayAsync(string id, InvoicePayOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Invoice>(HttpMethod.Post, $"/v1/invoices/{Segment(id)}/pay", options, requestOptions, cancellationToken);

    public virtual Task<Invoice> RemoveLinesAsync(string id, InvoiceRemoveLinesOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Invoice>(HttpMethod.Post, $"/v1/invoices/{Segment(id)}/remove_lines", options, requestOptions, cancellationToken);

    public virtual Task<StripeSearchResult<Invoice>> SearchAsync(InvoiceSearchOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<StripeSearchResult<Invoice>>(HttpMethod.Get, "/v1/invoices/search", options, requestOptions, cancellationToken);

    public virtual IAsyncEnumerable<Invoice> SearchAutoPagingAsync(InvoiceSearchOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SearchPagesAsync<Invoice>("/v1/invoices/search", options, requestOptions, cancellationToken);

    public virtual Task<Invoice> SendInvoiceAsync(string id, InvoiceSendOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Invoice>(HttpMethod.Post, $"/v1/invoices/{Segment(id)}/send", options, requestOptions, cancellationToken);

    public virtual Task<Invoice> UpdateAsync(string id, InvoiceUpdateOptions options, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Invoice>(HttpMethod.Post, $"/v1/invoices/{Segment(id)}", options, requestOptions, cancellationToken);

    public virtual Task<Invoice> UpdateLinesAsync(string id, InvoiceUpdateLinesOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Invoice>(HttpMethod.Post, $"/v1/invoices/{Segment(id)}/update_lines", options, requestOptions, cancellationToken);

    public virtual Task<Invoice> VoidInvoiceAsync(string id, InvoiceVoidOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Invoice>(HttpMethod.Post, $"/v1/invoices/{Segment(id)}/void", options, requestOptions, cancellationToken);

    public virtual Task<StripeList<InvoiceLineItem>> ListLineItemsAsync(string id, InvoiceListLineItemsOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<StripeList<InvoiceLineItem>>(HttpMethod.Get, $"/v1/invoices/{Segment(id)}/lines", options, requestOptions, cancellationToken);

    public virtual IAsyncEnumerable<InvoiceLineItem> ListLineItemsAutoPagingAsync(string id, InvoiceListLineItemsOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        PagesAsync<InvoiceLineItem>($"/v1/invoices/{Segment(id)}/lines", options, requestOptions, cancellationToken);

    public virtual Task<InvoiceLineItem> UpdateLinesAsync(string parentId, string id, InvoiceUpdateInvoiceLineItemsOptions options, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<InvoiceLineItem>(HttpMethod.Post, $"/v1/invoices/{Segment(parentId)}/lines/{Segment(id)}", options, requestOptions, cancellationToken);
}
