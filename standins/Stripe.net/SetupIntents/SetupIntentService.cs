namespace Stripe;

public class SetupIntentService : Service
{
    public SetupIntentService()
    {
    }

    public SetupIntentService(IStripeClient client) : base(client)
    {
    }

    internal SetupIntentService(ApiRequestor requestor) : base(requestor)
    {
    }

    public virtual Task<SetupIntent> CancelAsync(string id, SetupIntentCancelOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<SetupIntent>(HttpMethod.Post, $"/v1/setup_intents/{Segment(id)}/cancel", options, requestOptions, cancellationToken);

    public virtual Task<SetupIntent> ConfirmAsync(string id, SetupIntentConfirmOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<SetupIntent>(HttpMethod.Post, $"/v1/setup_intents/{Segment(id)}/confirm", options, requestOptions, cancellationToken);

    public virtual Task<SetupIntent> CreateAsync(SetupIntentCreateOptions options, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<SetupIntent>(HttpMethod.Post, "/v1/setup_intents", options, requestOptions, cancellationToken);

    public virtual Task<SetupIntent> GetAsync(string id, SetupIntentGetOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<SetupIntent>(HttpMethod.Get, $"/v1/setup_intents/{Segment(id)}", options, requestOptions, cancellationToken);

    public virtual Task<StripeList<SetupIntent>> ListAsync(SetupIntentListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<StripeList<SetupIntent>>(HttpMethod.Get, "/v1/setup_intents", options, requestOptions, cancellationToken);

    public virtual IAsyncEnumerable<SetupIntent> ListAutoPagingAsync(SetupIntentListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        PagesAsync<SetupIntent>("/v1/setup_intents", options, requestOptions, cancellationToken);

    public virtual Task<SetupIntent> UpdateAsync(string id, SetupIntentUpdateOptions options, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<SetupIntent>(HttpMethod.Post, $"/v1/setup_intents/{Segment(id)}", options, requestOptions, cancellationToken);

    public virtual Task<SetupIntent> VerifyMicrodepositsAsync(string id, SetupIntentVerifyMicrodepositsOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<SetupIntent>(HttpMethod.Post, $"/v1/setup_intents/{Segment(id)}/verify_microdeposits", options, requestOptions, cancellationToken);
}
