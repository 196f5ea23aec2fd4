using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class DiscountSource : StripeEntity<DiscountSource>
{
    [JsonIgnore] public string CouponId { get => CouponField?.Id; set => CouponField = SetExpandableFieldId(value, CouponField); }
    [JsonIgnore] public Coupon Coupon { get => CouponField?.ExpandedObject; set => CouponField = SetExpandableFieldObject(value, CouponField); }
    [JsonPropertyName("coupon")] internal ExpandableField<Coupon> CouponField { get; set; }
    public string Type { get; set; }
}
