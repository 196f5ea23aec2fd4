namespace Stripe;

public class SetupIntentPaymentMethodDataCustomerBalanceOptions : INestedOptions;

public class SetupIntentPaymentMethodDataLinkOptions : INestedOptions;

public class SetupIntentPaymentMethodDataOptions : INestedOptions, IHasMetadata
{
    public string AllowRedisplay { get; set; }
    public SetupIntentPaymentMethodDataCustomerBalanceOptions CustomerBalance { get; set; }
    public SetupIntentPaymentMethodDataLinkOptions Link { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public SetupIntentPaymentMethodDataSepaDebitOptions SepaDebit { get; set; }
    public string Type { get; set; }
    public SetupIntentPaymentMethodDataUsBankAccountOptions UsBankAccount { get; set; }
}

public class SetupIntentPaymentMethodDataSepaDebitOptions : INestedOptions
{
    public string Iban { get; set; }
}

public class SetupIntentPaymentMethodDataUsBankAccountOptions : INestedOptions
{
    public string AccountHolderType { get; set; }
    public string AccountNumber { get; set; }
    public string AccountType { get; set; }
    public string FinancialConnectionsAccount { get; set; }
    public string RoutingNumber { get; set; }
}
