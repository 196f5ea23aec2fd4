using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe.Checkout;

[JsonConverter(typeof(EntityConverter))]
public class SessionPaymentMethodOptions : StripeEntity<SessionPaymentMethodOptions>
{
    public SessionPaymentMethodOptionsCard Card { get; set; }
    public SessionPaymentMethodOptionsCustomerBalance CustomerBalance { get; set; }
    public SessionPaymentMethodOptionsLink Link { get; set; }
    public SessionPaymentMethodOptionsSepaDebit SepaDebit { get; set; }
    public SessionPaymentMethodOptionsUsBankAccount UsBankAccount { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionPaymentMethodOptionsCard : StripeEntity<SessionPaymentMethodOptionsCard>
{
    public string CaptureMethod { get; set; }
    public SessionPaymentMethodOptionsCardInstallments Installments { get; set; }
    public string RequestExtendedAuthorization { get; set; }
    public string RequestIncrementalAuthorization { get; set; }
    public string RequestMulticapture { get; set; }
    public string RequestOvercapture { get; set; }
    public string RequestThreeDSecure { get; set; }
    public SessionPaymentMethodOptionsCardRestrictions Restrictions { get; set; }
    public string SetupFutureUsage { get; set; }
    public string StatementDescriptorSuffixKana { get; set; }
    public string StatementDescriptorSuffixKanji { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionPaymentMethodOptionsCardInstallments : StripeEntity<SessionPaymentMethodOptionsCardInstallments>
{
    public bool Enabled { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionPaymentMethodOptionsCardRestrictions : StripeEntity<SessionPaymentMethodOptionsCardRestrictions>
{
    public List<string> BrandsBlocked { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionPaymentMethodOptionsCustomerBalance : StripeEntity<SessionPaymentMethodOptionsCustomerBalance>
{
    public SessionPaymentMethodOptionsCustomerBalanceBankTransfer BankTransfer { get; set; }
    public string FundingType { get; set; }
    public string SetupFutureUsage { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionPaymentMethodOptionsCustomerBalanceBankTransfer : StripeEntity<SessionPaymentMethodOptionsCustomerBalanceBankTransfer>
{
    public SessionPaymentMethodOptionsCustomerBalanceBankTransferEuBankTransfer EuBankTransfer { get; set; }
    public List<string> RequestedAddressTypes { get; set; }
    public string Type { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionPaymentMethodOptionsCustomerBalanceBankTransferEuBankTransfer : StripeEntity<SessionPaymentMethodOptionsCustomerBalanceBankTransferEuBankTransfer>
{
    public string Country { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionPaymentMethodOptionsLink : StripeEntity<SessionPaymentMethodOptionsLink>
{
    public string CaptureMethod { get; set; }
    public string SetupFutureUsage { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionPaymentMethodOptionsSepaDebit : StripeEntity<SessionPaymentMethodOptionsSepaDebit>
{
    public SessionPaymentMethodOptionsSepaDebitMandateOptions MandateOptions { get; set; }
    public string SetupFutureUsage { get; set; }
    public string TargetDate { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionPaymentMethodOptionsSepaDebitMandateOptions : StripeEntity<SessionPaymentMethodOptionsSepaDebitMandateOptions>
{
    public string ReferencePrefix { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionPaymentMethodOptionsUsBankAccount : StripeEntity<SessionPaymentMethodOptionsUsBankAccount>
{
    public SessionPaymentMethodOptionsUsBankAccountFinancialConnections FinancialConnections { get; set; }
    public string SetupFutureUsage { get; set; }
    public string TargetDate { get; set; }
    public string VerificationMethod { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionPaymentMethodOptionsUsBankAccountFinancialConnections : StripeEntity<SessionPaymentMethodOptionsUsBankAccountFinancialConnections>
{
    public SessionPaymentMethodOptionsUsBankAccountFinancialConnectionsFilters Filters { get; set; }
    public List<string> Permissions { get; set; }
    public List<string> Prefetch { get; set; }
    public string ReturnUrl { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionPaymentMethodOptionsUsBankAccountFinancialConnectionsFilters : StripeEntity<SessionPaymentMethodOptionsUsBankAccountFinancialConnectionsFilters>
{
    public List<string> AccountSubcategories { get; set; }
}
