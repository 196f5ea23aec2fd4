using System.Diagnostics.Metrics;
using Marketplace.Contracts.Catalog;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>What Subscriptions told of a subscription.</summary>
public sealed record BilledSubscription
{
    /// <summary>Subscriptions' id.</summary>
    public required string Id { get; init; }

    /// <summary>The consumer organization.</summary>
    public required string OrganizationId { get; init; }

    /// <summary>The Stripe account that bills it; null while only its cancellation was heard.</summary>
    public string? IntegrationId { get; init; }

    /// <summary>The provider who is paid.</summary>
    public string? ProviderOrganizationId { get; init; }

    /// <summary>The name on its invoices.</summary>
    public string? OrganizationTitle { get; init; }

    /// <summary>Where its invoices go.</summary>
    public string? Email { get; init; }

    /// <summary>The product's title.</summary>
    public string? ProductTitle { get; init; }

    /// <summary>The product.</summary>
    public string? ProductId { get; init; }

    /// <summary>When it ended (UTC).</summary>
    public DateTimeOffset? CancelledAt { get; init; }

    /// <summary>Holds a subscription, so that its invoices are made one after the other. <c>No key update</c>, as everywhere here: it is what the upserts
    /// before it take already (raising a lock that others queue for deadlocks), and foreign keys do not wait for it.</summary>
    public static Task<BilledSubscription?> Lock(Transaction transaction, string id, CancellationToken cancellation) => transaction.QueryOne<BilledSubscription>(
        "select id, organization_id, integration_id, provider_organization_id, organization_title, email, product_title, product_id, cancelled_at from subscriptions where id = @id for no key update",
        new { id }, cancellation);
}

/// <summary>Writes a rated invoice once, with its lines, its customer and the jobs that issue it.</summary>
public sealed class WriteInvoice(JobQueue queue, TimeProvider clock)
{
    /// <summary>More for one subscription can only be a loop of ours. The message that asks for the next one is parked, where operators see it and decide.</summary>
    public const int InvoicesPerDay = 20;

    /// <summary>The count that operators put an alarm on.</summary>
    public const string Alarm = "marketplace.invoicing.runaway_subscriptions";

    private static readonly Meter Metrics = new("Marketplace.Invoicing");
    private static readonly Counter<long> Runaways = Metrics.CreateCounter<long>(Alarm, "{message}", "Invoices that were not made because their subscription had too many in one day");

    /// <summary>Adds the invoice to the caller's transaction; false when it is there already. Over nothing it is recorded paid and nothing is sent to Stripe. Where
    /// a system of the provider's own charges, it finds the invoice in its feed.</summary>
    /// <param name="subscription">Locked.</param>
    /// <param name="kind"><c>initial</c>, <c>period</c>, <c>final</c> or <c>change</c>.</param>
    /// <param name="periodStart">The period that it closes, or the first one: with the subscription and kind the business key.</param>
    /// <param name="covers">The period whose base price it charges.</param>
    /// <param name="job">Which job brings it to Stripe.</param>
    /// <param name="isAtStripe">It is there already: no job is needed now.</param>
    /// <exception cref="InvalidOperationException">More invoices of this subscription in one day than can be right.</exception>
    public async Task<bool> Once(
        Transaction transaction, BilledSubscription subscription, string kind, PlanSnapshot plan, DateTimeOffset periodStart,
        (DateTimeOffset From, DateTimeOffset To)? covers, IReadOnlyList<RatedLine> lines, CancellationToken cancellation,
        string job = IssueInvoice.JobKind, bool isAtStripe = false)
    {
        var now = clock.GetUtcNow();
        // Sum checks for overflow. Below zero it is issued too: Stripe keeps the credit on the customer's balance and takes it off the next invoice.
        var total = lines.Sum(line => line.Amount);
        var customer = total == 0 ? null : await Customer(transaction, subscription, now, cancellation);
        var model = await transaction.QueryOne<string>("select billing_model from billing_integrations where id = @IntegrationId", subscription, cancellation);
        var invoice = new Invoice
        {
            Id = Ids.New("inv", clock),
            SubscriptionId = subscription.Id,
            OrganizationId = subscription.OrganizationId,
            ProviderOrganizationId = subscription.ProviderOrganizationId!,
            IntegrationId = subscription.IntegrationId!,
            CustomerId = customer?.Id,
            Kind = kind,
            Status = total == 0 ? InvoiceStatus.Paid : InvoiceStatus.Draft,
            Level = total == 0 ? InvoiceLevel.Success : InvoiceLevel.Pending,
            Description = $"{subscription.ProductTitle} – {plan.Title}",
            Currency = plan.Currency.ToLowerInvariant(),
            Total = total,
            // The customer's own before the plan's.
            PaymentTermDays = customer?.PaymentTermDays ?? plan.PaymentTermDays,
            AmountDue = total == 0 ? 0 : null,
            AmountRemaining = total == 0 ? 0 : null,
            ProductId = subscription.ProductId,
            ProductTitle = subscription.ProductTitle,
            PlanId = plan.PlanId,
            PlanTitle = plan.Title,
            CoversFrom = covers?.From,
            CoversTo = covers?.To,
            PaidAt = total == 0 ? now : null,
            JobKind = job,
            Vendor = model == BillingIntegration.Custom ? InvoiceVendor.Custom : InvoiceVendor.Stripe,
            Version = 1,
            CreatedAt = now,
        };
        if (!await Insert(transaction, invoice, periodStart, cancellation))
        {
            return false;
        }

        await Bound(transaction, subscription.Id, now, cancellation);
        await InsertLines(transaction, invoice, lines, cancellation);
        if (total != 0 && !isAtStripe)
        {
            if (!await queue.Enqueue(transaction, invoice.IntegrationId, invoice.OrganizationId, job, invoice.Id, cancellation))
            {
                // Its last period closes after the end, and perhaps after the integration's.
                await Invoice.SetLevel(transaction, [invoice.Id], InvoiceLevel.Error, new(DropJobs.Deleted.Type, DropJobs.Deleted.Detail, now), cancellation);
            }

            // A settlement collects by itself.
            await (job == SettlePeriod.JobKind && kind != "final" ? Task.CompletedTask : ChargeInvoice.Follow(transaction, queue, invoice, cancellation));
        }

        await invoice.Announce(transaction, InvoiceEvents.Status, cancellation);
        return true;
    }

