namespace Stripe;

public class CreditNotePreviewLinesService : Service
{
    public CreditNotePreviewLinesService()
    {
    }

    public CreditNotePreviewLinesService(IStripeClient client) : base(client)
    {
    }

    internal CreditNotePreviewLinesService(ApiRequestor requestor) : base(requestor)
    {
    }

    public virtual Task<StripeList<CreditNoteLineItem>> ListAsync(CreditNotePreviewLinesListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<StripeList<CreditNoteLineItem>>(HttpMethod.Get, "/v1/credit_notes/preview/lines", options, requestOptions, cancellationToken);

    public virtual IAsyncEnumerable<CreditNoteLineItem> ListAutoPagingAsync(CreditNotePreviewLinesListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        PagesAsync<CreditNoteLineItem>("/v1/credit_notes/preview/lines", options, requestOptions, cancellationToken);
}
