using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>A plan as Stripe has it: a product, a price for each part of the plan's, and a meter for each unit. Names there follow from the mirror's id, so that
/// making it again finds what is there.</summary>
public sealed record PlanMirror
{
    /// <summary>Our id (<c>mir_…</c>), which is the product's id too.</summary>
    public required string Id { get; init; }

    /// <summary>Whose account it stands in.</summary>
    public required string IntegrationId { get; init; }

    /// <summary>The plan.</summary>
    public required string PlanId { get; init; }

    /// <summary>The product's title with the plan's.</summary>
    public required string Title { get; init; }

    /// <summary>The plan as JSON.</summary>
    public required string Plan { get; init; }

    /// <summary><c>waiting</c>, <c>ready</c>, or <c>drifted</c> when it was changed at Stripe.</summary>
    public required string Status { get; init; }

    /// <summary>What was changed at Stripe.</summary>
    public string[] Drifted { get; init; } = [];

    /// <summary>Whether Stripe Tax was told that its prices are before tax.</summary>
    public bool IsBeforeTax { get; init; }

    /// <summary>When it was last looked at (UTC).</summary>
    public DateTimeOffset? CheckedAt { get; init; }

    /// <summary>When it was first needed (UTC).</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>The columns of a row, for every select.</summary>
    public const string Columns = "id, integration_id, plan_id, title, plan::text as plan, status, drifted, exclusive as is_before_tax, checked_at, created_at";

    /// <summary>The plan itself.</summary>
    public PlanSnapshot Snapshot() => JsonSerializer.Deserialize<PlanSnapshot>(Plan, JsonSerializerOptions.Web)!;

    /// <summary>What it comes to at Stripe.</summary>
    public IReadOnlyList<RecurringPart> Parts() => RecurringParts.Of(Snapshot());

    /// <summary>Our id of one of its prices.</summary>
    public static string PriceOf(string mirrorId, RecurringPart part) => $"{mirrorId}/{part.Key}";

    /// <summary>Our id of a unit's meter.</summary>
    public static string MeterOf(string mirrorId, RecurringPart part) => $"{PriceOf(mirrorId, part)}/meter";

    /// <summary>What a unit's meter is called at Stripe.</summary>
    public string NameOfMeter(RecurringPart part) => $"{Title}: {part.Unit}";

    /// <summary>The event name of a unit's meter, unique in the account: several plans may count the same unit, and each customer's events are told apart by it.</summary>
    public static string EventOf(string mirrorId, RecurringPart part) => $"{mirrorId}_{part.Key}";

    /// <summary>The mirror of a plan in an integration, written down now if it is needed for the first time.</summary>
    public static async Task<PlanMirror> Ensure(
        Transaction transaction, string integrationId, string productTitle, PlanSnapshot plan, TimeProvider clock, CancellationToken cancellation)
    {
        // What a plan is called may change without another price.
        var parts = JsonSerializer.Serialize(new { Parts = RecurringParts.Of(plan), plan.Currency, plan.PeriodUnit, plan.PeriodCount }, JsonSerializerOptions.Web);
        var key = new
        {
            Id = Ids.New("mir", clock), integrationId, plan.PlanId, Fingerprint = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(parts))),
            Title = $"{productTitle} – {plan.Title}", // One for all its subscribers, however many seats each has.
            Plan = JsonSerializer.Serialize(plan with { Seats = null }, JsonSerializerOptions.Web), Now = clock.GetUtcNow(),
        };
        return (await transaction.QueryOne<PlanMirror>(
            $"""
            insert into plan_mirrors as m (id, integration_id, plan_id, fingerprint, title, plan, created_at)
            values (@Id, @integrationId, @PlanId, @Fingerprint, @Title, @Plan::jsonb, @Now)
            on conflict (integration_id, plan_id, fingerprint) do update set title = m.title
            returning {Columns}
            """, key, cancellation))!;
    }

    /// <summary>Reads one.</summary>
    public static Task<PlanMirror?> Find(Database database, string id, CancellationToken cancellation) =>
        database.QueryOne<PlanMirror>($"select {Columns} from plan_mirrors where id = @id", new { id }, cancellation);

    /// <summary>Holds one for a change.</summary>
    public static Task<PlanMirror?> Lock(Transaction transaction, string id, CancellationToken cancellation) =>
        transaction.QueryOne<PlanMirror>($"select {Columns} from plan_mirrors where id = @id for no key update", new { id }, cancellation);
}