    private static async Task<bool> Insert(Transaction transaction, Invoice invoice, DateTimeOffset periodStart, CancellationToken cancellation) => await transaction.Execute(
        """
        insert into invoices (id, subscription_id, organization_id, provider_organization_id, integration_id, customer_id, kind, period_start, status, level,
            description, currency, total, payment_term_days, covers_from, covers_to, paid_at, job_kind, version, created_at,
            amount_due, amount_remaining, product_id, product_title, plan_id, plan_title, vendor)
        values (@Id, @SubscriptionId, @OrganizationId, @ProviderOrganizationId, @IntegrationId, @CustomerId, @Kind, @periodStart, @Status, @Level,
            @Description, @Currency, @Total, @PaymentTermDays, @CoversFrom, @CoversTo, @PaidAt, @JobKind, @Version, @CreatedAt,
            @AmountDue, @AmountRemaining, @ProductId, @ProductTitle, @PlanId, @PlanTitle, @Vendor)
        on conflict do nothing
        """,
        new
        {
            invoice.Id, invoice.SubscriptionId, invoice.OrganizationId, invoice.ProviderOrganizationId, invoice.IntegrationId, invoice.CustomerId, invoice.Kind, periodStart,
            invoice.Status, invoice.Level, invoice.Description, invoice.Currency, invoice.Total, invoice.PaymentTermDays, invoice.CoversFrom, invoice.CoversTo,
            invoice.PaidAt, invoice.JobKind, invoice.Version, invoice.CreatedAt, invoice.AmountDue, invoice.AmountRemaining, invoice.ProductId, invoice.ProductTitle,
            invoice.PlanId, invoice.PlanTitle, invoice.Vendor,
        },
        cancellation) == 1;

    private static async Task InsertLines(Transaction transaction, Invoice invoice, IReadOnlyList<RatedLine> lines, CancellationToken cancellation)
    {
        foreach (var (position, line) in lines.Index())
        {
            await transaction.Execute(
                """
                insert into invoice_lines (invoice_id, position, subscription_id, kind, description, unit, quantity, unit_amount, amount, period_start, period_end, units)
                values (@InvoiceId, @Position, @SubscriptionId, @Kind, @Description, @Unit, @Quantity, @UnitAmount, @Amount, @PeriodStart, @PeriodEnd, @Units)
                """,
                new
                {
                    InvoiceId = invoice.Id, Position = position + 1, invoice.SubscriptionId, line.Kind, line.Description, line.Unit, line.Quantity, line.UnitAmount,
                    line.Amount, line.PeriodStart, line.PeriodEnd, line.Units,
                },
                cancellation);
        }
    }

    private static async Task Bound(Transaction transaction, string subscriptionId, DateTimeOffset now, CancellationToken cancellation)
    {
        var today = await transaction.QueryOne<long>(
            "select count(*) from invoices where subscription_id = @subscriptionId and created_at > @Since", new { subscriptionId, Since = now.AddDays(-1) }, cancellation);
        if (today > InvoicesPerDay)
        {
            Runaways.Add(1);
            throw new InvalidOperationException($"{subscriptionId} has {today} invoices in one day; nothing more is charged until someone has looked.");
        }
    }

    /// <summary>Our customer of an organization in an integration, with the job that makes it at Stripe.</summary>
    public async Task<string> CustomerOf(Transaction transaction, BilledSubscription subscription, CancellationToken cancellation) =>
        (await Customer(transaction, subscription, clock.GetUtcNow(), cancellation)).Id;

    private async Task<Payer> Customer(Transaction transaction, BilledSubscription subscription, DateTimeOffset now, CancellationToken cancellation)
    {
        var payer = (await transaction.QueryOne<Payer>(
            """
            insert into customers (id, integration_id, organization_id, name, email, created_at, payment_term_days, methods_version)
            values (@Id, @IntegrationId, @OrganizationId, @OrganizationTitle, @Email, @now,
                (select payment_term_days from customers where integration_id = @IntegrationId and organization_id = @OrganizationId order by created_at desc, id desc limit 1),
                (select coalesce(max(methods_version), 0) from customers where integration_id = @IntegrationId and organization_id = @OrganizationId))
            on conflict (integration_id, organization_id) where deleted_at is null do update set name = customers.name returning id, payment_term_days
            """,
            new { Id = Ids.New("cst", clock), subscription.IntegrationId, subscription.OrganizationId, subscription.OrganizationTitle, subscription.Email, now }, cancellation))!;
        var atStripe = await transaction.QueryOne<bool>("select exists (select from stripe_objects where our_id = @Id)", payer, cancellation);
        if (!atStripe)
        {
            await queue.Enqueue(transaction, subscription.IntegrationId!, subscription.OrganizationId, CreateCustomer.JobKind, payer.Id, cancellation);
        }

        return payer;
    }

    private sealed record Payer(string Id, int? PaymentTermDays);
}
