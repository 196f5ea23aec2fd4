namespace Stripe;

public class ChargeCaptureOptions : BaseOptions
{
    public long? Amount { get; set; }
    public long? ApplicationFee { get; set; }
    public long? ApplicationFeeAmount { get; set; }
    public decimal? ExchangeRate { get; set; }
    public string ReceiptEmail { get; set; }
    public string StatementDescriptor { get; set; }
    public string StatementDescriptorSuffix { get; set; }
    public ChargeTransferDataOptions TransferData { get; set; }
    public string TransferGroup { get; set; }
}

public class ChargeGetOptions : BaseOptions;

public class ChargeListOptions : ListOptions
{
    public AnyOf<DateTime?, DateRangeOptions> Created { get; set; }
    public string Customer { get; set; }
    public string PaymentIntent { get; set; }
    public string TransferGroup { get; set; }
}

public class ChargeSearchOptions : SearchOptions;

public class ChargeUpdateOptions : BaseOptions, IHasMetadata
{
    public string Customer { get; set; }
    public string Description { get; set; }
    public decimal? ExchangeRate { get; set; }
    public ChargeFraudDetailsOptions FraudDetails { get; set; }
    public Dictionary<string, string> Metadata { get; set => field = Assigned.Keep(value); }
    public string ReceiptEmail { get; set; }
    public ChargeShippingOptions Shipping { get; set; }
    public string TransferGroup { get; set; }
}
