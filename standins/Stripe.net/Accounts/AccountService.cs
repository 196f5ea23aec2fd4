namespace Stripe;

public class AccountService : Service
{
    public AccountService()
    {
    }

    public AccountService(IStripeClient client) : base(client)
    {
    }

    internal AccountService(ApiRequestor requestor) : base(requestor)
    {
    }

    public virtual Task<Account> GetAsync(string id, AccountGetOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Account>(HttpMethod.Get, $"/v1/accounts/{Segment(id)}", options, requestOptions, cancellationToken);

    public virtual Task<StripeList<Account>> ListAsync(AccountListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<StripeList<Account>>(HttpMethod.Get, "/v1/accounts", options, requestOptions, cancellationToken);

    public virtual IAsyncEnumerable<Account> ListAutoPagingAsync(AccountListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        PagesAsync<Account>("/v1/accounts", options, requestOptions, cancellationToken);

    public virtual Task<Account> GetSelfAsync(RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Account>(HttpMethod.Get, "/v1/account", null, requestOptions, cancellationToken);
}
