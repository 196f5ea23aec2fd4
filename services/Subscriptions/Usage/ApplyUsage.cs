using System.Text.Json;
using MassTransit;
using Marketplace.Contracts.Gateway;
using Marketplace.Contracts.Subscriptions;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>Counts a gateway's report once per gateway and sequence number, into the periods its calls were made in.</summary>
public sealed partial class ApplyUsage(Database database, TimeProvider clock, Wakeups wakeups, ILogger<ApplyUsage> logger) : IConsumer<UsageReported>
{
    /// <inheritdoc/>
    public Task Consume(ConsumeContext<UsageReported> context) => Handle(context.Message, context.CancellationToken);

    /// <summary>Applies a report; one that was applied before changes nothing. Locks in one order: gateway, subscriptions by id, usage by key.</summary>
    public async Task Handle(UsageReported message, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var appliedThrough = await transaction.QueryOne<long>(
            "insert into gateways (id) values (@GatewayId) on conflict (id) do update set last_seen = now() returning applied_through", message, cancellation);
        if (message.Sequence > appliedThrough && await transaction.Execute(
            """
            insert into usage_reports (gateway_id, sequence, settled_through, entries) values (@GatewayId, @Sequence, @SettledThrough, @Entries::jsonb)
            on conflict do nothing
            """,
            new { message.GatewayId, message.Sequence, message.SettledThrough, Entries = JsonSerializer.Serialize(message.Entries, JsonSerializerOptions.Web) }, cancellation) == 1)
        {
            await Count(transaction, message, cancellation);
        }

        await GatewayReports.Advance(transaction, message.GatewayId, cancellation);
        await transaction.Commit(cancellation);
        wakeups.Wake(SubscriptionSchedule.CloseEnded);
    }

    private async Task Count(Transaction transaction, UsageReported message, CancellationToken cancellation)
    {
        var ids = message.Entries.Select(e => e.SubscriptionId).Distinct(StringComparer.Ordinal).ToArray();
        var subscriptions = (await transaction.Query<Subscription>(
            $"{Subscription.Select} where s.id = any(@ids) order by s.id for no key update of s", new { ids }, cancellation)).ToDictionary(s => s.Id, StringComparer.Ordinal);
        foreach (var unknown in message.Entries.Where(e => !subscriptions.ContainsKey(e.SubscriptionId)))
        {
            Unassigned(logger, message.GatewayId, message.Sequence, unknown.Quantity, unknown.SubscriptionId);
            await transaction.Execute(
                "insert into unassigned_usage (gateway_id, sequence, entry) values (@GatewayId, @Sequence, @Entry::jsonb)",
                new { message.GatewayId, message.Sequence, Entry = JsonSerializer.Serialize(unknown, JsonSerializerOptions.Web) }, cancellation);
        }

        var counted = (from entry in message.Entries
                       where subscriptions.ContainsKey(entry.SubscriptionId)
                       let period = MeteredPeriod.At(subscriptions[entry.SubscriptionId], entry.From)
                       group entry.Quantity by (entry.SubscriptionId, period.Start, period.End, period.Charged, entry.ApiId, Unit: entry.Unit ?? MeteredUnits.Transactions, Day: DateOnly.FromDateTime(entry.From.UtcDateTime)) into key
                       orderby key.Key.SubscriptionId, key.Key.Start, key.Key.Unit, key.Key.ApiId, key.Key.Day
                       select (key.Key, Quantity: key.Sum())).ToList();
        await transaction.Execute(
            """
            insert into usage as u (subscription_id, period_start, period_end, charged, api_id, unit, day, gateway_id, quantity)
            select d.subscription_id, d.period_start, d.period_end, d.charged, d.api_id, d.unit, d.day, @GatewayId, d.quantity
            from unnest(@Subscriptions, @Starts, @Ends, @Charged, @Apis, @Units, @Days, @Quantities)
                as d (subscription_id, period_start, period_end, charged, api_id, unit, day, quantity)
            on conflict (subscription_id, period_start, unit, api_id, day, gateway_id) do update set quantity = u.quantity + excluded.quantity
            """,
            new
            {
                message.GatewayId,
                Subscriptions = counted.Select(c => c.Key.SubscriptionId).ToArray(),
                Starts = counted.Select(c => c.Key.Start.UtcDateTime).ToArray(),
                Ends = counted.Select(c => c.Key.End.UtcDateTime).ToArray(),
                Charged = counted.Select(c => c.Key.Charged).ToArray(),
                Apis = counted.Select(c => c.Key.ApiId).ToArray(),
                Units = counted.Select(c => c.Key.Unit).ToArray(),
                Days = counted.Select(c => c.Key.Day).ToArray(),
                Quantities = counted.Select(c => c.Quantity).ToArray(),
            }, cancellation);

        await Tell(
            transaction, counted.Where(c => c.Key.Charged && subscriptions[c.Key.SubscriptionId].BillingModel == Subscription.RenewedAtStripe)
                .GroupBy(c => (c.Key.SubscriptionId, c.Key.Start, c.Key.End, c.Key.Unit), c => c.Quantity)
                .Select(c => new UsageCounted(
                    Ids.Of("cnt", message.GatewayId, $"{message.Sequence}", c.Key.SubscriptionId, c.Key.Unit, $"{c.Key.Start.UtcTicks}"), c.Key.SubscriptionId,
                    subscriptions[c.Key.SubscriptionId].OrganizationId, c.Key.Unit, c.Sum(), c.Key.Start, c.Key.End, clock.Now())), cancellation);

        // Usage of what has ended already is billed by a closure of its own, collected until the next 02:00.
        await transaction.Execute(
            "update subscriptions set late_usage_due = @Due where id = any(@ids) and ended_at is not null and billed and activated_at is not null and late_usage_due is null",
            new { ids = counted.Where(c => c.Key.Charged).Select(c => c.Key.SubscriptionId).ToArray(), Due = NextClosing(clock.Now()) }, cancellation);
    }

    // Stripe's meters count what is charged with its own period. What comes after a closure is late and goes with the next one; closing holds the subscription as this does.
    private static async Task Tell(Transaction transaction, IEnumerable<UsageCounted> told, CancellationToken cancellation)
    {
        foreach (var counted in told)
        {
            if (await transaction.QueryOne<bool>(
                "select exists (select from periods where subscription_id = @SubscriptionId and start_at = @PeriodStart and closed_at is null)", counted, cancellation))
            {
                await transaction.Announce(counted, cancellation);
            }
        }
    }

    private static DateTimeOffset NextClosing(DateTimeOffset now)
    {
        var today = new DateTimeOffset(now.UtcDateTime.Date, TimeSpan.Zero) + Subscription.MeteringClosesAfter;
        return today > now ? today : today.AddDays(1);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Report {Sequence} of gateway {GatewayId} counts {Quantity} calls of subscription {SubscriptionId}, which is not known here; they are kept apart.")]
    private static partial void Unassigned(ILogger logger, string gatewayId, long sequence, long quantity, string subscriptionId);
}
