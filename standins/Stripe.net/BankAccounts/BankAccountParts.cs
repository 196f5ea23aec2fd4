using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class BankAccountFutureRequirements : StripeEntity<BankAccountFutureRequirements>
{
    public List<string> CurrentlyDue { get; set; }
    public List<BankAccountFutureRequirementsError> Errors { get; set; }
    public List<string> PastDue { get; set; }
    public List<string> PendingVerification { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class BankAccountFutureRequirementsError : StripeEntity<BankAccountFutureRequirementsError>
{
    public string Code { get; set; }
    public string Reason { get; set; }
    public string Requirement { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class BankAccountRequirements : StripeEntity<BankAccountRequirements>
{
    public List<string> CurrentlyDue { get; set; }
    public List<BankAccountRequirementsError> Errors { get; set; }
    public List<string> PastDue { get; set; }
    public List<string> PendingVerification { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class BankAccountRequirementsError : StripeEntity<BankAccountRequirementsError>
{
    public string Code { get; set; }
    public string Reason { get; set; }
    public string Requirement { get; set; }
}
