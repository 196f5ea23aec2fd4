namespace Stripe;

public class CustomerBalanceTransactionCreateOptions : BaseOptions, IHasMetadata
{
    public long? Amount { get; set; }
    public string Currency { get; set; }
    public string Description { get; set; }
    public Dictionary<string, string> Metadata { get; set => field = Assigned.Keep(value); }
}

public class CustomerBalanceTransactionGetOptions : BaseOptions;

public class CustomerBalanceTransactionListOptions : ListOptions
{
    public AnyOf<DateTime?, DateRangeOptions> Created { get; set; }
    public string Invoice { get; set; }
}

public class CustomerBalanceTransactionUpdateOptions : BaseOptions, IHasMetadata
{
    public string Description { get; set; }
    public Dictionary<string, string> Metadata { get; set => field = Assigned.Keep(value); }
}
