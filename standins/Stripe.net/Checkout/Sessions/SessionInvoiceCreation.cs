using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe.Checkout;

[JsonConverter(typeof(EntityConverter))]
public class SessionInvoiceCreation : StripeEntity<SessionInvoiceCreation>
{
    public bool Enabled { get; set; }
    public SessionInvoiceCreationInvoiceData InvoiceData { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionInvoiceCreationInvoiceData : StripeEntity<SessionInvoiceCreationInvoiceData>, IHasMetadata
{
    [JsonIgnore] public List<string> AccountTaxIdIds { get => AccountTaxIdsField?.ConvertAll(x => x.Id); set => AccountTaxIdsField = SetExpandableArrayIds<TaxId>(value); }
    [JsonIgnore] public List<TaxId> AccountTaxIds { get => AccountTaxIdsField?.ConvertAll(x => x.ExpandedObject); set => AccountTaxIdsField = SetExpandableArrayObjects(value); }
    [JsonPropertyName("account_tax_ids")] internal List<ExpandableField<TaxId>> AccountTaxIdsField { get; set; }
    public List<SessionInvoiceCreationInvoiceDataCustomField> CustomFields { get; set; }
    public string Description { get; set; }
    public string Footer { get; set; }
    public SessionInvoiceCreationInvoiceDataIssuer Issuer { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public SessionInvoiceCreationInvoiceDataRenderingOptions RenderingOptions { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionInvoiceCreationInvoiceDataCustomField : StripeEntity<SessionInvoiceCreationInvoiceDataCustomField>
{
    public string Name { get; set; }
    public string Value { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionInvoiceCreationInvoiceDataIssuer : StripeEntity<SessionInvoiceCreationInvoiceDataIssuer>
{
    [JsonIgnore] public string AccountId { get => AccountField?.Id; set => AccountField = SetExpandableFieldId(value, AccountField); }
    [JsonIgnore] public Account Account { get => AccountField?.ExpandedObject; set => AccountField = SetExpandableFieldObject(value, AccountField); }
    [JsonPropertyName("account")] internal ExpandableField<Account> AccountField { get; set; }
    public string Type { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class SessionInvoiceCreationInvoiceDataRenderingOptions : StripeEntity<SessionInvoiceCreationInvoiceDataRenderingOptions>
{
    public string AmountTaxDisplay { get; set; }
    public string Template { get; set; }
}
