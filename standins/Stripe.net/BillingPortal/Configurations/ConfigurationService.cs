namespace Stripe.BillingPortal;

public class ConfigurationService : Service
{
    public ConfigurationService()
    {
    }

    public ConfigurationService(IStripeClient client) : base(client)
    {
    }

    internal ConfigurationService(ApiRequestor requestor) : base(requestor)
    {
    }

    public virtual Task<Configuration> CreateAsync(ConfigurationCreateOptions options, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Configuration>(HttpMethod.Post, "/v1/billing_portal/configurations", options, requestOptions, cancellationToken);

    public virtual Task<Configuration> GetAsync(string id, ConfigurationGetOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Configuration>(HttpMethod.Get, $"/v1/billing_portal/configurations/{Segment(id)}", options, requestOptions, cancellationToken);

    public virtual Task<StripeList<Configuration>> ListAsync(ConfigurationListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<StripeList<Configuration>>(HttpMethod.Get, "/v1/billing_portal/configurations", options, requestOptions, cancellationToken);

    public virtual IAsyncEnumerable<Configuration> ListAutoPagingAsync(ConfigurationListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        PagesAsync<Configuration>("/v1/billing_portal/configurations", options, requestOptions, cancellationToken);

    public virtual Task<Configuration> UpdateAsync(string id, ConfigurationUpdateOptions options, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Configuration>(HttpMethod.Post, $"/v1/billing_portal/configurations/{Segment(id)}", options, requestOptions, cancellationToken);
}
