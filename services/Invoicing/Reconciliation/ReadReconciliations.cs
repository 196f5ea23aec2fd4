using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Marketplace.Invoicing;

/// <summary>A comparison of what Stripe has with our books.</summary>
/// <param name="Trigger"><c>schedule</c> or <c>demand</c>.</param>
/// <param name="RequestedBy">Who asked for it; null for the schedule.</param>
/// <param name="State"><c>running</c>, <c>finished</c> or <c>failed</c>.</param>
/// <param name="Since">What was created at Stripe since then was compared.</param>
/// <param name="Error">What went wrong last; gone once it went on.</param>
public sealed record ReconciliationResponse(
    string Id, string BillingIntegrationId, string OrganizationId, string Trigger, string? RequestedBy, string State, DateTimeOffset Since, IReadOnlyList<ReconciliationStepResponse> Steps,
    ReconciliationEvents Events, DriftCounts Drifts, JobError? Error, DateTimeOffset CreatedAt, DateTimeOffset? FinishedAt);

/// <summary>One step of a run.</summary>
/// <param name="State"><c>waiting</c>, <c>running</c>, <c>finished</c>, <c>skipped</c> when the key may not read what it compares, or <c>failed</c>: its note says why, and the run went on with the next.</param>
/// <param name="Examined">How many objects were compared.</param>
public sealed record ReconciliationStepResponse(string Name, string State, long Examined, string? Note);

/// <summary>Events that Stripe listed.</summary>
/// <param name="Missed">Those that had never been delivered and are in the inbox now.</param>
/// <param name="Unanswered">Those of which the inbox has not said yet whether it knew them.</param>
public sealed record ReconciliationEvents(long Listed, long Missed, long Unanswered);

/// <summary>Differences that the run found or found again, by how they stand now.</summary>
public sealed record DriftCounts(long Found, long Open, long Repairing, long Repaired, long Accepted);

/// <summary>A difference between Stripe and our books.</summary>
/// <param name="Kind"><c>invoice_status</c>, <c>invoice_amount</c>, <c>invoice_payment</c>, <c>invoice_missing_here</c>, <c>invoice_missing_at_stripe</c>, <c>invoice_not_issued</c>, <c>customer_missing_here</c>,
/// <c>customer_missing_at_stripe</c>, <c>customer_changed</c>, <c>tax_rate_archived</c>, <c>tax_rate_unknown</c>, <c>unknown_object</c>; where Stripe renews also <c>subscription_status</c>, <c>subscription_missing_here</c>,
/// <c>subscription_missing_at_stripe</c>, <c>subscription_changed</c>, <c>subscription_taxes</c>, <c>plan_changed</c>, <c>meter_total</c>.</param>
/// <param name="OurId">Our object; null where there is none.</param>
/// <param name="StripeId">Stripe's object; null where there is none.</param>
/// <param name="State"><c>open</c>; <c>repairing</c> while a repair is on its way; <c>repaired</c>; <c>accepted</c>.</param>
/// <param name="ClosedBy">Who had it repaired or accepted it; null for a run.</param>
public sealed record DriftResponse(
    string Id, string Kind, string ObjectType, string? OurId, string? StripeId, string InBooks, string AtStripe, string? Detail, string State, DateTimeOffset FoundAt, DateTimeOffset? ClosedAt, string? ClosedBy);

/// <summary>Which runs are asked for.</summary>
public sealed record ReconciliationFilter(
    [property: FromQuery(Name = "billingIntegrationId"), PlainText(60)] string? BillingIntegrationId = null,
    [property: FromQuery(Name = "state"), AllowedValues(null, "running", "finished", "failed", ErrorMessage = "One of: running, finished, failed.")] string? State = null);

/// <summary>Which differences are asked for.</summary>
public sealed record DriftFilter(
    [property: FromQuery(Name = "state"), AllowedValues(null, DriftState.Open, DriftState.Repairing, DriftState.Repaired, DriftState.Accepted, ErrorMessage = "One of: open, repairing, repaired, accepted.")]
    string? State = null,
    [property: FromQuery(Name = "kind"), DriftKind] string? Kind = null);

/// <summary><c>GET /v1/reconciliation</c>, <c>…/{id}</c> and <c>…/{id}/drifts</c>: owners and administrators of the provider, and platform operators.</summary>
public static class ReadReconciliations
{
    /// <summary>The differences <c>d</c> of a run <c>r</c>: found by it or before it, and still there when it looked.</summary>
    internal const string InRun = "d.integration_id = r.integration_id and d.first_run_id <= r.id and d.last_run_id >= r.id";

    private const string Select =
        $"""
        select r.id, r.integration_id, r.organization_id, r.trigger, r.requested_by, r.state, r.since, r.error_code, r.error, r.created_at, r.finished_at,
            b.listed, b.missed, b.unanswered, n.found, n.open, n.repairing, n.repaired, n.accepted
        from reconciliation_runs r,
            lateral (select coalesce(sum(events), 0)::bigint as listed, coalesce(sum(missed), 0)::bigint as missed, coalesce(sum(events) filter (where missed is null), 0)::bigint as unanswered
                from reconciliation_batches where run_id = r.id) b,
            lateral (select count(*) as found, count(*) filter (where d.state = 'open') as open, count(*) filter (where d.state = 'repairing') as repairing,
                count(*) filter (where d.state = 'repaired') as repaired, count(*) filter (where d.state = 'accepted') as accepted from reconciliation_drifts d where {InRun}) n
        """;

