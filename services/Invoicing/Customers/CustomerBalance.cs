using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>A customer's balance at Stripe: below zero it is credit.</summary>
public static class CustomerBalance
{
    private const string Undone = "marketplace_undone_invoice";

    /// <summary>Keeps a balance unless a newer one is kept.</summary>
    /// <param name="asked">When Stripe was asked for it, in real time: what was asked for earlier and comes later changes nothing.</param>
    /// <param name="at">The same by our clock, for people.</param>
    public static Task<int> Keep(
        Transaction transaction, string customerId, long balance, string? currency, DateTimeOffset asked, DateTimeOffset at, CancellationToken cancellation) => transaction.Execute(
        """
        update customers set balance = @balance, balance_currency = coalesce(@currency, balance_currency), balance_at = @at, balance_asked = @asked
        where id = @customerId and (balance_asked is null or balance_asked <= @asked)
        """, new { customerId, balance, currency, asked, at }, cancellation);

    /// <summary>Undoes what issuing an invoice did to the balance: credit that paid it is there again, and what it left on the balance is neither owed nor kept. Stripe does so itself for
    /// what is voided, not for what counts as paid. Once for each invoice: the move names it, and is looked for before it is made.</summary>
    public static async Task Undo(StripeClient client, StripeJob job, Stripe.Invoice invoice, CancellationToken cancellation)
    {
        if (invoice.EndingBalance is not { } ending || ending == invoice.StartingBalance)
        {
            return;
        }

        var moves = client.V1.Customers.BalanceTransactions;
        try
        {
            await foreach (var move in moves.ListAutoPagingAsync(invoice.CustomerId, new CustomerBalanceTransactionListOptions { Limit = 100 }, cancellationToken: cancellation))
            {
                if (move.Metadata?.GetValueOrDefault(Undone) == invoice.Id)
                {
                    return;
                }
            }

            await moves.CreateAsync(
                invoice.CustomerId,
                new CustomerBalanceTransactionCreateOptions
                {
                    Amount = invoice.StartingBalance - ending,
                    Currency = invoice.Currency,
                    Description = $"Undoes what invoice {invoice.Number ?? invoice.Id} moved",
                    Metadata = new Dictionary<string, string> { [Undone] = invoice.Id },
                },
                new RequestOptions { IdempotencyKey = job.Key($"balance-{invoice.Id}") },
                cancellation);
        }
        catch (StripeException exception) when (CustomerDeletion.Tells(exception))
        {
            // Its balance went with the customer.
            return;
        }
    }
}
