namespace Stripe;

public class DisputeEvidenceOptions : INestedOptions
{
    public string AccessActivityLog { get; set; }
    public string BillingAddress { get; set; }
    public string CancellationPolicy { get; set; }
    public string CancellationPolicyDisclosure { get; set; }
    public string CancellationRebuttal { get; set; }
    public string CustomerCommunication { get; set; }
    public string CustomerEmailAddress { get; set; }
    public string CustomerName { get; set; }
    public string CustomerPurchaseIp { get; set; }
    public string CustomerSignature { get; set; }
    public string DuplicateChargeDocumentation { get; set; }
    public string DuplicateChargeExplanation { get; set; }
    public string DuplicateChargeId { get; set; }
    public string ProductDescription { get; set; }
    public string Receipt { get; set; }
    public string RefundPolicy { get; set; }
    public string RefundPolicyDisclosure { get; set; }
    public string RefundRefusalExplanation { get; set; }
    public string ServiceDate { get; set; }
    public string ServiceDocumentation { get; set; }
    public string ShippingAddress { get; set; }
    public string ShippingCarrier { get; set; }
    public string ShippingDate { get; set; }
    public string ShippingDocumentation { get; set; }
    public string ShippingTrackingNumber { get; set; }
    public string UncategorizedFile { get; set; }
    public string UncategorizedText { get; set; }
}
