using System.Text.RegularExpressions;

namespace Marketplace.Invoicing;

/// <summary>What a Stripe key tells by its form alone: kind, mode, and (keys made since 2019: <c>…_51</c> and 16 characters of the account's id) its account.</summary>
/// <param name="Kind"><c>pk</c>, <c>sk</c> or <c>rk</c>.</param>
/// <param name="AccountId">Null where the form does not tell it.</param>
public sealed partial record StripeKeyForm(string Kind, bool Livemode, string? AccountId)
{
    /// <summary>Reads a key's form; null for what is no Stripe key.</summary>
    public static StripeKeyForm? Read(string key) => Form().Match(key) is not { Success: true } match ? null : new(
        match.Groups["kind"].Value,
        match.Groups["mode"].Value == "live",
        match.Groups["account"] is { Success: true } account ? $"acct_1{account.Value}" : null);

    /// <summary>The key as it may be shown: its prefix and last four characters.</summary>
    public static string Mask(string key) => $"{key[..8]}…{key[^4..]}";

    [GeneratedRegex("^(?<kind>pk|sk|rk)_(?<mode>test|live)_(51(?<account>[A-Za-z0-9]{16}))?[A-Za-z0-9_]{8,200}$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Form();
}