    /// <summary>The caller's runs, newest first.</summary>
    public static async Task<Page<ReconciliationResponse>> List(
        [AsParameters] ReconciliationFilter filter, [AsParameters] PageQuery page, Caller caller, Database database, CancellationToken cancellation)
    {
        var rows = Page<Row>.Of(
            await database.Query<Row>(
                $"""
                {Select} where r.id < @After and (@IsOperator or r.organization_id = any(@organizations)) and (@BillingIntegrationId::text is null or r.integration_id = @BillingIntegrationId)
                    and (@State::text is null or r.state = @State)
                order by r.id desc limit @Take
                """,
                new { page.After, page.Take, caller.IsOperator, organizations = caller.OrganizationsWith(Roles.ProviderSettings), filter.BillingIntegrationId, filter.State }, cancellation),
            page, row => row.Id);
        var steps = await Steps(database, [.. rows.Data.Select(row => row.Id)], cancellation);
        return rows.Select(row => Show(row, steps));
    }

    /// <summary>One run.</summary>
    public static async Task<Results<Ok<ReconciliationResponse>, ProblemHttpResult>> Get(string id, Caller caller, Database database, CancellationToken cancellation) =>
        await Find(database, id, cancellation) is var run && Refuse(caller, run?.OrganizationId, id) is { } refusal ? refusal : TypedResults.Ok(run);

    /// <summary>The differences of a run, newest first.</summary>
    public static async Task<Results<Ok<Page<DriftResponse>>, ProblemHttpResult>> Drifts(
        string id, [AsParameters] DriftFilter filter, [AsParameters] PageQuery page, Caller caller, Database database, CancellationToken cancellation)
    {
        if (Refuse(caller, await database.QueryOne<string>("select organization_id from reconciliation_runs where id = @id", new { id }, cancellation), id) is { } refusal)
        {
            return refusal;
        }

        var rows = await database.Query<Drift>(
            $"""
            select {Drift.Columns} from reconciliation_drifts where id in (
                select d.id from reconciliation_drifts d join reconciliation_runs r on r.id = @id where {InRun}
                    and d.id < @After and (@State::text is null or d.state = @State) and (@Kind::text is null or d.kind = @Kind)
                order by d.id desc limit @Take)
            order by id desc
            """, new { id, page.After, page.Take, filter.State, filter.Kind }, cancellation);
        return TypedResults.Ok(Page<Drift>.Of(rows, page, drift => drift.Id).Select(Show));
    }

    /// <summary>The difference as it is answered.</summary>
    internal static DriftResponse Show(Drift d) => new(
        d.Id, d.Kind, d.ObjectType, d.OurId, d.StripeId, d.InBooks, d.AtStripe, d.Detail, d.State, d.FoundAt, d.ClosedAt, d.ClosedBy);

    /// <summary>404 to strangers, 403 to members without the role; null for who may.</summary>
    internal static ProblemHttpResult? Refuse(Caller caller, string? organization, string id) =>
        organization is null || !caller.Sees(organization) ? Problems.NoReconciliation(id)
        : caller.IsOperator || caller.Has(organization, Roles.ProviderSettings) ? null
        : Problems.SettingsRole(organization);

    /// <summary>One run as it is answered, or null.</summary>
    internal static async Task<ReconciliationResponse?> Find(Database database, string id, CancellationToken cancellation) =>
        await database.QueryOne<Row>($"{Select} where r.id = @id", new { id }, cancellation) is { } row ? Show(row, await Steps(database, [id], cancellation)) : null;

    private static async Task<ILookup<string, StepRow>> Steps(Database database, string[] runs, CancellationToken cancellation) =>
        (await database.Query<StepRow>("select run_id, name, state, examined, note from reconciliation_steps where run_id = any(@runs) order by run_id, position", new { runs }, cancellation))
            .ToLookup(step => step.RunId, StringComparer.Ordinal);

    private static ReconciliationResponse Show(Row r, ILookup<string, StepRow> steps) => new(
        r.Id, r.IntegrationId, r.OrganizationId, r.Trigger, r.RequestedBy, r.State, r.Since, [.. steps[r.Id].Select(s => new ReconciliationStepResponse(s.Name, s.State, s.Examined, s.Note))],
        new(r.Listed, r.Missed, r.Unanswered), new(r.Found, r.Open, r.Repairing, r.Repaired, r.Accepted), r.Error is null ? null : new(r.ErrorCode!, r.Error), r.CreatedAt, r.FinishedAt);

    private sealed record StepRow(string RunId, string Name, string State, long Examined, string? Note);

    private sealed record Row
    {
        public required string Id { get; init; }

        public required string IntegrationId { get; init; }

        public required string OrganizationId { get; init; }

        public required string Trigger { get; init; }

        public string? RequestedBy { get; init; }

        public required string State { get; init; }

        public DateTimeOffset Since { get; init; }

        public string? ErrorCode { get; init; }

        public string? Error { get; init; }

        public DateTimeOffset CreatedAt { get; init; }

        public DateTimeOffset? FinishedAt { get; init; }

        public long Listed { get; init; }

        public long Missed { get; init; }

        public long Unanswered { get; init; }

        public long Found { get; init; }

        public long Open { get; init; }

        public long Repairing { get; init; }

        public long Repaired { get; init; }

        public long Accepted { get; init; }
    }
}
