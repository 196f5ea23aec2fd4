using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>A customer's balance at Stripe, as it was last seen: below zero it is credit.</summary>
public static class CustomerBalance
{
    /// <summary>Keeps a balance unless a newer one is kept.</summary>
    /// <param name="asked">When Stripe was asked for it, in real time: what was asked for earlier and comes later changes nothing.</param>
    /// <param name="at">The same by our clock, for people.</param>
    public static Task<int> Keep(
        Transaction transaction, string customerId, long balance, string? currency, DateTimeOffset asked, DateTimeOffset at, CancellationToken cancellation) => transaction.Execute(
        """
        update customers set balance = @balance, balance_currency = coalesce(@currency, balance_currency), balance_at = @at, balance_asked = @asked
        where id = @customerId and (balance_asked is null or balance_asked <= @asked)
        """, new { customerId, balance, currency, asked, at }, cancellation);
}
