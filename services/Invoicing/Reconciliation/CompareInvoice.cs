using Marketplace.Contracts.WebhookIngest;
using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>An invoice of ours with its pair at Stripe.</summary>
/// <param name="StripeId">Null while Stripe's is not known.</param>
/// <param name="OnItsWay">A job of it waits or runs.</param>
/// <param name="Moves">That job is under way, and does not stand still in the queue.</param>
public sealed record BookedInvoice(
    string Id, string SubscriptionId, string IntegrationId, string OrganizationId, string Status, string Level, long Total, long AmountPaid, string Currency, long Version, string? StripeId, bool OnItsWay, bool Moves)
{
    /// <summary>Everything but where and which.</summary>
    public const string Select =
        $"""
        select v.id, v.subscription_id, v.integration_id, v.organization_id, v.status, v.level, v.total, v.amount_paid, v.currency, v.version, o.stripe_id,
            exists (select from stripe_jobs j where j.subject_id = v.id and j.status in ('waiting', 'running')) as on_its_way, exists (select from stripe_jobs j where j.subject_id = v.id and {JobQueue.UnderWay}) as moves
        from invoices v left join stripe_objects o on o.our_id = v.id
        """;

    /// <summary>Whether nothing can change any more.</summary>
    public bool IsSettled => Status is InvoiceStatus.Paid or InvoiceStatus.Void;

    /// <summary>Our word for Stripe's state of an invoice. Past due is decided by our own clock; at Stripe such an invoice is open.</summary>
    public string StatusOf(Stripe.Invoice theirs) => theirs.Status switch
    {
        _ when theirs.Deleted == true || VoidStripeInvoice.IsDiscarded(theirs) => InvoiceStatus.Void,
        "open" when Status == InvoiceStatus.PastDue => InvoiceStatus.PastDue,
        "uncollectible" => InvoiceStatus.Incomplete,
        _ => theirs.Status,
    };

    /// <summary>How Stripe's invoice differs; null when it does not. Tax on top is Stripe's: without it the amount has to be ours. A draft, or a void one, is its job's, which finds it,
    /// fills it and holds it against ours before anything is payable: it is not paired here, and its amount not compared.</summary>
    public Difference? DifferenceTo(Stripe.Invoice theirs) =>
        StripeId is null && (theirs.Status is "draft" or "void" || VoidStripeInvoice.IsDiscarded(theirs)) ? null
        : StripeId is not null && StatusOf(theirs) != Status ? new(DriftKind.InvoiceStatus, Status, StatusOf(theirs))
        : theirs.Deleted != true && theirs.Status is not ("draft" or "void") && !VoidStripeInvoice.IsDiscarded(theirs) && (theirs.Currency != Currency || StripeInvoiceSums.Of(theirs).BeforeTax != Total)
            ? new(DriftKind.InvoiceAmount, $"{Total} {Currency}", $"{theirs.Total} {theirs.Currency}", "Void it at Stripe, or give the difference back with a credit note, or accept it.")
        : StripeId is not null && theirs.Status is "open" or "paid" or "uncollectible" && theirs.AmountPaid - theirs.AmountOverpaid != AmountPaid
            ? new(DriftKind.InvoicePayment, $"{AmountPaid} {Currency} paid", $"{theirs.AmountPaid - theirs.AmountOverpaid} {theirs.Currency} paid")
        : StripeId is null && theirs.Deleted != true ? new(DriftKind.InvoiceMissingHere, "none", StatusOf(theirs))
        : null;
}

/// <summary>Compares one invoice with Stripe's, and has the mirror of webhooks apply what Stripe says: a run repairs by the very code that a webhook would have.</summary>
public sealed class CompareInvoice(InvoiceMirror mirror, StripeConnections stripe, DriftLog log, Database database, TimeProvider clock)
{
    private const int Tries = 3;
    private const string ObjectType = "invoice";

    /// <summary>Our invoices that Stripe's belong to, by Stripe's id: by their pair, else by the id that the metadata names.</summary>
    public async Task<IReadOnlyDictionary<string, BookedInvoice>> Booked(BillingIntegration integration, IReadOnlyList<Stripe.Invoice> theirs, CancellationToken cancellation)
    {
        var named = theirs.Where(invoice => InvoiceMirror.Foreign(integration, invoice) is null).ToDictionary(invoice => invoice.Id, invoice => invoice.Metadata[StripeMetadata.Id], StringComparer.Ordinal);
        var rows = await database.Query<BookedInvoice>(
            $"""
            {BookedInvoice.Select} where v.integration_id = @Id and v.id in (
                select our_id from stripe_objects where integration_id = @Id and stripe_id = any(@theirs) union select unnest(@named))
            """, new { integration.Id, theirs = theirs.Select(invoice => invoice.Id).ToArray(), named = named.Values.ToArray() }, cancellation);
        var paired = rows.Where(row => row.StripeId is not null).ToDictionary(row => row.StripeId!, StringComparer.Ordinal);
        var byId = rows.ToDictionary(row => row.Id, StringComparer.Ordinal);
        return theirs.Select(invoice => (invoice.Id, Row: paired.GetValueOrDefault(invoice.Id) ?? (named.TryGetValue(invoice.Id, out var ours) ? byId.GetValueOrDefault(ours) : null)))
            .Where(pair => pair.Row is not null).ToDictionary(pair => pair.Id, pair => pair.Row!, StringComparer.Ordinal);
    }

