using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class ChargeBillingDetails : StripeEntity<ChargeBillingDetails>
{
    public Address Address { get; set; }
    public string Email { get; set; }
    public string Name { get; set; }
    public string Phone { get; set; }
    public string TaxId { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class ChargeFraudDetails : StripeEntity<ChargeFraudDetails>
{
    public string StripeReport { get; set; }
    public string UserReport { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class ChargeOutcome : StripeEntity<ChargeOutcome>
{
    public string AdviceCode { get; set; }
    public string NetworkAdviceCode { get; set; }
    public string NetworkDeclineCode { get; set; }
    public string NetworkStatus { get; set; }
    public string Reason { get; set; }
    public string RiskLevel { get; set; }
    public long RiskScore { get; set; }
    public string SellerMessage { get; set; }
    public string Type { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class ChargePresentmentDetails : StripeEntity<ChargePresentmentDetails>
{
    public long PresentmentAmount { get; set; }
    public string PresentmentCurrency { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class ChargeRadarOptions : StripeEntity<ChargeRadarOptions>
{
    public string Session { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class ChargeTransferData : StripeEntity<ChargeTransferData>
{
    public long? Amount { get; set; }
    [JsonIgnore] public string DestinationId { get => DestinationField?.Id; set => DestinationField = SetExpandableFieldId(value, DestinationField); }
    [JsonIgnore] public Account Destination { get => DestinationField?.ExpandedObject; set => DestinationField = SetExpandableFieldObject(value, DestinationField); }
    [JsonPropertyName("destination")] internal ExpandableField<Account> DestinationField { get; set; }
}
