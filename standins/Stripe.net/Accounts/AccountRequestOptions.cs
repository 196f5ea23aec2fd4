namespace Stripe;

public class AccountGetOptions : BaseOptions;

public class AccountListOptions : ListOptions
{
    public AnyOf<DateTime?, DateRangeOptions> Created { get; set; }
}
