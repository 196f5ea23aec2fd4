namespace Marketplace.Subscriptions;

/// <summary>The newest period that was invoiced, with all invoices that charge it.</summary>
internal static class InvoicedPeriod
{
    /// <summary>Whether all that was paid for it went back. What a change gave back was not paid any more before that.</summary>
    public static bool IsGivenBack(IReadOnlyList<InvoiceState> invoices, DateTimeOffset now)
    {
        var charging = Charging(invoices, now).Where(i => i.Status != "void").ToList();
        var paid = charging.Sum(i => i.Charged);
        return paid > 0 && charging.Sum(i => i.GivenBack) >= paid;
    }

    // From the next period's invoice on it is that one that counts, whether or not it is paid yet: the ordinary rules hold again. A change adds to the period that it came into, or takes its rest along into its own.
    private static IEnumerable<InvoiceState> Charging(IReadOnlyList<InvoiceState> invoices, DateTimeOffset now)
    {
        var newest = invoices.Where(i => i.CoversFrom <= now && i.Status != "void").MaxBy(i => (i.CoversFrom, -i.Since));
        for (var next = newest; next is not null; next = Before(next))
        {
            yield return next;
        }

        InvoiceState? Before(InvoiceState change) =>
            invoices.Where(i => i.SubscriptionId == change.Replaces && i.CoversFrom <= change.CoversFrom && change.CoversFrom < i.CoversTo).MaxBy(i => i.CoversFrom);
    }
}
