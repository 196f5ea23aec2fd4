namespace Stripe;

public class PaymentMethodService : Service
{
    public PaymentMethodService()
    {
    }

    public PaymentMethodService(IStripeClient client) : base(client)
    {
    }

    internal PaymentMethodService(ApiRequestor requestor) : base(requestor)
    {
    }

    public virtual Task<PaymentMethod> AttachAsync(string id, PaymentMethodAttachOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<PaymentMethod>(HttpMethod.Post, $"/v1/payment_methods/{Segment(id)}/attach", options, requestOptions, cancellationToken);

    public virtual Task<PaymentMethod> CreateAsync(PaymentMethodCreateOptions options, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<PaymentMethod>(HttpMethod.Post, "/v1/payment_methods", options, requestOptions, cancellationToken);

    public virtual Task<PaymentMethod> DetachAsync(string id, PaymentMethodDetachOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<PaymentMethod>(HttpMethod.Post, $"/v1/payment_methods/{Segment(id)}/detach", options, requestOptions, cancellationToken);

    public virtual Task<PaymentMethod> GetAsync(string id, PaymentMethodGetOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<PaymentMethod>(HttpMethod.Get, $"/v1/payment_methods/{Segment(id)}", options, requestOptions, cancellationToken);

    public virtual Task<StripeList<PaymentMethod>> ListAsync(PaymentMethodListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<StripeList<PaymentMethod>>(HttpMethod.Get, "/v1/payment_methods", options, requestOptions, cancellationToken);

    public virtual IAsyncEnumerable<PaymentMethod> ListAutoPagingAsync(PaymentMethodListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        PagesAsync<PaymentMethod>("/v1/payment_methods", options, requestOptions, cancellationToken);

    public virtual Task<PaymentMethod> UpdateAsync(string id, PaymentMethodUpdateOptions options, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<PaymentMethod>(HttpMethod.Post, $"/v1/payment_methods/{Segment(id)}", options, requestOptions, cancellationToken);
}
