namespace Stripe;

public class CustomerPaymentMethodService : Service
{
    public CustomerPaymentMethodService()
    {
    }

    public CustomerPaymentMethodService(IStripeClient client) : base(client)
    {
    }

    internal CustomerPaymentMethodService(ApiRequestor requestor) : base(requestor)
    {
    }

    public virtual Task<PaymentMethod> GetAsync(string parentId, string id, CustomerPaymentMethodGetOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<PaymentMethod>(HttpMethod.Get, $"/v1/customers/{Segment(parentId)}/payment_methods/{Segment(id)}", options, requestOptions, cancellationToken);

    public virtual Task<StripeList<PaymentMethod>> ListAsync(string parentId, CustomerPaymentMethodListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<StripeList<PaymentMethod>>(HttpMethod.Get, $"/v1/customers/{Segment(parentId)}/payment_methods", options, requestOptions, cancellationToken);

    public virtual IAsyncEnumerable<PaymentMethod> ListAutoPagingAsync(string parentId, CustomerPaymentMethodListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        PagesAsync<PaymentMethod>($"/v1/customers/{Segment(parentId)}/payment_methods", options, requestOptions, cancellationToken);
}
