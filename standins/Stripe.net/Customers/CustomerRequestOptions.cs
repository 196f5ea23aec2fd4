namespace Stripe;

public class CustomerDeleteDiscountOptions : BaseOptions;

public class CustomerDeleteOptions : BaseOptions;

public class CustomerGetOptions : BaseOptions;

public class CustomerListOptions : ListOptions
{
    public AnyOf<DateTime?, DateRangeOptions> Created { get; set; }
    public string Email { get; set; }
    public string TestClock { get; set; }
}

public class CustomerSearchOptions : SearchOptions;
