using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Subscriptions;

/// <summary>
/// How an account goes after money: days from one failed attempt to the next; what becomes of the subscription (cancel, unpaid,
/// past_due) and of the invoice (open, uncollectible) after the last; days before a renewal that invoice.upcoming is told.
/// </summary>
public sealed record Dunning(int[] RetryDays, string Subscription, string Invoice, int UpcomingDays)
{
    private const string Field = "dunning";

    public static readonly Dunning Standard = new([3, 5, 7], "cancel", "open", 7);

    public bool IsKnown => RetryDays is { Length: <= 8 } && RetryDays.All(d => d is >= 1 and <= 60) && UpcomingDays is >= 0 and <= 60
        && Subscription is "cancel" or "unpaid" or "past_due" && Invoice is "open" or "uncollectible";

    /// <summary>The account's own, or the standard one.</summary>
    public static Dunning Of(Transaction tx)
    {
        if (tx.Store.Find("account/" + tx.Scope.Account)?.Inner[Field] is not JsonObject own)
        {
            return Standard;
        }

        return new Dunning([.. own["retryDays"]!.AsArray().Select(d => (int)d.Long())], own.Text("subscription")!, own.Text("invoice")!, (int)own.Long("upcomingDays"));
    }

    /// <summary>Keeps it with the account.</summary>
    public void Keep(Transaction tx, Stored account)
    {
        tx.Edit(account);
        account.Inner[Field] = new JsonObject
        {
            ["retryDays"] = new JsonArray([.. RetryDays.Select(d => (JsonNode)d)]), ["subscription"] = Subscription, ["invoice"] = Invoice, ["upcomingDays"] = UpcomingDays,
        };
    }

    /// <summary>When the next attempt is due after so many, or null when there is none.</summary>
    public long? Next(long attempts, long now) => attempts >= 1 && attempts <= RetryDays.Length ? now + (RetryDays[attempts - 1] * 86_400L) : null;
}
