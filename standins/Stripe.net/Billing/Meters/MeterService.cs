namespace Stripe.Billing;

public class MeterService : Service
{
    public MeterService()
    {
    }

    public MeterService(IStripeClient client) : base(client)
    {
    }

    internal MeterService(ApiRequestor requestor) : base(requestor)
    {
    }

    public virtual MeterEventSummaryService EventSummaries => field ??= new(Requestor);

    public virtual Task<Meter> CreateAsync(MeterCreateOptions options, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Meter>(HttpMethod.Post, "/v1/billing/meters", options, requestOptions, cancellationToken);

    public virtual Task<Meter> DeactivateAsync(string id, MeterDeactivateOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Meter>(HttpMethod.Post, $"/v1/billing/meters/{Segment(id)}/deactivate", options, requestOptions, cancellationToken);

    public virtual Task<Meter> GetAsync(string id, MeterGetOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Meter>(HttpMethod.Get, $"/v1/billing/meters/{Segment(id)}", options, requestOptions, cancellationToken);

    public virtual Task<StripeList<Meter>> ListAsync(MeterListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<StripeList<Meter>>(HttpMethod.Get, "/v1/billing/meters", options, requestOptions, cancellationToken);

    public virtual IAsyncEnumerable<Meter> ListAutoPagingAsync(MeterListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        PagesAsync<Meter>("/v1/billing/meters", options, requestOptions, cancellationToken);

    public virtual Task<Meter> ReactivateAsync(string id, MeterReactivateOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Meter>(HttpMethod.Post, $"/v1/billing/meters/{Segment(id)}/reactivate", options, requestOptions, cancellationToken);

    public virtual Task<Meter> UpdateAsync(string id, MeterUpdateOptions options, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Meter>(HttpMethod.Post, $"/v1/billing/meters/{Segment(id)}", options, requestOptions, cancellationToken);
}
