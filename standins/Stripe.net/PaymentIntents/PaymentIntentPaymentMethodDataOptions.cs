namespace Stripe;

public class PaymentIntentPaymentMethodDataCustomerBalanceOptions : INestedOptions;

public class PaymentIntentPaymentMethodDataLinkOptions : INestedOptions;

public class PaymentIntentPaymentMethodDataOptions : INestedOptions, IHasMetadata
{
    public string AllowRedisplay { get; set; }
    public PaymentIntentPaymentMethodDataCustomerBalanceOptions CustomerBalance { get; set; }
    public PaymentIntentPaymentMethodDataLinkOptions Link { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public PaymentIntentPaymentMethodDataSepaDebitOptions SepaDebit { get; set; }
    public string Type { get; set; }
    public PaymentIntentPaymentMethodDataUsBankAccountOptions UsBankAccount { get; set; }
}

public class PaymentIntentPaymentMethodDataSepaDebitOptions : INestedOptions
{
    public string Iban { get; set; }
}

public class PaymentIntentPaymentMethodDataUsBankAccountOptions : INestedOptions
{
    public string AccountHolderType { get; set; }
    public string AccountNumber { get; set; }
    public string AccountType { get; set; }
    public string FinancialConnectionsAccount { get; set; }
    public string RoutingNumber { get; set; }
}
