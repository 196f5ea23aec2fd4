namespace Stripe.Billing;

public class MeterEventAdjustmentCancelOptions : INestedOptions
{
    public string Identifier { get; set; }
}
