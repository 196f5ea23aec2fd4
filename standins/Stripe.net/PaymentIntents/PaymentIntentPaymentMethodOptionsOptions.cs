using Stripe.Infrastructure;

namespace Stripe;

public class PaymentIntentPaymentMethodOptionsCardInstallmentsOptions : INestedOptions, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public bool? Enabled { get; set; }
    public PaymentIntentPaymentMethodOptionsCardInstallmentsPlanOptions Plan { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
}

public class PaymentIntentPaymentMethodOptionsCardInstallmentsPlanOptions : INestedOptions
{
    public long? Count { get; set; }
    public string Interval { get; set; }
    public string Type { get; set; }
}

public class PaymentIntentPaymentMethodOptionsCardMandateOptionsOptions : INestedOptions
{
    public long? Amount { get; set; }
    public string AmountType { get; set; }
    public string Description { get; set; }
    public DateTime? EndDate { get; set; }
    public string Interval { get; set; }
    public long? IntervalCount { get; set; }
    public string Reference { get; set; }
    public DateTime? StartDate { get; set; }
    public List<string> SupportedTypes { get; set; }
}

public class PaymentIntentPaymentMethodOptionsCardOptions : INestedOptions, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public string CaptureMethod { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public string CvcToken { get; set; }
    public PaymentIntentPaymentMethodOptionsCardInstallmentsOptions Installments { get; set; }
    public PaymentIntentPaymentMethodOptionsCardMandateOptionsOptions MandateOptions { get; set; }
    public bool? Moto { get; set; }
    public string Network { get; set; }
    public string RequestExtendedAuthorization { get; set; }
    public string RequestIncrementalAuthorization { get; set; }
    public string RequestMulticapture { get; set; }
    public string RequestOvercapture { get; set; }
    public string RequestThreeDSecure { get; set; }
    public bool? RequireCvcRecollection { get; set; }
    public string SetupFutureUsage { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public string StatementDescriptorSuffixKana { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public string StatementDescriptorSuffixKanji { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public PaymentIntentPaymentMethodOptionsCardThreeDSecureOptions ThreeDSecure { get; set; }
}

public class PaymentIntentPaymentMethodOptionsCardThreeDSecureNetworkOptionsCartesBancairesOptions : INestedOptions
{
    public string CbAvalgo { get; set; }
    public string CbExemption { get; set; }
    public long? CbScore { get; set; }
}

public class PaymentIntentPaymentMethodOptionsCardThreeDSecureNetworkOptionsOptions : INestedOptions
{
    public PaymentIntentPaymentMethodOptionsCardThreeDSecureNetworkOptionsCartesBancairesOptions CartesBancaires { get; set; }
}

public class PaymentIntentPaymentMethodOptionsCardThreeDSecureOptions : INestedOptions
{
    public string AresTransStatus { get; set; }
    public string Cryptogram { get; set; }
    public string ElectronicCommerceIndicator { get; set; }
    public string ExemptionIndicator { get; set; }
    public PaymentIntentPaymentMethodOptionsCardThreeDSecureNetworkOptionsOptions NetworkOptions { get; set; }
    public string RequestorChallengeIndicator { get; set; }
    public string TransactionId { get; set; }
    public string Version { get; set; }
}

public class PaymentIntentPaymentMethodOptionsCustomerBalanceBankTransferEuBankTransferOptions : INestedOptions
{
    public string Country { get; set; }
}

public class PaymentIntentPaymentMethodOptionsCustomerBalanceBankTransferOptions : INestedOptions
{
    public PaymentIntentPaymentMethodOptionsCustomerBalanceBankTransferEuBankTransferOptions EuBankTransfer { get; set; }
    public List<string> RequestedAddressTypes { get; set; }
    public string Type { get; set; }
}

public class PaymentIntentPaymentMethodOptionsCustomerBalanceOptions : INestedOptions
{
    public PaymentIntentPaymentMethodOptionsCustomerBalanceBankTransferOptions BankTransfer { get; set; }
    public string FundingType { get; set; }
    public string SetupFutureUsage { get; set; }
}

public class PaymentIntentPaymentMethodOptionsLinkOptions : INestedOptions, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public string CaptureMethod { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    [Obsolete("This property is deprecated, please refer to the description for details.")] public string PersistentToken { get; set; }
    public string SetupFutureUsage { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
}

public class PaymentIntentPaymentMethodOptionsOptions : INestedOptions, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public PaymentIntentPaymentMethodOptionsCardOptions Card { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public PaymentIntentPaymentMethodOptionsCustomerBalanceOptions CustomerBalance { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public PaymentIntentPaymentMethodOptionsLinkOptions Link { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public PaymentIntentPaymentMethodOptionsSepaDebitOptions SepaDebit { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public PaymentIntentPaymentMethodOptionsUsBankAccountOptions UsBankAccount { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
}

public class PaymentIntentPaymentMethodOptionsSepaDebitMandateOptionsOptions : INestedOptions, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public string ReferencePrefix { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
}

public class PaymentIntentPaymentMethodOptionsSepaDebitOptions : INestedOptions, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public PaymentIntentPaymentMethodOptionsSepaDebitMandateOptionsOptions MandateOptions { get; set; }
    public string SetupFutureUsage { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public string TargetDate { get; set; }
}

public class PaymentIntentPaymentMethodOptionsUsBankAccountFinancialConnectionsFiltersOptions : INestedOptions
{
    public List<string> AccountSubcategories { get; set; }
}

public class PaymentIntentPaymentMethodOptionsUsBankAccountFinancialConnectionsOptions : INestedOptions
{
    public PaymentIntentPaymentMethodOptionsUsBankAccountFinancialConnectionsFiltersOptions Filters { get; set; }
    public List<string> Permissions { get; set; }
    public List<string> Prefetch { get; set; }
    public string ReturnUrl { get; set; }
}

public class PaymentIntentPaymentMethodOptionsUsBankAccountMandateOptionsOptions : INestedOptions, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public string CollectionMethod { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
}

public class PaymentIntentPaymentMethodOptionsUsBankAccountNetworksOptions : INestedOptions
{
    public List<string> Requested { get; set; }
}

public class PaymentIntentPaymentMethodOptionsUsBankAccountOptions : INestedOptions, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public PaymentIntentPaymentMethodOptionsUsBankAccountFinancialConnectionsOptions FinancialConnections { get; set; }
    public PaymentIntentPaymentMethodOptionsUsBankAccountMandateOptionsOptions MandateOptions { get; set; }
    public PaymentIntentPaymentMethodOptionsUsBankAccountNetworksOptions Networks { get; set; }
    public string SetupFutureUsage { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public string TargetDate { get; set; }
    public string TransactionPurpose { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public string VerificationMethod { get; set; }
}
