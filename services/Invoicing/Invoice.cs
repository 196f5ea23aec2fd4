using System.Text.Json;
using Marketplace.Contracts.Invoicing;
using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>Why an invoice stands as it does.</summary>
/// <param name="Type">Stable word, such as <c>job_blocked</c> or <c>past_due</c>.</param>
public sealed record InvoiceReason(string Type, string Detail, DateTimeOffset Timestamp);

/// <summary>What Stripe received of an invoice, minor units.</summary>
/// <param name="Paid">Also in part; what was paid too much is the customer's balance and does not count.</param>
/// <param name="Elsewhere">The part of it that did not come through Stripe.</param>
/// <param name="Remaining">What is still to be paid.</param>
/// <param name="Credited">What credit notes took off before payment.</param>
public sealed record PaidAmounts(long Paid, long Elsewhere, long Remaining, long Credited);

/// <summary>What was found when the payment was looked at.</summary>
/// <param name="Problem">Null for nothing.</param>
/// <param name="Tried">Stripe's id of the method that was tried last; null where that is not known.</param>
public sealed record PaymentProblemRead(PaymentProblem? Problem, string? Tried = null);

/// <summary>An invoice row.</summary>
public sealed record Invoice
{
    /// <summary>Our id (<c>inv_…</c>).</summary>
    public required string Id { get; init; }

    /// <summary>The subscription it charges.</summary>
    public required string SubscriptionId { get; init; }

    /// <summary>The consumer organization that pays.</summary>
    public required string OrganizationId { get; init; }

    /// <summary>The provider who is paid.</summary>
    public required string ProviderOrganizationId { get; init; }

    /// <summary>The Stripe account it is issued in.</summary>
    public required string IntegrationId { get; init; }

    /// <summary>Our customer (<c>cst_…</c>); null when nothing was to be paid.</summary>
    public string? CustomerId { get; init; }

    /// <summary><c>initial</c>, <c>period</c>, <c>final</c> or <c>change</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>One of <see cref="InvoiceStatus"/>.</summary>
    public required string Status { get; init; }

    /// <summary>One of <see cref="InvoiceLevel"/>.</summary>
    public required string Level { get; init; }

    /// <summary>JSON array of <see cref="InvoiceReason"/>.</summary>
    public string Reasons { get; init; } = "[]";

    /// <summary>What stands at its head.</summary>
    public required string Description { get; init; }

    /// <summary>ISO currency, lower case.</summary>
    public required string Currency { get; init; }

    /// <summary>What we rated, in minor units: the sum of the lines, before tax on top.</summary>
    public long Total { get; init; }

    /// <summary>Tax on top, in minor units, as Stripe reckoned it.</summary>
    public long Tax { get; init; }

    /// <summary>Tax within <see cref="Total"/>, in minor units.</summary>
    public long TaxIncluded { get; init; }

    /// <summary>What is to be paid, in minor units, after the customer's balance at Stripe; null until Stripe has said.</summary>
    public long? AmountDue { get; init; }

    /// <summary>The customer's balance at Stripe before it, in minor units; below zero it is credit.</summary>
    public long? StartingBalance { get; init; }

    /// <summary>The customer's balance at Stripe after it, in minor units.</summary>
    public long? EndingBalance { get; init; }

    /// <summary>The product it charges; null on invoices of before that was written down.</summary>
    public string? ProductId { get; init; }

    /// <summary>Its title then.</summary>
    public string? ProductTitle { get; init; }

    /// <summary>The plan it charges.</summary>
    public string? PlanId { get; init; }

    /// <summary>Its title then.</summary>
    public string? PlanTitle { get; init; }

    /// <summary>Days between issue and due date.</summary>
    public int PaymentTermDays { get; init; }

    /// <summary>Start of the period whose base price it charges (UTC).</summary>
    public DateTimeOffset? CoversFrom { get; init; }

    /// <summary>End of that period (UTC), exclusive.</summary>
    public DateTimeOffset? CoversTo { get; init; }

    /// <summary>Stripe's number.</summary>
    public string? Number { get; init; }

    /// <summary>Where it is paid.</summary>
    public string? HostedInvoiceUrl { get; init; }

    /// <summary>Where its PDF is.</summary>
    public string? InvoicePdf { get; init; }

    /// <summary>What was paid for it in all, minor units: through Stripe or elsewhere, and what it used up of the customer's balance, or left on it for the next invoice; less what it took over from there.</summary>
    public long PaidInAll => Math.Max(0, Settled);

