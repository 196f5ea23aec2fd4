using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class CashBalanceSettings : StripeEntity<CashBalanceSettings>
{
    public string ReconciliationMode { get; set; }
    public bool UsingMerchantDefault { get; set; }
}
