namespace Stripe.TestHelpers;

public class TestClockService : Service
{
    public TestClockService()
    {
    }

    public TestClockService(IStripeClient client) : base(client)
    {
    }

    internal TestClockService(ApiRequestor requestor) : base(requestor)
    {
    }

    public virtual Task<TestClock> AdvanceAsync(string id, TestClockAdvanceOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<TestClock>(HttpMethod.Post, $"/v1/test_helpers/test_clocks/{Segment(id)}/advance", options, requestOptions, cancellationToken);

    public virtual Task<TestClock> CreateAsync(TestClockCreateOptions options, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<TestClock>(HttpMethod.Post, "/v1/test_helpers/test_clocks", options, requestOptions, cancellationToken);

    public virtual Task<TestClock> DeleteAsync(string id, TestClockDeleteOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<TestClock>(HttpMethod.Delete, $"/v1/test_helpers/test_clocks/{Segment(id)}", options, requestOptions, cancellationToken);

    public virtual Task<TestClock> GetAsync(string id, TestClockGetOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<TestClock>(HttpMethod.Get, $"/v1/test_helpers/test_clocks/{Segment(id)}", options, requestOptions, cancellationToken);

    public virtual Task<StripeList<TestClock>> ListAsync(TestClockListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<StripeList<TestClock>>(HttpMethod.Get, "/v1/test_helpers/test_clocks", options, requestOptions, cancellationToken);

    public virtual IAsyncEnumerable<TestClock> ListAutoPagingAsync(TestClockListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        PagesAsync<TestClock>("/v1/test_helpers/test_clocks", options, requestOptions, cancellationToken);
}
