namespace Stripe;

public class CustomerBalanceTransactionService : Service
{
    public CustomerBalanceTransactionService()
    {
    }

    public CustomerBalanceTransactionService(IStripeClient client) : base(client)
    {
    }

    internal CustomerBalanceTransactionService(ApiRequestor requestor) : base(requestor)
    {
    }

    public virtual Task<CustomerBalanceTransaction> CreateAsync(string parentId, CustomerBalanceTransactionCreateOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<CustomerBalanceTransaction>(HttpMethod.Post, $"/v1/customers/{Segment(parentId)}/balance_transactions", options, requestOptions, cancellationToken);

    public virtual Task<CustomerBalanceTransaction> GetAsync(string parentId, string id, CustomerBalanceTransactionGetOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<CustomerBalanceTransaction>(HttpMethod.Get, $"/v1/customers/{Segment(parentId)}/balance_transactions/{Segment(id)}", options, requestOptions, cancellationToken);

    public virtual Task<StripeList<CustomerBalanceTransaction>> ListAsync(string parentId, CustomerBalanceTransactionListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<StripeList<CustomerBalanceTransaction>>(HttpMethod.Get, $"/v1/customers/{Segment(parentId)}/balance_transactions", options, requestOptions, cancellationToken);

    public virtual IAsyncEnumerable<CustomerBalanceTransaction> ListAutoPagingAsync(string parentId, CustomerBalanceTransactionListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        PagesAsync<CustomerBalanceTransaction>($"/v1/customers/{Segment(parentId)}/balance_transactions", options, requestOptions, cancellationToken);

    public virtual Task<CustomerBalanceTransaction> UpdateAsync(string parentId, string id, CustomerBalanceTransactionUpdateOptions options, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<CustomerBalanceTransaction>(HttpMethod.Post, $"/v1/customers/{Segment(parentId)}/balance_transactions/{Segment(id)}", options, requestOptions, cancellationToken);
}