    /// <summary>Compares freshly, applies, and notes what was repaired in the same write.</summary>
    /// <param name="run">Null outside of a run: then nothing is noted.</param>
    /// <returns>The difference that is left; null when there is none.</returns>
    public async Task<Difference?> Settle(ReconciliationRun? run, BillingIntegration integration, string step, string ourId, string stripeId, CancellationToken cancellation)
    {
        for (var tried = 1; ; tried++)
        {
            // Ours is read first: if it is the same afterwards, the two really differed, and no webhook was applied between the two looks.
            var ours = await Find(ourId, cancellation);
            var theirs = await Ask(integration, stripeId, cancellation);
            if (ours is null || (ours.StripeId is not null && ours.StripeId != stripeId))
            {
                return new(DriftKind.UnknownObject, ours?.StripeId ?? "none", stripeId);
            }

            if (ours.DifferenceTo(theirs) is not { } difference)
            {
                return null;
            }

            if (Lasts(ours, theirs, difference) is { } lasting)
            {
                return lasting;
            }

            var (applied, reason) = await Apply(run, integration, step, ours, stripeId, difference, cancellation);
            if (!applied && reason is not null)
            {
                return difference with { Detail = reason };
            }

            var after = await Find(ourId, cancellation);
            if (tried == Tries || (!applied && after?.Version == ours.Version))
            {
                return after?.DifferenceTo(theirs);
            }
        }
    }

    /// <summary>Stripe's invoice; one that is not there any more is deleted.</summary>
    public async Task<Stripe.Invoice> Ask(BillingIntegration integration, string stripeId, CancellationToken cancellation) =>
        await StripeObjects.IfThere(() => stripe.Open(integration.Keys).V1.Invoices.GetAsync(stripeId, cancellationToken: cancellation)) ?? new Stripe.Invoice { Id = stripeId, Deleted = true };

    /// <summary>Whether nobody pays for an invoice of Stripe's: one that is none of ours is no difference then.</summary>
    public static bool IsIdle(Stripe.Invoice theirs) =>
        theirs.Status == "void" || InvoiceMismatch.IsIdle(theirs.Metadata?.GetValueOrDefault(StripeMetadata.Id), theirs.Status, theirs.AmountPaid);

    /// <summary>One of our invoices.</summary>
    public Task<BookedInvoice?> Find(string ourId, CancellationToken cancellation) =>
        database.QueryOne<BookedInvoice>($"{BookedInvoice.Select} where v.id = @ourId", new { ourId }, cancellation);

    // What no mirror repairs: another amount; an issued invoice that is gone, which would silently not be owed any more.
    private static Difference? Lasts(BookedInvoice ours, Stripe.Invoice theirs, Difference difference) =>
        difference.Kind == DriftKind.InvoiceAmount ? difference
        : theirs.Deleted == true && ours.Status is not InvoiceStatus.Draft
            ? new(DriftKind.InvoiceMissingAtStripe, ours.Status, "none", ours.Status == InvoiceStatus.Paid ? "It is paid; accept it." : "A repair issues it again.")
        : null;

    private async Task<(bool Applied, string? Reason)> Apply(
        ReconciliationRun? run, BillingIntegration integration, string step, BookedInvoice ours, string stripeId, Difference difference, CancellationToken cancellation)
    {
        var apply = await mirror.Fetch(
            new StripeEventReceived(integration.Id, run?.Id ?? integration.Id, "reconciliation", ObjectType, stripeId, integration.Livemode, clock.GetUtcNow()), integration, cancellation);
        await using var transaction = await database.Begin(cancellation);
        // The mirror holds both subscriptions' rows, of an invoice that Stripe's own subscription made, and the payer's: they come before the invoice's.
        await BilledSubscription.Lock(transaction, ours.SubscriptionId, cancellation);
        await StripeSubscription.Lock(transaction, ours.SubscriptionId, cancellation);
        await ChargeInvoice.HoldPayer(transaction, ours.Id, cancellation);
        var before = await Invoice.Lock(transaction, ours.Id, cancellation);
        if (before?.Version != ours.Version)
        {
            return (false, null);
        }

        if (await apply(transaction, cancellation) is { } reason)
        {
            return (false, reason);
        }

        var after = (await Invoice.Lock(transaction, ours.Id, cancellation))!;
        if (difference.Kind == DriftKind.InvoiceStatus ? after.Status == before.Status : difference.Kind == DriftKind.InvoicePayment && after.Version == before.Version)
        {
            // Ours is past what Stripe says; an invoice is never taken back.
            return (false, null);
        }

        if (run is not null)
        {
            await log.Note(transaction, run, integration, step, ObjectType, ours.Id, stripeId, difference.Kind == DriftKind.InvoiceStatus ? difference with { AtStripe = after.Status } : difference, DriftState.Repaired, cancellation);
        }

        await transaction.Commit(cancellation);
        return (true, null);
    }
}
