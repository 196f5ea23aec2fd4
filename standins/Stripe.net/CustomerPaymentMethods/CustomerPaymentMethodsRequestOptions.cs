namespace Stripe;

public class CustomerPaymentMethodGetOptions : BaseOptions;

public class CustomerPaymentMethodListOptions : ListOptions
{
    public string AllowRedisplay { get; set; }
    public string Type { get; set; }
}
