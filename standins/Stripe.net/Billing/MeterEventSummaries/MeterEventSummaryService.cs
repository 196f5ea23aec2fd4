namespace Stripe.Billing;

public class MeterEventSummaryService : Service
{
    public MeterEventSummaryService()
    {
    }

    public MeterEventSummaryService(IStripeClient client) : base(client)
    {
    }

    internal MeterEventSummaryService(ApiRequestor requestor) : base(requestor)
    {
    }

    public virtual Task<StripeList<MeterEventSummary>> ListAsync(string parentId, MeterEventSummaryListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<StripeList<MeterEventSummary>>(HttpMethod.Get, $"/v1/billing/meters/{Segment(parentId)}/event_summaries", options, requestOptions, cancellationToken);

    public virtual IAsyncEnumerable<MeterEventSummary> ListAutoPagingAsync(string parentId, MeterEventSummaryListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        PagesAsync<MeterEventSummary>($"/v1/billing/meters/{Segment(parentId)}/event_summaries", options, requestOptions, cancellationToken);
}
