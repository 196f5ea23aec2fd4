namespace Stripe;

public class CouponService : Service
{
    public CouponService()
    {
    }

    public CouponService(IStripeClient client) : base(client)
    {
    }

    internal CouponService(ApiRequestor requestor) : base(requestor)
    {
    }

    public virtual Task<Coupon> CreateAsync(CouponCreateOptions options, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Coupon>(HttpMethod.Post, "/v1/coupons", options, requestOptions, cancellationToken);

    public virtual Task<Coupon> DeleteAsync(string id, CouponDeleteOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Coupon>(HttpMethod.Delete, $"/v1/coupons/{Segment(id)}", options, requestOptions, cancellationToken);

    public virtual Task<Coupon> GetAsync(string id, CouponGetOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Coupon>(HttpMethod.Get, $"/v1/coupons/{Segment(id)}", options, requestOptions, cancellationToken);

    public virtual Task<StripeList<Coupon>> ListAsync(CouponListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<StripeList<Coupon>>(HttpMethod.Get, "/v1/coupons", options, requestOptions, cancellationToken);

    public virtual IAsyncEnumerable<Coupon> ListAutoPagingAsync(CouponListOptions options = null, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        PagesAsync<Coupon>("/v1/coupons", options, requestOptions, cancellationToken);

    public virtual Task<Coupon> UpdateAsync(string id, CouponUpdateOptions options, RequestOptions requestOptions = null, CancellationToken cancellationToken = default) =>
        SendAsync<Coupon>(HttpMethod.Post, $"/v1/coupons/{Segment(id)}", options, requestOptions, cancellationToken);
}
