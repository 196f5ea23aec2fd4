using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class PromotionCodePromotion : StripeEntity<PromotionCodePromotion>
{
    [JsonIgnore] public string CouponId { get => CouponField?.Id; set => CouponField = SetExpandableFieldId(value, CouponField); }
    [JsonIgnore] public Coupon Coupon { get => CouponField?.ExpandedObject; set => CouponField = SetExpandableFieldObject(value, CouponField); }
    [JsonPropertyName("coupon")] internal ExpandableField<Coupon> CouponField { get; set; }
    public string Type { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class PromotionCodeRestrictions : StripeEntity<PromotionCodeRestrictions>
{
    public Dictionary<string, PromotionCodeRestrictionsCurrencyOptions> CurrencyOptions { get; set; }
    public bool FirstTimeTransaction { get; set; }
    public long? MinimumAmount { get; set; }
    public string MinimumAmountCurrency { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class PromotionCodeRestrictionsCurrencyOptions : StripeEntity<PromotionCodeRestrictionsCurrencyOptions>
{
    public long MinimumAmount { get; set; }
}
