using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Marketplace.Subscriptions;

/// <summary>How many days of access a consumer organization keeps after an invoice fell due unpaid, whatever its plans say.</summary>
/// <param name="ProviderOrganizationId">The provider who grants it, for what it sells.</param>
public sealed record UpdateGracePeriodRequest([Required, PlainText] string ProviderOrganizationId, [Required, Range(0, 90)] int? Days);

/// <summary>A consumer organization's own grace period with a provider.</summary>
public sealed record GracePeriodAnswer(string ProviderOrganizationId, string OrganizationId, int Days, DateTimeOffset ChangedAt);

/// <summary><c>/v1/grace-periods</c>: owners and administrators of the provider set and take back, its members read. A consumer organization's own goes before its
/// plan's, which goes before the default of plans.</summary>
public static class GracePeriods
{
    /// <summary>The caller's providers' grace periods, by consumer organization.</summary>
    public static async Task<Page<GracePeriodAnswer>> List(
        [FromQuery(Name = "organization"), PlainText] string? organization, [AsParameters] PageQuery page, Caller caller, Database database, CancellationToken cancellation) =>
        Page<GracePeriodAnswer>.Of(
            await database.Query<GracePeriodAnswer>(
                """
                select provider_organization_id, organization_id, days, changed_at from grace_periods
                where organization_id || '/' || provider_organization_id < @After and (@IsOperator or provider_organization_id = any(@providers)) and (@organization::text is null or organization_id = @organization)
                order by organization_id || '/' || provider_organization_id desc limit @Take
                """,
                new
                {
                    page.After, page.Take, caller.IsOperator, organization,
                    providers = caller.Providers,
                }, cancellation),
            page, grace => $"{grace.OrganizationId}/{grace.ProviderOrganizationId}");

    /// <summary>Sets it. What is past due follows at once: access that a longer one covers is open again, what a shorter one does not cover ends now.</summary>
    public static async Task<Results<Ok<GracePeriodAnswer>, ProblemHttpResult>> Update(
        string organizationId, UpdateGracePeriodRequest request, Caller caller, SettlePayment payment, Database database, TimeProvider clock, HttpContext http, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var (refusal, held) = await Open(transaction, request.ProviderOrganizationId, organizationId, caller, cancellation);
        if ((refusal ?? (held is null ? null : http.Mismatch(held.Version))) is { } refused)
        {
            return refused;
        }

        var answer = new GracePeriodAnswer(request.ProviderOrganizationId, organizationId, request.Days!.Value, clock.Now());
        var version = await transaction.QueryOne<long>(
            """
            insert into grace_periods as g (provider_organization_id, organization_id, days, changed_at) values (@ProviderOrganizationId, @OrganizationId, @Days, @ChangedAt)
            on conflict (provider_organization_id, organization_id) do update set days = excluded.days, changed_at = excluded.changed_at, version = g.version + 1
            returning version
            """, answer, cancellation);
        var settled = await Apply(transaction, caller, "grace_period.set", answer, held?.Days, request.Days, payment, cancellation);
        await transaction.Commit(cancellation);
        payment.Wake(settled);
        http.SetVersion(version);
        return TypedResults.Ok(answer);
    }

    /// <summary>Takes it back: the plans' own hold again. Where there is none, nothing changes.</summary>
    public static async Task<Results<NoContent, ProblemHttpResult>> Delete(
        string organizationId, [FromQuery(Name = "providerOrganizationId"), Required, PlainText] string providerOrganizationId, Caller caller, SettlePayment payment, Database database,
        CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var (refusal, held) = await Open(transaction, providerOrganizationId, organizationId, caller, cancellation);
        if (refusal is not null)
        {
            return refusal;
        }

        if (held is null)
        {
            return TypedResults.NoContent();
        }

        await transaction.Execute(
            "delete from grace_periods where provider_organization_id = @providerOrganizationId and organization_id = @organizationId",
            new { providerOrganizationId, organizationId }, cancellation);
        var settled = await Apply(transaction, caller, "grace_period.taken_back", new(providerOrganizationId, organizationId, 0, default), held.Days, null, payment, cancellation);
        await transaction.Commit(cancellation);
        payment.Wake(settled);
        return TypedResults.NoContent();
    }

    // Whom a provider never sold to, it learns nothing of.
    private static async Task<(ProblemHttpResult? Refusal, Row? Held)> Open(
        Transaction transaction, string provider, string organizationId, Caller caller, CancellationToken cancellation)
    {
        if (caller.In(provider) is not { Kind: "provider" })
        {
            return (Problem.NotFound("provider organization", provider), null);
        }

        if (!caller.Has(provider, Roles.ProviderSettings))
        {
            return (Problem.RoleMissing(provider, Roles.ProviderSettings), null);
        }

        return await transaction.QueryOne<bool>(
            "select exists (select 1 from subscriptions where organization_id = @organizationId and provider_organization_id = @provider)", new { organizationId, provider }, cancellation)
            ? (null, await transaction.QueryOne<Row>(
                "select days, version from grace_periods where provider_organization_id = @provider and organization_id = @organizationId for update", new { organizationId, provider }, cancellation))
            : (Problem.NotFound("subscriber", organizationId), null);
    }

    // The row is written before the subscriptions are locked: who settles one of them now waits for neither, or sees the new days.
    private static async Task<IReadOnlyCollection<Subscription>> Apply(
        Transaction transaction, Caller caller, string action, GracePeriodAnswer grace, int? before, int? after, SettlePayment payment, CancellationToken cancellation)
    {
        var owing = await transaction.Query<string>(
            """
            select id from subscriptions where organization_id = @OrganizationId and provider_organization_id = @ProviderOrganizationId
                and status in ('AwaitingPayment', 'PastDue', 'Suspended', 'Cancelling') order by id
            """, grace, cancellation);
        var settled = new List<Subscription>();
        foreach (var id in owing)
        {
            settled.Add(await payment.Settle(transaction, (await Subscription.Lock(transaction, id, cancellation))!, cancellation));
        }

        await transaction.Record(
            caller, action, grace.ProviderOrganizationId, grace.OrganizationId, new { Days = before }, new { Days = after, Subscriptions = owing.Count }, cancellation);
        await FeedPositions.Assign(transaction, owing, [], cancellation);
        return settled;
    }

    private sealed record Row(int Days, long Version);
}
