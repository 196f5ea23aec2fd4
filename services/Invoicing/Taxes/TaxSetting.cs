using System.ComponentModel.DataAnnotations;
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

    /// <summary>An integration's setting as it is now.</summary>
    public static async Task<TaxSetting> Of(Database database, string integrationId, CancellationToken cancellation)
    {
        var row = (await database.QueryOne<Row>("select tax_mode as mode, tax_rates as rates from billing_integrations where id = @integrationId", new { integrationId }, cancellation))!;
        return new(row.Mode, row.Rates);
    }

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
