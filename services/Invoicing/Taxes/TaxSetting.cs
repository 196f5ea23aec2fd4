using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Text;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>What is done about taxes at one Stripe account.</summary>
/// <param name="Mode"><c>none</c>; <c>automatic</c>: Stripe Tax reckons them by where the customer is; <c>rates</c>: every line bears the named tax rates.</param>
/// <param name="Rates">Ids of Stripe tax rates (<c>txr_…</c>).</param>
public sealed record TaxSetting(string Mode, IReadOnlyList<string> Rates)
{
    /// <summary>Stripe Tax reckons.</summary>
    public const string Automatic = "automatic";

    /// <summary>The named rates.</summary>
    public const string ByRates = "rates";

    /// <summary>Whether Stripe has to know where the customer is.</summary>
    public bool NeedsAddress => Mode == Automatic;

    /// <summary>What an amount of ours is told to be: before tax where Stripe Tax reckons, else what the tax rates say.</summary>
    public string? Behavior => NeedsAddress ? "exclusive" : null;

    /// <summary>The setting in one word.</summary>
    public string Word => Mode == ByRates ? $"{Mode}:{string.Join(',', Rates)}" : Mode;

    /// <summary>The word short enough for an idempotency key.</summary>
    public string Digest => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Word)))[..16];

    /// <summary>The same word of an integration <c>i</c>, in SQL.</summary>
    public const string WordInSql = "case i.tax_mode when 'rates' then 'rates:' || array_to_string(i.tax_rates, ',') else i.tax_mode end";

    /// <summary>The setting that a word stands for.</summary>
    public static TaxSetting Read(string word) => word.Split(':') is [var mode, var rates] ? new(mode, rates.Split(',')) : new(word, []);

    /// <summary>Whether what stands at Stripe bears these taxes and no others.</summary>
    /// <param name="automatic">Whether Stripe Tax is on there.</param>
    /// <param name="rates">The tax rates there.</param>
    public bool Is(bool? automatic, IEnumerable<Stripe.TaxRate>? rates) => (automatic == true) == NeedsAddress && (rates ?? []).Select(rate => rate.Id).ToHashSet(StringComparer.Ordinal).SetEquals(Rates);

    /// <summary>An integration's setting as it is now.</summary>
    public static async Task<TaxSetting> Of(Database database, string integrationId, CancellationToken cancellation)
    {
        var row = (await database.QueryOne<Row>(Select, new { integrationId }, cancellation))!;
        return new(row.Mode, row.Rates);
    }

    /// <summary>The same as a write sees it.</summary>
    public static async Task<TaxSetting> Of(Transaction transaction, string integrationId, CancellationToken cancellation)
    {
        var row = (await transaction.QueryOne<Row>(Select, new { integrationId }, cancellation))!;
        return new(row.Mode, row.Rates);
    }

    /// <summary>The setting, held against every change until the transaction ends; null where the integration is deleted.</summary>
    public static async Task<TaxSetting?> Hold(Transaction transaction, string integrationId, CancellationToken cancellation) =>
        await transaction.QueryOne<Row>($"{Select} and deleted_at is null for share", new { integrationId }, cancellation) is { } row ? new(row.Mode, row.Rates) : null;

    private const string Select = "select tax_mode as mode, tax_rates as rates from billing_integrations where id = @integrationId";

    private sealed record Row
    {
        public required string Mode { get; init; }

        public required string[] Rates { get; init; }
    }
}

/// <summary>Sets what is done about taxes.</summary>
/// <param name="Mode"><c>none</c>, <c>automatic</c> or <c>rates</c>.</param>
/// <param name="Rates">Stripe tax rates, up to five; only with <c>rates</c>.</param>
public sealed record TaxRequest(
    [property: Required, AllowedValues("none", "automatic", "rates")] string? Mode,
    [property: MaxLength(5), StripeIds] IReadOnlyList<string>? Rates = null);

/// <summary>Ids as Stripe gives them, each of up to 255 characters.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class StripeIdsAttribute() : ValidationAttribute("{0} must be ids of Stripe's, each of up to 255 characters.")
{
    /// <inheritdoc/>
    public override bool IsValid(object? value) => value is null || (value is IEnumerable<string?> ids && ids.All(id => id is { Length: <= 255 } && PlainTextAttribute.Fits(id)));
}
