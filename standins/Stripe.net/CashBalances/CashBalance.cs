using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class CashBalance : StripeEntity<CashBalance>, IHasObject
{
    public string Object { get; set; }
    public Dictionary<string, long> Available { get; set; }
    public string Customer { get; set; }
    public string CustomerAccount { get; set; }
    public bool Livemode { get; set; }
    public CashBalanceSettings Settings { get; set; }
}
