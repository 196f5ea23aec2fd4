using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class AccountController : StripeEntity<AccountController>
{
    public AccountControllerFees Fees { get; set; }
    public bool IsController { get; set; }
    public AccountControllerLosses Losses { get; set; }
    public string RequirementCollection { get; set; }
    public AccountControllerStripeDashboard StripeDashboard { get; set; }
    public string Type { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class AccountControllerFees : StripeEntity<AccountControllerFees>
{
    public string Payer { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class AccountControllerLosses : StripeEntity<AccountControllerLosses>
{
    public string Payments { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class AccountControllerStripeDashboard : StripeEntity<AccountControllerStripeDashboard>
{
    public string Type { get; set; }
}
