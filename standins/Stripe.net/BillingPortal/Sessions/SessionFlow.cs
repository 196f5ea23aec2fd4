using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe.BillingPortal;

[JsonConverter(typeof(EntityConverter))]
public class SessionFlow : StripeEntity<SessionFlow>
{
    public SessionFlowAfterCompletion AfterCompletion { get; set; }
    public SessionFlowSubscriptionCancel SubscriptionCancel { get; set; }
    public SessionFlowSubscriptionUpdate SubscriptionUpdate { get; set; }
    public SessionFlowSubscriptionUpdateConfirm SubscriptionUpdateConfirm { get; set; }
    public string Type { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionFlowAfterCompletion : StripeEntity<SessionFlowAfterCompletion>
{
    public SessionFlowAfterCompletionHostedConfirmation HostedConfirmation { get; set; }
    public SessionFlowAfterCompletionRedirect Redirect { get; set; }
    public string Type { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionFlowAfterCompletionHostedConfirmation : StripeEntity<SessionFlowAfterCompletionHostedConfirmation>
{
    public string CustomMessage { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionFlowAfterCompletionRedirect : StripeEntity<SessionFlowAfterCompletionRedirect>
{
    public string ReturnUrl { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionFlowSubscriptionCancel : StripeEntity<SessionFlowSubscriptionCancel>
{
    public SessionFlowSubscriptionCancelRetention Retention { get; set; }
    public string Subscription { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionFlowSubscriptionCancelRetention : StripeEntity<SessionFlowSubscriptionCancelRetention>
{
    public SessionFlowSubscriptionCancelRetentionCouponOffer CouponOffer { get; set; }
    public string Type { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionFlowSubscriptionCancelRetentionCouponOffer : StripeEntity<SessionFlowSubscriptionCancelRetentionCouponOffer>
{
    public string Coupon { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionFlowSubscriptionUpdate : StripeEntity<SessionFlowSubscriptionUpdate>
{
    public string Subscription { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionFlowSubscriptionUpdateConfirm : StripeEntity<SessionFlowSubscriptionUpdateConfirm>
{
    public List<SessionFlowSubscriptionUpdateConfirmDiscount> Discounts { get; set; }
    public List<SessionFlowSubscriptionUpdateConfirmItem> Items { get; set; }
    public string Subscription { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionFlowSubscriptionUpdateConfirmDiscount : StripeEntity<SessionFlowSubscriptionUpdateConfirmDiscount>
{
    public string Coupon { get; set; }
    public string PromotionCode { get; set; }
}
