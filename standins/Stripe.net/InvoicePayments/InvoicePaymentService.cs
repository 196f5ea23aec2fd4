namespace Stripe;

public class InvoicePaymentService : Service
{
    public InvoicePaymentService()
    {
    }

    public InvoicePaymentService(IStripeClient client) : base(client)
    {
    }

    internal InvoicePaymentService(ApiRequestor requestor) : base(requestor)
    {
    }

    public virtual Task<InvoicePayment> GetAsync(string id, InvoicePaymentGetOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<InvoicePayment>(HttpMethod.Get, $"/v1/invoice_payments/{Segment(id)}", options, requestOptions, cancellationToken);

    public virtual Task<StripeList<InvoicePayment>> ListAsync(InvoicePaymentListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<StripeList<InvoicePayment>>(HttpMethod.Get, "/v1/invoice_payments", options, requestOptions, cancellationToken);

    public virtual IAsyncEnumerable<InvoicePayment> ListAutoPagingAsync(InvoicePaymentListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        PagesAsync<InvoicePayment>("/v1/invoice_payments", options, requestOptions, cancellationToken);
}
