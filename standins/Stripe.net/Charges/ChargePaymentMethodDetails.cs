using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class ChargePaymentMethodDetails : StripeEntity<ChargePaymentMethodDetails>
{
    public ChargePaymentMethodDetailsCard Card { get; set; }
    public ChargePaymentMethodDetailsCustomerBalance CustomerBalance { get; set; }
    public ChargePaymentMethodDetailsLink Link { get; set; }
    public ChargePaymentMethodDetailsSepaDebit SepaDebit { get; set; }
    public string Type { get; set; }
    public ChargePaymentMethodDetailsUsBankAccount UsBankAccount { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class ChargePaymentMethodDetailsCard : StripeEntity<ChargePaymentMethodDetailsCard>
{
    public long? AmountAuthorized { get; set; }
    public string AuthorizationCode { get; set; }
    public string Brand { get; set; }
    public DateTime CaptureBefore { get; set; } = DateTime.UnixEpoch;
    public ChargePaymentMethodDetailsCardChecks Checks { get; set; }
    public string Country { get; set; }
    public string Description { get; set; }
    public long ExpMonth { get; set; }
    public long ExpYear { get; set; }
    public ChargePaymentMethodDetailsCardExtendedAuthorization ExtendedAuthorization { get; set; }
    public string Fingerprint { get; set; }
    public string Funding { get; set; }
    public string Iin { get; set; }
    public ChargePaymentMethodDetailsCardIncrementalAuthorization IncrementalAuthorization { get; set; }
    public ChargePaymentMethodDetailsCardInstallments Installments { get; set; }
    public string Issuer { get; set; }
    public string Last4 { get; set; }
    public string Mandate { get; set; }
    public bool? Moto { get; set; }
    public ChargePaymentMethodDetailsCardMulticapture Multicapture { get; set; }
    public string Network { get; set; }
    public ChargePaymentMethodDetailsCardNetworkToken NetworkToken { get; set; }
    public string NetworkTransactionId { get; set; }
    public ChargePaymentMethodDetailsCardOvercapture Overcapture { get; set; }
    public string RegulatedStatus { get; set; }
    public ChargePaymentMethodDetailsCardThreeDSecure ThreeDSecure { get; set; }
    public string TransactionLinkId { get; set; }
    public ChargePaymentMethodDetailsCardWallet Wallet { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class ChargePaymentMethodDetailsCardChecks : StripeEntity<ChargePaymentMethodDetailsCardChecks>
{
    public string AddressLine1Check { get; set; }
    public string AddressPostalCodeCheck { get; set; }
    public string CvcCheck { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class ChargePaymentMethodDetailsCardExtendedAuthorization : StripeEntity<ChargePaymentMethodDetailsCardExtendedAuthorization>
{
    public string Status { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class ChargePaymentMethodDetailsCardIncrementalAuthorization : StripeEntity<ChargePaymentMethodDetailsCardIncrementalAuthorization>
{
    public string Status { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class ChargePaymentMethodDetailsCardInstallments : StripeEntity<ChargePaymentMethodDetailsCardInstallments>
{
    public PaymentIntentPaymentMethodOptionsCardInstallmentsPlan Plan { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class ChargePaymentMethodDetailsCardMulticapture : StripeEntity<ChargePaymentMethodDetailsCardMulticapture>
{
    public string Status { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class ChargePaymentMethodDetailsCardNetworkToken : StripeEntity<ChargePaymentMethodDetailsCardNetworkToken>
{
    public bool Used { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class ChargePaymentMethodDetailsCardOvercapture : StripeEntity<ChargePaymentMethodDetailsCardOvercapture>
{
    public long MaximumAmountCapturable { get; set; }
    public string Status { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class ChargePaymentMethodDetailsCardThreeDSecure : StripeEntity<ChargePaymentMethodDetailsCardThreeDSecure>
{
    public string AuthenticationFlow { get; set; }
    public string ElectronicCommerceIndicator { get; set; }
    public string ExemptionIndicator { get; set; }
    public bool ExemptionIndicatorApplied { get; set; }
    public string Result { get; set; }
    public string ResultReason { get; set; }
    public string TransactionId { get; set; }
    public string Version { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class ChargePaymentMethodDetailsCardWallet : StripeEntity<ChargePaymentMethodDetailsCardWallet>
{
    public string DynamicLast4 { get; set; }
    public string Type { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class ChargePaymentMethodDetailsCustomerBalance : StripeEntity<ChargePaymentMethodDetailsCustomerBalance>;

[JsonConverter(typeof(EntityConverter))]
public class ChargePaymentMethodDetailsLink : StripeEntity<ChargePaymentMethodDetailsLink>
{
    public string Country { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class ChargePaymentMethodDetailsSepaDebit : StripeEntity<ChargePaymentMethodDetailsSepaDebit>
{
    public string BankCode { get; set; }
    public string BranchCode { get; set; }
    public string Country { get; set; }
    public string ExpectedDebitDate { get; set; }
    public string Fingerprint { get; set; }
    public string Last4 { get; set; }
    public string Mandate { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class ChargePaymentMethodDetailsUsBankAccount : StripeEntity<ChargePaymentMethodDetailsUsBankAccount>
{
    public string AccountHolderType { get; set; }
    public string AccountType { get; set; }
    public string BankName { get; set; }
    public string ExpectedDebitDate { get; set; }
    public string Fingerprint { get; set; }
    public string Last4 { get; set; }
    [JsonIgnore] public string MandateId { get => MandateField?.Id; set => MandateField = SetExpandableFieldId(value, MandateField); }
    [JsonIgnore] public Mandate Mandate { get => MandateField?.ExpandedObject; set => MandateField = SetExpandableFieldObject(value, MandateField); }
    [JsonPropertyName("mandate")] internal ExpandableField<Mandate> MandateField { get; set; }
    public string PaymentReference { get; set; }
    public string RoutingNumber { get; set; }
}
