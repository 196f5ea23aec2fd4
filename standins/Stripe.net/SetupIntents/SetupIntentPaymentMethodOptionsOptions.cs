using Stripe.Infrastructure;

namespace Stripe;

public class SetupIntentPaymentMethodOptionsCardMandateOptionsOptions : INestedOptions
{
    public long? Amount { get; set; }
    public string AmountType { get; set; }
    public string Currency { get; set; }
    public string Description { get; set; }
    public DateTime? EndDate { get; set; }
    public string Interval { get; set; }
    public long? IntervalCount { get; set; }
    public string Reference { get; set; }
    public DateTime? StartDate { get; set; }
    public List<string> SupportedTypes { get; set; }
}

public class SetupIntentPaymentMethodOptionsCardOptions : INestedOptions
{
    public SetupIntentPaymentMethodOptionsCardMandateOptionsOptions MandateOptions { get; set; }
    public bool? Moto { get; set; }
    public string Network { get; set; }
    public string RequestThreeDSecure { get; set; }
    public SetupIntentPaymentMethodOptionsCardThreeDSecureOptions ThreeDSecure { get; set; }
}

public class SetupIntentPaymentMethodOptionsCardThreeDSecureNetworkOptionsCartesBancairesOptions : INestedOptions
{
    public string CbAvalgo { get; set; }
    public string CbExemption { get; set; }
    public long? CbScore { get; set; }
}

public class SetupIntentPaymentMethodOptionsCardThreeDSecureNetworkOptionsOptions : INestedOptions
{
    public SetupIntentPaymentMethodOptionsCardThreeDSecureNetworkOptionsCartesBancairesOptions CartesBancaires { get; set; }
}

public class SetupIntentPaymentMethodOptionsCardThreeDSecureOptions : INestedOptions
{
    public string AresTransStatus { get; set; }
    public string Cryptogram { get; set; }
    public string ElectronicCommerceIndicator { get; set; }
    public SetupIntentPaymentMethodOptionsCardThreeDSecureNetworkOptionsOptions NetworkOptions { get; set; }
    public string RequestorChallengeIndicator { get; set; }
    public string TransactionId { get; set; }
    public string Version { get; set; }
}

public class SetupIntentPaymentMethodOptionsLinkOptions : INestedOptions
{
    [Obsolete("This property is deprecated, please refer to the description for details.")] public string PersistentToken { get; set; }
}

public class SetupIntentPaymentMethodOptionsOptions : INestedOptions
{
    public SetupIntentPaymentMethodOptionsCardOptions Card { get; set; }
    public SetupIntentPaymentMethodOptionsLinkOptions Link { get; set; }
    public SetupIntentPaymentMethodOptionsSepaDebitOptions SepaDebit { get; set; }
    public SetupIntentPaymentMethodOptionsUsBankAccountOptions UsBankAccount { get; set; }
}

public class SetupIntentPaymentMethodOptionsSepaDebitMandateOptionsOptions : INestedOptions, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public string ReferencePrefix { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
}

public class SetupIntentPaymentMethodOptionsSepaDebitOptions : INestedOptions
{
    public SetupIntentPaymentMethodOptionsSepaDebitMandateOptionsOptions MandateOptions { get; set; }
}

public class SetupIntentPaymentMethodOptionsUsBankAccountFinancialConnectionsFiltersOptions : INestedOptions
{
    public List<string> AccountSubcategories { get; set; }
}

public class SetupIntentPaymentMethodOptionsUsBankAccountFinancialConnectionsOptions : INestedOptions
{
    public SetupIntentPaymentMethodOptionsUsBankAccountFinancialConnectionsFiltersOptions Filters { get; set; }
    public List<string> Permissions { get; set; }
    public List<string> Prefetch { get; set; }
    public string ReturnUrl { get; set; }
}

public class SetupIntentPaymentMethodOptionsUsBankAccountMandateOptionsOptions : INestedOptions, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public string CollectionMethod { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
}

public class SetupIntentPaymentMethodOptionsUsBankAccountNetworksOptions : INestedOptions
{
    public List<string> Requested { get; set; }
}

public class SetupIntentPaymentMethodOptionsUsBankAccountOptions : INestedOptions
{
    public SetupIntentPaymentMethodOptionsUsBankAccountFinancialConnectionsOptions FinancialConnections { get; set; }
    public SetupIntentPaymentMethodOptionsUsBankAccountMandateOptionsOptions MandateOptions { get; set; }
    public SetupIntentPaymentMethodOptionsUsBankAccountNetworksOptions Networks { get; set; }
    public string VerificationMethod { get; set; }
}