    /// <summary>What may be taken off of what is left to pay, minor units: not what it took over from the customer's balance, which other invoices are over and Stripe's credit notes of this one cannot be.</summary>
    public long Reducible => Math.Max(0, (AmountRemaining ?? 0) + Math.Min(0, Settled));

    // Below zero as long as less is paid than was taken over.
    private long Settled => AmountPaid + (EndingBalance - StartingBalance ?? 0);

    /// <summary>When it falls due (UTC).</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>When it was paid (UTC).</summary>
    public DateTimeOffset? PaidAt { get; init; }

    /// <summary>When its payment was heard of (UTC); null while it is not paid, and of invoices that were paid before this was noted.</summary>
    public DateTimeOffset? PaidHeardAt { get; init; }

    /// <summary>What was paid, also in part, minor units.</summary>
    public long AmountPaid { get; init; }

    /// <summary>The part of it that did not come through Stripe.</summary>
    public long PaidElsewhere { get; init; }

    /// <summary>What is left to pay; null while Stripe has not told.</summary>
    public long? AmountRemaining { get; init; }

    /// <summary>What credit notes took off before payment.</summary>
    public long AmountCredited { get; init; }

    /// <summary>What went back to the payer or is on its way.</summary>
    public long AmountRefunded { get; init; }

    /// <summary>What credit notes, refunds and lost disputes take back, or are about to.</summary>
    public long AmountTakenBack { get; init; }

    /// <summary>What stands in the way of its payment, as JSON; null for nothing.</summary>
    public string? Problem { get; init; }

    /// <summary>Whether it is to be voided as soon as that can be done.</summary>
    public bool VoidRequested { get; init; }

    /// <summary>Which job brings it to Stripe.</summary>
    public string JobKind { get; init; } = IssueInvoice.JobKind;

    /// <summary>Who is told to charge it: one of <see cref="InvoiceVendor"/>.</summary>
    public string Vendor { get; init; } = InvoiceVendor.Stripe;

    /// <summary>What the provider's own billing system calls it; null until that has billed it.</summary>
    public string? BillingId { get; init; }

    /// <summary>What that system stated, as JSON of <see cref="BillingStatement"/>.</summary>
    public string? Billing { get; init; }

    /// <summary>Grows with every announced change.</summary>
    public long Version { get; init; }

    /// <summary>When it was computed (UTC).</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>The columns of a row, for every select.</summary>
    public const string Columns =
        """
        id, subscription_id, organization_id, provider_organization_id, integration_id, customer_id, kind, status, level, reasons::text as reasons,
        description, currency, total, payment_term_days, covers_from, covers_to, number, hosted_invoice_url, invoice_pdf, due_at, paid_at, paid_heard_at,
        amount_paid, paid_elsewhere, amount_remaining, amount_credited, amount_refunded, amount_taken_back, problem::text as problem, void_requested, job_kind, version, created_at,
        tax, tax_included, amount_due, starting_balance, ending_balance, product_id, product_title, plan_id, plan_title, vendor, billing_id, billing::text as billing
        """;

    private static readonly string[] Terminal = [InvoiceStatus.Paid, InvoiceStatus.Void];

    /// <summary>Whether a system of the provider's own charges it.</summary>
    public bool IsCustom => Vendor == InvoiceVendor.Custom;

    /// <summary>Whether nothing can change any more.</summary>
    public bool IsSettled => Terminal.Contains(Status);

