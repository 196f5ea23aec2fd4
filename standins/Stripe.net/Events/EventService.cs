namespace Stripe;

public class EventService : Service
{
    public EventService()
    {
    }

    public EventService(IStripeClient client) : base(client)
    {
    }

    internal EventService(ApiRequestor requestor) : base(requestor)
    {
    }

    public virtual Task<Event> GetAsync(string id, EventGetOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Event>(HttpMethod.Get, $"/v1/events/{Segment(id)}", options, requestOptions, cancellationToken);

    public virtual Task<StripeList<Event>> ListAsync(EventListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<StripeList<Event>>(HttpMethod.Get, "/v1/events", options, requestOptions, cancellationToken);

    public virtual IAsyncEnumerable<Event> ListAutoPagingAsync(EventListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        PagesAsync<Event>("/v1/events", options, requestOptions, cancellationToken);
}
