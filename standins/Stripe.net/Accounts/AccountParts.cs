using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class AccountBusinessProfile : StripeEntity<AccountBusinessProfile>
{
    public AccountBusinessProfileAnnualRevenue AnnualRevenue { get; set; }
    public long? EstimatedWorkerCount { get; set; }
    public string Mcc { get; set; }
    public List<string> MinorityOwnedBusinessDesignation { get; set; }
    public AccountBusinessProfileMonthlyEstimatedRevenue MonthlyEstimatedRevenue { get; set; }
    public string Name { get; set; }
    public string ProductDescription { get; set; }
    public Address SupportAddress { get; set; }
    public string SupportEmail { get; set; }
    public string SupportPhone { get; set; }
    public string SupportUrl { get; set; }
    public string Url { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class AccountBusinessProfileAnnualRevenue : StripeEntity<AccountBusinessProfileAnnualRevenue>
{
    public long? Amount { get; set; }
    public string Currency { get; set; }
    public string FiscalYearEnd { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class AccountBusinessProfileMonthlyEstimatedRevenue : StripeEntity<AccountBusinessProfileMonthlyEstimatedRevenue>
{
    public long Amount { get; set; }
    public string Currency { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class AccountCapabilities : StripeEntity<AccountCapabilities>
{
    public string AcssDebitPayments { get; set; }
    public string AffirmPayments { get; set; }
    public string AfterpayClearpayPayments { get; set; }
    public string AlmaPayments { get; set; }
    public string AmazonPayPayments { get; set; }
    public string AppDistribution { get; set; }
    public string AuBecsDebitPayments { get; set; }
    public string BacsDebitPayments { get; set; }
    public string BancontactPayments { get; set; }
    public string BankTransferPayments { get; set; }
    public string BilliePayments { get; set; }
    public string BizumPayments { get; set; }
    public string BlikPayments { get; set; }
    public string BoletoPayments { get; set; }
    public string CardIssuing { get; set; }
    public string CardPayments { get; set; }
    public string CartesBancairesPayments { get; set; }
    public string CashappPayments { get; set; }
    public string CryptoPayments { get; set; }
    public string EpsPayments { get; set; }
    public string FpxPayments { get; set; }
    public string GbBankTransferPayments { get; set; }
    public string GiropayPayments { get; set; }
    public string GrabpayPayments { get; set; }
    public string IdealPayments { get; set; }
    public string IndiaInternationalPayments { get; set; }
    public string JcbPayments { get; set; }
    public string JpBankTransferPayments { get; set; }
    public string KakaoPayPayments { get; set; }
    public string KlarnaPayments { get; set; }
    public string KonbiniPayments { get; set; }
    public string KrCardPayments { get; set; }
    public string LegacyPayments { get; set; }
    public string LinkPayments { get; set; }
    public string MbWayPayments { get; set; }
    public string MobilepayPayments { get; set; }
    public string MultibancoPayments { get; set; }
    public string MxBankTransferPayments { get; set; }
    public string NaverPayPayments { get; set; }
    public string NzBankAccountBecsDebitPayments { get; set; }
    public string OxxoPayments { get; set; }
    public string P24Payments { get; set; }
    public string PayByBankPayments { get; set; }
    public string PaycoPayments { get; set; }
    public string PaynowPayments { get; set; }
    public string PaytoPayments { get; set; }
    public string PixPayments { get; set; }
    public string PromptpayPayments { get; set; }
    public string RevolutPayPayments { get; set; }
    public string SamsungPayPayments { get; set; }
    public string SatispayPayments { get; set; }
    public string ScalapayPayments { get; set; }
    public string SepaBankTransferPayments { get; set; }
    public string SepaDebitPayments { get; set; }
    public string SofortPayments { get; set; }
    public string SunbitPayments { get; set; }
    public string SwishPayments { get; set; }
    [JsonPropertyName("tax_reporting_us_1099_k")] public string TaxReportingUs1099K { get; set; }
    [JsonPropertyName("tax_reporting_us_1099_misc")] public string TaxReportingUs1099Misc { get; set; }
    public string Transfers { get; set; }
    public string Treasury { get; set; }
    public string TwintPayments { get; set; }
    public string UpiPayments { get; set; }
    public string UsBankAccountAchPayments { get; set; }
    public string UsBankTransferPayments { get; set; }
    public string ZipPayments { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class AccountFutureRequirements : StripeEntity<AccountFutureRequirements>
{
    public List<AccountFutureRequirementsAlternative> Alternatives { get; set; }
    public DateTime? CurrentDeadline { get; set; }
    public List<string> CurrentlyDue { get; set; }
    public string DisabledReason { get; set; }
    public List<AccountFutureRequirementsError> Errors { get; set; }
    public List<string> EventuallyDue { get; set; }
    public List<string> PastDue { get; set; }
    public List<string> PendingVerification { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class AccountFutureRequirementsAlternative : StripeEntity<AccountFutureRequirementsAlternative>
{
    public List<string> AlternativeFieldsDue { get; set; }
    public List<string> OriginalFieldsDue { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class AccountFutureRequirementsError : StripeEntity<AccountFutureRequirementsError>
{
    public string Code { get; set; }
    public string Reason { get; set; }
    public string Requirement { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class AccountRequirements : StripeEntity<AccountRequirements>
{
    public List<AccountRequirementsAlternative> Alternatives { get; set; }
    public DateTime? CurrentDeadline { get; set; }
    public List<string> CurrentlyDue { get; set; }
    public string DisabledReason { get; set; }
    public List<AccountRequirementsError> Errors { get; set; }
    public List<string> EventuallyDue { get; set; }
    public List<string> PastDue { get; set; }
    public List<string> PendingVerification { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class AccountRequirementsAlternative : StripeEntity<AccountRequirementsAlternative>
{
    public List<string> AlternativeFieldsDue { get; set; }
    public List<string> OriginalFieldsDue { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class AccountRequirementsError : StripeEntity<AccountRequirementsError>
{
    public string Code { get; set; }
    public string Reason { get; set; }
    public string Requirement { get; set; }
}
