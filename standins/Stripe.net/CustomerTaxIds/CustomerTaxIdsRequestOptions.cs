namespace Stripe;

public class CustomerTaxIdCreateOptions : BaseOptions
{
    public string Type { get; set; }
    public string Value { get; set; }
}

public class CustomerTaxIdDeleteOptions : BaseOptions;

public class CustomerTaxIdGetOptions : BaseOptions;

public class CustomerTaxIdListOptions : ListOptions;
