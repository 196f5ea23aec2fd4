using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class BalanceTransactionFeeDetail : StripeEntity<BalanceTransactionFeeDetail>
{
    public long Amount { get; set; }
    public string Application { get; set; }
    public string Currency { get; set; }
    public string Description { get; set; }
    public string Type { get; set; }
}
