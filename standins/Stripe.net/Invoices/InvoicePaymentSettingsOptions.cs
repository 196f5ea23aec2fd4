using Stripe.Infrastructure;

namespace Stripe;

public class InvoicePaymentSettingsOptions : INestedOptions, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public string DefaultMandate { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public InvoicePaymentSettingsPaymentMethodOptionsOptions PaymentMethodOptions { get; set; }
    public List<string> PaymentMethodTypes { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
}

public class InvoicePaymentSettingsPaymentMethodOptionsCardInstallmentsOptions : INestedOptions, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public bool? Enabled { get; set; }
    public InvoicePaymentSettingsPaymentMethodOptionsCardInstallmentsPlanOptions Plan { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
}

public class InvoicePaymentSettingsPaymentMethodOptionsCardInstallmentsPlanOptions : INestedOptions
{
    public long? Count { get; set; }
    public string Interval { get; set; }
    public string Type { get; set; }
}

public class InvoicePaymentSettingsPaymentMethodOptionsCardOptions : INestedOptions
{
    public InvoicePaymentSettingsPaymentMethodOptionsCardInstallmentsOptions Installments { get; set; }
    public string RequestThreeDSecure { get; set; }
}

public class InvoicePaymentSettingsPaymentMethodOptionsCustomerBalanceBankTransferEuBankTransferOptions : INestedOptions
{
    public string Country { get; set; }
}

public class InvoicePaymentSettingsPaymentMethodOptionsCustomerBalanceBankTransferOptions : INestedOptions
{
    public InvoicePaymentSettingsPaymentMethodOptionsCustomerBalanceBankTransferEuBankTransferOptions EuBankTransfer { get; set; }
    public string Type { get; set; }
}

public class InvoicePaymentSettingsPaymentMethodOptionsCustomerBalanceOptions : INestedOptions
{
    public InvoicePaymentSettingsPaymentMethodOptionsCustomerBalanceBankTransferOptions BankTransfer { get; set; }
    public string FundingType { get; set; }
}

public class InvoicePaymentSettingsPaymentMethodOptionsOptions : INestedOptions, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public InvoicePaymentSettingsPaymentMethodOptionsCardOptions Card { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public InvoicePaymentSettingsPaymentMethodOptionsCustomerBalanceOptions CustomerBalance { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public InvoicePaymentSettingsPaymentMethodOptionsSepaDebitOptions SepaDebit { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
    public InvoicePaymentSettingsPaymentMethodOptionsUsBankAccountOptions UsBankAccount { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
}

public class InvoicePaymentSettingsPaymentMethodOptionsSepaDebitOptions : INestedOptions;

public class InvoicePaymentSettingsPaymentMethodOptionsUsBankAccountFinancialConnectionsFiltersOptions : INestedOptions
{
    public List<string> AccountSubcategories { get; set; }
}

public class InvoicePaymentSettingsPaymentMethodOptionsUsBankAccountFinancialConnectionsOptions : INestedOptions
{
    public InvoicePaymentSettingsPaymentMethodOptionsUsBankAccountFinancialConnectionsFiltersOptions Filters { get; set; }
    public List<string> Permissions { get; set; }
    public List<string> Prefetch { get; set; }
}

public class InvoicePaymentSettingsPaymentMethodOptionsUsBankAccountOptions : INestedOptions
{
    public InvoicePaymentSettingsPaymentMethodOptionsUsBankAccountFinancialConnectionsOptions FinancialConnections { get; set; }
    public string VerificationMethod { get; set; }
}
