using Stripe.Infrastructure;

namespace Stripe;

public class SubscriptionPaymentSettingsOptions : INestedOptions, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public SubscriptionPaymentSettingsPaymentMethodOptionsOptions PaymentMethodOptions { get; set; }
    public List<string> PaymentMethodTypes { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public string SaveDefaultPaymentMethod { get; set; }
}

public class SubscriptionPaymentSettingsPaymentMethodOptionsCardMandateOptionsOptions : INestedOptions
{
    public long? Amount { get; set; }
    public string AmountType { get; set; }
    public string Description { get; set; }
}

public class SubscriptionPaymentSettingsPaymentMethodOptionsCardOptions : INestedOptions
{
    public SubscriptionPaymentSettingsPaymentMethodOptionsCardMandateOptionsOptions MandateOptions { get; set; }
    public string Network { get; set; }
    public string RequestThreeDSecure { get; set; }
}

public class SubscriptionPaymentSettingsPaymentMethodOptionsCustomerBalanceBankTransferEuBankTransferOptions : INestedOptions
{
    public string Country { get; set; }
}

public class SubscriptionPaymentSettingsPaymentMethodOptionsCustomerBalanceBankTransferOptions : INestedOptions
{
    public SubscriptionPaymentSettingsPaymentMethodOptionsCustomerBalanceBankTransferEuBankTransferOptions EuBankTransfer { get; set; }
    public string Type { get; set; }
}

public class SubscriptionPaymentSettingsPaymentMethodOptionsCustomerBalanceOptions : INestedOptions
{
    public SubscriptionPaymentSettingsPaymentMethodOptionsCustomerBalanceBankTransferOptions BankTransfer { get; set; }
    public string FundingType { get; set; }
}

public class SubscriptionPaymentSettingsPaymentMethodOptionsOptions : INestedOptions, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public SubscriptionPaymentSettingsPaymentMethodOptionsCardOptions Card { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public SubscriptionPaymentSettingsPaymentMethodOptionsCustomerBalanceOptions CustomerBalance { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public SubscriptionPaymentSettingsPaymentMethodOptionsSepaDebitOptions SepaDebit { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public SubscriptionPaymentSettingsPaymentMethodOptionsUsBankAccountOptions UsBankAccount { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
}

public class SubscriptionPaymentSettingsPaymentMethodOptionsSepaDebitOptions : INestedOptions;

public class SubscriptionPaymentSettingsPaymentMethodOptionsUsBankAccountFinancialConnectionsFiltersOptions : INestedOptions
{
    public List<string> AccountSubcategories { get; set; }
}

public class SubscriptionPaymentSettingsPaymentMethodOptionsUsBankAccountFinancialConnectionsOptions : INestedOptions
{
    public SubscriptionPaymentSettingsPaymentMethodOptionsUsBankAccountFinancialConnectionsFiltersOptions Filters { get; set; }
    public List<string> Permissions { get; set; }
    public List<string> Prefetch { get; set; }
}

public class SubscriptionPaymentSettingsPaymentMethodOptionsUsBankAccountOptions : INestedOptions
{
    public SubscriptionPaymentSettingsPaymentMethodOptionsUsBankAccountFinancialConnectionsOptions FinancialConnections { get; set; }
    public string VerificationMethod { get; set; }
}
