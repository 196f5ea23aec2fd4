namespace Stripe;

public class PromotionCodeService : Service
{
    public PromotionCodeService()
    {
    }

    public PromotionCodeService(IStripeClient client) : base(client)
    {
    }

    internal PromotionCodeService(ApiRequestor requestor) : base(requestor)
    {
    }

    public virtual Task<PromotionCode> CreateAsync(PromotionCodeCreateOptions options, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<PromotionCode>(HttpMethod.Post, "/v1/promotion_codes", options, requestOptions, cancellationToken);

    public virtual Task<PromotionCode> GetAsync(string id, PromotionCodeGetOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<PromotionCode>(HttpMethod.Get, $"/v1/promotion_codes/{Segment(id)}", options, requestOptions, cancellationToken);

    public virtual Task<StripeList<PromotionCode>> ListAsync(PromotionCodeListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<StripeList<PromotionCode>>(HttpMethod.Get, "/v1/promotion_codes", options, requestOptions, cancellationToken);

    public virtual IAsyncEnumerable<PromotionCode> ListAutoPagingAsync(PromotionCodeListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        PagesAsync<PromotionCode>("/v1/promotion_codes", options, requestOptions, cancellationToken);

    public virtual Task<PromotionCode> UpdateAsync(string id, PromotionCodeUpdateOptions options, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<PromotionCode>(HttpMethod.Post, $"/v1/promotion_codes/{Segment(id)}", options, requestOptions, cancellationToken);
}