    /// <summary>The invoice after Stripe's facts, or null when they change nothing. A fact that is older than what is known (fetched before, applied
    /// after) never takes an invoice back: draft → open → uncollectible → void → paid. Money that Stripe holds counts
    /// even for an invoice that was given up here. One that is past due is open again while the payer's bank carries a debit out, as if it had been begun before the due date.</summary>
    public Invoice? After(StripeInvoiceFacts facts, DateTimeOffset now)
    {
        var due = facts.DueAt ?? DueAt;
        var isWithBank = facts.Problem is { } looked ? looked.Problem is { Type: PaymentProblems.Processing } : IsWithBank;
        var status = facts.Status switch
        {
            "draft" => InvoiceStatus.Draft,
            "open" => Status == InvoiceStatus.PastDue && due <= now && !(isWithBank && due + PaymentProblems.LongestProcessing > now) ? InvoiceStatus.PastDue : InvoiceStatus.Open,
            "paid" => InvoiceStatus.Paid,
            "uncollectible" => InvoiceStatus.Incomplete,
            "void" or "deleted" => InvoiceStatus.Void,
            _ => Status,
        };
        if ((IsSettled && status != InvoiceStatus.Paid) || Rank(status) < Rank(Status))
        {
            return null;
        }

        var next = this with
        {
            Status = status,
            Number = facts.Number ?? Number,
            HostedInvoiceUrl = facts.HostedInvoiceUrl ?? HostedInvoiceUrl,
            InvoicePdf = facts.InvoicePdf ?? InvoicePdf,
            DueAt = due,
            PaidAt = status != InvoiceStatus.Paid ? null : Status == InvoiceStatus.Paid ? PaidAt : facts.PaidAt ?? now,
            PaidHeardAt = status != InvoiceStatus.Paid ? null : Status == InvoiceStatus.Paid ? PaidHeardAt : now,
            AmountPaid = facts.Amounts?.Paid ?? AmountPaid,
            PaidElsewhere = facts.Amounts?.Elsewhere ?? PaidElsewhere,
            AmountRemaining = status == InvoiceStatus.Void ? 0 : facts.Amounts?.Remaining ?? AmountRemaining,
            AmountCredited = facts.Amounts?.Credited ?? AmountCredited,
            Problem = status is InvoiceStatus.Paid or InvoiceStatus.Void ? null : facts.Problem is { } read && read.Problem != ReadProblem() ? Write(read.Problem) : Problem,
        };
        if (facts.Sums is { } sums && status != InvoiceStatus.Draft)
        {
            next = next with
            {
                Tax = sums.Tax, TaxIncluded = sums.TaxIncluded, AmountDue = sums.AmountDue, StartingBalance = sums.StartingBalance, EndingBalance = sums.EndingBalance,
            };
        }

        if (next == this)
        {
            return null;
        }

        // What somebody has to decide about goes on saying so.
        return status == Status || (Status == InvoiceStatus.PastDue && status == InvoiceStatus.Open && Shows(UnvoidedInvoice.Reason))
            ? next
            : next.Leveled(status == InvoiceStatus.Draft ? InvoiceLevel.Pending : InvoiceLevel.Success, status switch
        {
            InvoiceStatus.Incomplete => new("uncollectible", "Marked uncollectible at Stripe.", now),
            InvoiceStatus.Paid => facts.Sums?.WhyNothingIsDue(Currency, now),
            InvoiceStatus.Void when facts.Status == "deleted" => new("deleted", "Deleted before it was issued.", now),
            _ => null,
        });
    }

    /// <summary>Whether the payer's bank carries a debit out.</summary>
    public bool IsWithBank => ReadProblem() is { Type: PaymentProblems.Processing };

    /// <summary>Until when its due date may pass because of that; null where there is none.</summary>
    public DateTimeOffset? WaitsForBankUntil => Status == InvoiceStatus.Open && IsWithBank ? DueAt + PaymentProblems.LongestProcessing : null;

    /// <summary>The invoice after our own clock passed its due date, or null when that changes nothing. One that somebody has to decide about goes on saying so, and can be retried.</summary>
    public Invoice? AfterDueDate(DateTimeOffset now) => WaitsForBankUntil > now ? null
        : Status == InvoiceStatus.Open && DueAt <= now && Shows(UnvoidedInvoice.Reason) ? this with { Status = InvoiceStatus.PastDue }
        : Status == InvoiceStatus.Open && DueAt <= now
        ? (this with { Status = InvoiceStatus.PastDue }).Leveled(InvoiceLevel.Pending, new InvoiceReason("past_due", $"Not paid by {DueAt:yyyy-MM-dd HH:mm} UTC.", now))
        : WaitsForPayer && CreatedAt.AddDays(PaymentTermDays) is var due && due <= now ? this with { Status = InvoiceStatus.PastDue, DueAt = due }
        : null;

    // Not issued because its payer has not said where it is: else who says nothing would pay nothing and keep access.
    private bool WaitsForPayer => Status == InvoiceStatus.Draft && Kind != "initial" && Level == InvoiceLevel.Error
        && ReadReasons().Any(reason => StripeFailure.WaitForAddress.Contains(reason.Type));

    /// <summary>Whether one of its reasons is of a type.</summary>
    public bool Shows(string reason) => ReadReasons().Any(r => r.Type == reason);

    /// <summary>Why its level is what it is.</summary>
    public InvoiceReason[] ReadReasons() => JsonSerializer.Deserialize<InvoiceReason[]>(Reasons, JsonSerializerOptions.Web)!;

    /// <summary>Writes level and reason of several invoices; no hearer needs them.</summary>
    public static Task<int> SetLevel(Transaction transaction, IEnumerable<string> ids, string level, InvoiceReason? reason, CancellationToken cancellation) => transaction.Execute(
        "update invoices set level = @level, reasons = @reasons::jsonb where id = any(@ids) and status not in ('paid', 'void')",
        new { ids = ids.ToArray(), level, reasons = Write(reason) }, cancellation);

