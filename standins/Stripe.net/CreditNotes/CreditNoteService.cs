namespace Stripe;

public class CreditNoteService : Service
{
    public CreditNoteService()
    {
    }

    public CreditNoteService(IStripeClient client) : base(client)
    {
    }

    internal CreditNoteService(ApiRequestor requestor) : base(requestor)
    {
    }

    public virtual CreditNotePreviewLinesService PreviewLines => field ??= new(Requestor);

    public virtual Task<CreditNote> CreateAsync(CreditNoteCreateOptions options, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<CreditNote>(HttpMethod.Post, "/v1/credit_notes", options, requestOptions, cancellationToken);

    public virtual Task<CreditNote> GetAsync(string id, CreditNoteGetOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<CreditNote>(HttpMethod.Get, $"/v1/credit_notes/{Segment(id)}", options, requestOptions, cancellationToken);

    public virtual Task<StripeList<CreditNote>> ListAsync(CreditNoteListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<StripeList<CreditNote>>(HttpMethod.Get, "/v1/credit_notes", options, requestOptions, cancellationToken);

    public virtual IAsyncEnumerable<CreditNote> ListAutoPagingAsync(CreditNoteListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        PagesAsync<CreditNote>("/v1/credit_notes", options, requestOptions, cancellationToken);

    public virtual Task<StripeList<CreditNoteLineItem>> ListLineItemsAsync(string id, CreditNoteListLineItemsOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<StripeList<CreditNoteLineItem>>(HttpMethod.Get, $"/v1/credit_notes/{Segment(id)}/lines", options, requestOptions, cancellationToken);

    public virtual IAsyncEnumerable<CreditNoteLineItem> ListLineItemsAutoPagingAsync(string id, CreditNoteListLineItemsOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        PagesAsync<CreditNoteLineItem>($"/v1/credit_notes/{Segment(id)}/lines", options, requestOptions, cancellationToken);

    public virtual Task<CreditNote> PreviewAsync(CreditNotePreviewOptions options, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<CreditNote>(HttpMethod.Get, "/v1/credit_notes/preview", options, requestOptions, cancellationToken);

    public virtual Task<CreditNote> UpdateAsync(string id, CreditNoteUpdateOptions options, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<CreditNote>(HttpMethod.Post, $"/v1/credit_notes/{Segment(id)}", options, requestOptions, cancellationToken);

    public virtual Task<CreditNote> VoidCreditNoteAsync(string id, CreditNoteVoidOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<CreditNote>(HttpMethod.Post, $"/v1/credit_notes/{Segment(id)}/void", options, requestOptions, cancellationToken);

    public virtual Task<StripeList<CreditNoteLineItem>> ListPreviewLineItemsAsync(CreditNoteListPreviewLineItemsOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<StripeList<CreditNoteLineItem>>(HttpMethod.Get, "/v1/credit_notes/preview/lines", options, requestOptions, cancellationToken);

    public virtual IAsyncEnumerable<CreditNoteLineItem> ListPreviewLineItemsAutoPagingAsync(CreditNoteListPreviewLineItemsOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        PagesAsync<CreditNoteLineItem>("/v1/credit_notes/preview/lines", options, requestOptions, cancellationToken);
}
