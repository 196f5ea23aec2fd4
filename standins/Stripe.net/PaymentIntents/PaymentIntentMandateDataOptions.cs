namespace Stripe;

public class PaymentIntentMandateDataCustomerAcceptanceOfflineOptions : INestedOptions;

public class PaymentIntentMandateDataCustomerAcceptanceOnlineOptions : INestedOptions
{
    public string IpAddress { get; set; }
    public string UserAgent { get; set; }
}

public class PaymentIntentMandateDataCustomerAcceptanceOptions : INestedOptions
{
    public DateTime? AcceptedAt { get; set; }
    public PaymentIntentMandateDataCustomerAcceptanceOfflineOptions Offline { get; set; }
    public PaymentIntentMandateDataCustomerAcceptanceOnlineOptions Online { get; set; }
    public string Type { get; set; }
}

public class PaymentIntentMandateDataOptions : INestedOptions
{
    public PaymentIntentMandateDataCustomerAcceptanceOptions CustomerAcceptance { get; set; }
}
