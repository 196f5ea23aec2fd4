using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public class AccountSettings : StripeEntity<AccountSettings>
{
    public AccountSettingsBranding Branding { get; set; }
    public AccountSettingsDashboard Dashboard { get; set; }
    public AccountSettingsInvoices Invoices { get; set; }
    public AccountSettingsPayments Payments { get; set; }
    public AccountSettingsPayouts Payouts { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class AccountSettingsBranding : StripeEntity<AccountSettingsBranding>
{
    public string PrimaryColor { get; set; }
    public string SecondaryColor { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class AccountSettingsDashboard : StripeEntity<AccountSettingsDashboard>
{
    public string DisplayName { get; set; }
    public string Timezone { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class AccountSettingsInvoices : StripeEntity<AccountSettingsInvoices>
{
    [JsonIgnore] public List<string> DefaultAccountTaxIdIds { get => DefaultAccountTaxIdsField?.ConvertAll(x => x.Id); set => DefaultAccountTaxIdsField = SetExpandableArrayIds<TaxId>(value); }
    [JsonIgnore] public List<TaxId> DefaultAccountTaxIds { get => DefaultAccountTaxIdsField?.ConvertAll(x => x.ExpandedObject); set => DefaultAccountTaxIdsField = SetExpandableArrayObjects(value); }
    [JsonPropertyName("default_account_tax_ids")] internal List<ExpandableField<TaxId>> DefaultAccountTaxIdsField { get; set; }
    public string HostedPaymentMethodSave { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class AccountSettingsPayments : StripeEntity<AccountSettingsPayments>
{
    public string StatementDescriptor { get; set; }
    public string StatementDescriptorKana { get; set; }
    public string StatementDescriptorKanji { get; set; }
    public string StatementDescriptorPrefixKana { get; set; }
    public string StatementDescriptorPrefixKanji { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class AccountSettingsPayouts : StripeEntity<AccountSettingsPayouts>
{
    public bool DebitNegativeBalances { get; set; }
    public AccountSettingsPayoutsSchedule Schedule { get; set; }
    public string StatementDescriptor { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class AccountSettingsPayoutsSchedule : StripeEntity<AccountSettingsPayoutsSchedule>
{
    public long DelayDays { get; set; }
    public string Interval { get; set; }
    public long MonthlyAnchor { get; set; }
    public List<long> MonthlyPayoutDays { get; set; }
    public string WeeklyAnchor { get; set; }
    public List<string> WeeklyPayoutDays { get; set; }
}
