using Stripe.Infrastructure;

namespace Stripe.Checkout;

public class SessionPaymentMethodOptionsCardInstallmentsOptions : INestedOptions
{
    public bool? Enabled { get; set; }
}

public class SessionPaymentMethodOptionsCardOptions : INestedOptions
{
    public string CaptureMethod { get; set; }
    public SessionPaymentMethodOptionsCardInstallmentsOptions Installments { get; set; }
    public string RequestExtendedAuthorization { get; set; }
    public string RequestIncrementalAuthorization { get; set; }
    public string RequestMulticapture { get; set; }
    public string RequestOvercapture { get; set; }
    public string RequestThreeDSecure { get; set; }
    public SessionPaymentMethodOptionsCardRestrictionsOptions Restrictions { get; set; }
    public string SetupFutureUsage { get; set; }
    public string StatementDescriptorSuffixKana { get; set; }
    public string StatementDescriptorSuffixKanji { get; set; }
}

public class SessionPaymentMethodOptionsCardRestrictionsOptions : INestedOptions
{
    public List<string> BrandsBlocked { get; set; }
}

public class SessionPaymentMethodOptionsCustomerBalanceBankTransferEuBankTransferOptions : INestedOptions
{
    public string Country { get; set; }
}

public class SessionPaymentMethodOptionsCustomerBalanceBankTransferOptions : INestedOptions
{
    public SessionPaymentMethodOptionsCustomerBalanceBankTransferEuBankTransferOptions EuBankTransfer { get; set; }
    public List<string> RequestedAddressTypes { get; set; }
    public string Type { get; set; }
}

public class SessionPaymentMethodOptionsCustomerBalanceOptions : INestedOptions
{
    public SessionPaymentMethodOptionsCustomerBalanceBankTransferOptions BankTransfer { get; set; }
    public string FundingType { get; set; }
    public string SetupFutureUsage { get; set; }
}

public class SessionPaymentMethodOptionsDemoPayOptions : INestedOptions
{
    public string SetupFutureUsage { get; set; }
}

public class SessionPaymentMethodOptionsLinkOptions : INestedOptions
{
    public string CaptureMethod { get; set; }
    public string SetupFutureUsage { get; set; }
}

public class SessionPaymentMethodOptionsOptions : INestedOptions
{
    public SessionPaymentMethodOptionsCardOptions Card { get; set; }
    public SessionPaymentMethodOptionsCustomerBalanceOptions CustomerBalance { get; set; }
    public SessionPaymentMethodOptionsDemoPayOptions DemoPay { get; set; }
    public SessionPaymentMethodOptionsLinkOptions Link { get; set; }
    public SessionPaymentMethodOptionsSepaDebitOptions SepaDebit { get; set; }
    public SessionPaymentMethodOptionsUsBankAccountOptions UsBankAccount { get; set; }
}

public class SessionPaymentMethodOptionsSepaDebitMandateOptionsOptions : INestedOptions, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public string ReferencePrefix { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
}

public class SessionPaymentMethodOptionsSepaDebitOptions : INestedOptions
{
    public SessionPaymentMethodOptionsSepaDebitMandateOptionsOptions MandateOptions { get; set; }
    public string SetupFutureUsage { get; set; }
    public string TargetDate { get; set; }
}

public class SessionPaymentMethodOptionsUsBankAccountFinancialConnectionsOptions : INestedOptions
{
    public List<string> Permissions { get; set; }
    public List<string> Prefetch { get; set; }
}

public class SessionPaymentMethodOptionsUsBankAccountOptions : INestedOptions
{
    public SessionPaymentMethodOptionsUsBankAccountFinancialConnectionsOptions FinancialConnections { get; set; }
    public string SetupFutureUsage { get; set; }
    public string TargetDate { get; set; }
    public string VerificationMethod { get; set; }
}