    /// <summary>Shows an error on an invoice whatever its status: also one that is paid may need somebody's decision.</summary>
    public static Task<int> SetError(Transaction transaction, string id, InvoiceReason reason, CancellationToken cancellation) => transaction.Execute(
        "update invoices set level = 'error', reasons = @reasons::jsonb where id = @id", new { id, reasons = Write(reason) }, cancellation);

    /// <summary>Holds an invoice for a change. Every write locks rows in one order, so that no two wait for each other: subscriptions, Stripe's subscriptions,
    /// customers, invoices (by id), lanes, jobs, a provider's feed of invoice events.</summary>
    public static Task<Invoice?> Lock(Transaction transaction, string id, CancellationToken cancellation) =>
        transaction.QueryOne<Invoice>($"select {Columns} from invoices where id = @id for no key update", new { id }, cancellation);

    /// <summary>Writes what <see cref="After"/> decided and announces it under the next version.</summary>
    public Task Save(Transaction transaction, CancellationToken cancellation) => Save(transaction, InvoiceEvents.Status, cancellation);

    /// <summary>The same where something else than the state or its level may have changed.</summary>
    /// <param name="subresource">What changed, for the provider's own billing system.</param>
    public async Task Save(Transaction transaction, string subresource, CancellationToken cancellation)
    {
        var next = this with { Version = Version + 1 };
        await transaction.Execute(
            $"""
            update invoices set status = @Status, level = @Level, reasons = @Reasons::jsonb, number = @Number, hosted_invoice_url = @HostedInvoiceUrl,
                invoice_pdf = @InvoicePdf, due_at = @DueAt, due_check_at = case when due_at is distinct from @DueAt or (problem ->> 'type' = '{PaymentProblems.Processing}' and @WaitsForBankUntil::timestamptz is null) then @DueAt else due_check_at end,
                paid_at = @PaidAt, paid_heard_at = @PaidHeardAt, amount_paid = @AmountPaid, paid_elsewhere = @PaidElsewhere, amount_remaining = @AmountRemaining,
                amount_credited = @AmountCredited, amount_refunded = @AmountRefunded, amount_taken_back = @AmountTakenBack, problem = @Problem::jsonb, tax = @Tax, tax_included = @TaxIncluded,
                amount_due = @AmountDue, starting_balance = @StartingBalance, ending_balance = @EndingBalance, void_requested = @VoidRequested,
                billing_id = @BillingId, billing = @Billing::jsonb, version = @Version
            where id = @Id
            """, next, cancellation);
        await next.Announce(transaction, subresource, cancellation);
    }

    /// <summary>Tells the hearers the present state, and the provider's own billing system where that charges it.</summary>
    public async Task Announce(Transaction transaction, string subresource, CancellationToken cancellation)
    {
        await transaction.Announce(new InvoiceChanged(
            Id, SubscriptionId, OrganizationId, Kind, Status, Number, HostedInvoiceUrl, Total + Tax, Currency, CoversFrom, CoversTo, DueAt, PaidAt, Version,
            AmountRefunded, ReadProblem(), AmountPaid, AmountDue, Tax,
            JobKind == SettlePeriod.JobKind ? StripeSubscription.BillingModel : null, AmountTakenBack, PaidInAll), cancellation);
        if (IsCustom)
        {
            await InvoiceEvents.Add(transaction, this, subresource, cancellation);
        }
    }

    /// <summary>What stands in the way of its payment.</summary>
    public PaymentProblem? ReadProblem() => Problem is null ? null : JsonSerializer.Deserialize<PaymentProblem>(Problem, JsonSerializerOptions.Web);

    private static string? Write(PaymentProblem? problem) => problem is null ? null : JsonSerializer.Serialize(problem, JsonSerializerOptions.Web);

    /// <summary>On another level, for the given reasons.</summary>
    internal Invoice Leveled(string level, params InvoiceReason?[] reasons) => this with { Level = level, Reasons = Write(reasons) };

    private static string Write(params InvoiceReason?[] reasons) => JsonSerializer.Serialize(reasons.OfType<InvoiceReason>(), JsonSerializerOptions.Web);

    private static int Rank(string status) => status switch
    {
        InvoiceStatus.Draft => 0,
        InvoiceStatus.Open or InvoiceStatus.PastDue => 1,
        InvoiceStatus.Incomplete => 2,
        InvoiceStatus.Void => 3,
        _ => 4,
    };
}
