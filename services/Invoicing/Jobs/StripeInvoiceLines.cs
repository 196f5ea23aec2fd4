using Stripe;

namespace Marketplace.Invoicing;

/// <summary>One line of ours as an item of Stripe's invoice.</summary>
/// <param name="Position">Its position in our invoice, by which it is known at Stripe.</param>
/// <param name="Amount">Minor units.</param>
public sealed record InvoiceItemLine(int Position, string Description, long Amount, DateTimeOffset PeriodStart, DateTimeOffset PeriodEnd);

/// <summary>Puts lines of ours on a draft at Stripe. Those that are there from an earlier attempt are known by their position in our invoice.</summary>
public static class StripeInvoiceLines
{
    /// <summary>The metadata key of a line's position.</summary>
    internal const string Position = "marketplace_line";

    /// <summary>Adds what is not there yet, each line under a key of its own.</summary>
    /// <param name="mayHoldLines">False where the draft is known to be empty, which saves the question.</param>
    /// <param name="taxBehavior">Whether amounts hold their tax; null for the account's default.</param>
    public static async Task Add(
        StripeClient client, StripeJob job, (string Id, string Currency) draft, string customer, IEnumerable<InvoiceItemLine> lines, bool mayHoldLines, string? taxBehavior,
        CancellationToken cancellation)
    {
        HashSet<string> there = new(StringComparer.Ordinal);
        if (mayHoldLines)
        {
            await foreach (var item in client.V1.InvoiceItems.ListAutoPagingAsync(new InvoiceItemListOptions { Invoice = draft.Id, Limit = 100 }, cancellationToken: cancellation))
            {
                there.Add(item.Metadata?.GetValueOrDefault(Position) ?? "");
            }
        }

        foreach (var line in lines.Where(line => !there.Contains($"{line.Position}")))
        {
            await client.V1.InvoiceItems.CreateAsync(
                new InvoiceItemCreateOptions
                {
                    Customer = customer,
                    Invoice = draft.Id,
                    Amount = line.Amount,
                    Currency = draft.Currency,
                    Description = line.Description,
                    TaxBehavior = taxBehavior,
                    Period = new InvoiceItemPeriodOptions { Start = line.PeriodStart.UtcDateTime, End = line.PeriodEnd.UtcDateTime },
                    Metadata = new Dictionary<string, string> { [Position] = $"{line.Position}" },
                },
                new RequestOptions { IdempotencyKey = job.Key($"line-{line.Position}") },
                cancellation);
        }
    }
}
