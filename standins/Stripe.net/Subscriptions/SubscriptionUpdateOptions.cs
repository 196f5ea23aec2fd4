namespace Stripe;

public class SubscriptionUpdateOptions : BaseOptions, IHasMetadata
{
    public List<SubscriptionAddInvoiceItemOptions> AddInvoiceItems { get; set; }
    public decimal? ApplicationFeePercent { get; set => field = Assigned.Keep(value); }
    public SubscriptionAutomaticTaxOptions AutomaticTax { get; set; }
    public SubscriptionBillingCycleAnchor BillingCycleAnchor { get; set; }
    public List<SubscriptionBillingScheduleOptions> BillingSchedules { get; set => field = Assigned.Keep(value); }
    public SubscriptionBillingThresholdsOptions BillingThresholds { get; set => field = Assigned.Keep(value); }
    public AnyOf<DateTime?, SubscriptionCancelAt> CancelAt { get; set => field = Assigned.Keep(value); }
    public bool? CancelAtPeriodEnd { get; set; }
    public SubscriptionCancellationDetailsOptions CancellationDetails { get; set; }
    public string CollectionMethod { get; set; }
    public long? DaysUntilDue { get; set; }
    public string DefaultPaymentMethod { get; set; }
    public string DefaultSource { get; set => field = Assigned.Keep(value); }
    public List<string> DefaultTaxRates { get; set => field = Assigned.Keep(value); }
    public string Description { get; set => field = Assigned.Keep(value); }
    public List<SubscriptionDiscountOptions> Discounts { get; set => field = Assigned.Keep(value); }
    public SubscriptionInvoiceSettingsOptions InvoiceSettings { get; set; }
    public List<SubscriptionItemOptions> Items { get; set; }
    public Dictionary<string, string> Metadata { get; set => field = Assigned.Keep(value); }
    public bool? OffSession { get; set; }
    public string OnBehalfOf { get; set => field = Assigned.Keep(value); }
    public SubscriptionPauseCollectionOptions PauseCollection { get; set => field = Assigned.Keep(value); }
    public string PaymentBehavior { get; set; }
    public SubscriptionPaymentSettingsOptions PaymentSettings { get; set; }
    public SubscriptionPendingInvoiceItemIntervalOptions PendingInvoiceItemInterval { get; set => field = Assigned.Keep(value); }
    public string ProrationBehavior { get; set; }
    public DateTime? ProrationDate { get; set; }
    public SubscriptionTransferDataOptions TransferData { get; set => field = Assigned.Keep(value); }
    public AnyOf<DateTime?, SubscriptionTrialEnd> TrialEnd { get; set; }
    public bool? TrialFromPlan { get; set; }
    public SubscriptionTrialSettingsOptions TrialSettings { get; set; }
}
