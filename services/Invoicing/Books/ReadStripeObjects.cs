using System.Text.Json;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Marketplace.Invoicing;

/// <summary>One of our objects and Stripe's, as recorded here.</summary>
/// <param name="Listed">Whether Stripe lists it with our metadata: not what was made or deleted there, and nothing once the keys of its integration are gone.</param>
public sealed record RecordedStripeObject(string OurId, string StripeId, string ObjectType, string IntegrationId, bool Listed);

/// <summary>An object that Stripe lists as ours: its metadata name the billing integration and our id.</summary>
/// <param name="Idle">Whether nothing can be charged by it: a subscription that never began or was cancelled, a void invoice, a refused one that the customer's balance had settled.
/// Such a one need not be on record, as when a consumer paid two checkouts and one was undone.</param>
/// <param name="Ends">Of a subscription: <c>with_period</c> where Stripe ends it with its period (<see cref="StripeSubscription.IsEndedWithPeriod(Stripe.Subscription)"/>), <c>at_date</c> at another time; null where it goes on.</param>
public sealed record ListedStripeObject(string StripeId, string OurId, bool Idle, string? Ends = null);

/// <summary>A page of what Stripe lists.</summary>
/// <param name="Data">Those of the page that are ours; others are passed over.</param>
/// <param name="NextStartingAfter">Where the next page begins; null at the end.</param>
public sealed record ListedStripeObjects(IReadOnlyList<ListedStripeObject> Data, string? NextStartingAfter);

/// <summary>Recorded and listed Stripe objects, for comparing one with the other.</summary>
public static class ReadStripeObjects
{
    private const string Limit = "limit=100";
    private static readonly string[] IdleStatuses = ["canceled", "incomplete", "incomplete_expired", "void"];

    /// <summary>Where Stripe lists objects of a type. Refunds are not among them: those of a credit note do not carry our id.</summary>
    private static readonly Dictionary<string, string> Lists = new(StringComparer.Ordinal)
    {
        ["customer"] = $"/v1/customers?{Limit}",
        ["invoice"] = $"/v1/invoices?{Limit}",
        ["subscription"] = $"/v1/subscriptions?{Limit}&status=all",
        ["product"] = $"/v1/products?{Limit}",
        ["price"] = $"/v1/prices?{Limit}",
        ["credit_note"] = $"/v1/credit_notes?{Limit}",
    };

    /// <summary><c>GET /v1/operations/invoicing/stripe-objects</c>: what is recorded.</summary>
    public static async Task<Page<RecordedStripeObject>> Recorded([AsParameters] PageQuery page, Database database, CancellationToken cancellation) => Page<RecordedStripeObject>.Of(
        await database.Query<RecordedStripeObject>(
            """
            select o.our_id, o.stripe_id, o.object_type, o.integration_id, i.deleted_at is null and c.deleted_at is null and n.origin is distinct from 'stripe' as listed
            from stripe_objects o join billing_integrations i on i.id = o.integration_id left join customers c on c.id = o.our_id left join credit_notes n on n.id = o.our_id
            where o.our_id < @After order by o.our_id desc limit @Take
            """, new { page.After, page.Take }, cancellation),
        page, row => row.OurId);

    /// <summary><c>GET …/{integrationId}/{type}</c>: one page of Stripe's own list, read now with the integration's key.</summary>
    public static async Task<Results<Ok<ListedStripeObjects>, ProblemHttpResult>> Listed(
        string integrationId, string type, [FromQuery, PlainText] string? startingAfter, StripeConnections stripe, Database database, CancellationToken cancellation)
    {
        var keys = await database.QueryOne<StripeKeys>($"select {StripeKeys.Columns} from billing_integrations where id = @integrationId and deleted_at is null and billing_model <> 'custom'", new { integrationId }, cancellation);
        if (keys is null)
        {
            return Problems.NoIntegration(integrationId);
        }

        if (!Lists.TryGetValue(type, out var list))
        {
            return Problem.NotFound("list of Stripe objects", type);
        }

        var path = startingAfter is null ? list : $"{list}&starting_after={Uri.EscapeDataString(startingAfter)}";
        try
        {
            var answer = await stripe.Ask(stripe.Session(keys), "GET", path, "", null, cancellation);
            return answer.IsSuccess
                ? TypedResults.Ok(await Ours(answer.Body, integrationId, database, cancellation))
                : Problems.StripeListRefused($"Stripe answered {(int)answer.Status} {answer.Code}: {answer.Message}");
        }
        catch (Exception exception) when (StripeFailure.Of(exception, cancellation) is { } failure)
        {
            return failure.Kind == StripeFailureKind.Transient ? Problems.StripeAway() : Problems.StripeListRefused(failure.Detail);
        }
    }

    private static async Task<ListedStripeObjects> Ours(JsonElement body, string integrationId, Database database, CancellationToken cancellation)
    {
        List<(string StripeId, string OurId, JsonElement Entry)> ours = [];
        string? last = null;
        foreach (var entry in body.GetProperty("data").EnumerateArray())
        {
            last = entry.GetProperty("id").GetString();
            if (Metadata(entry, StripeMetadata.Integration) == integrationId && Metadata(entry, StripeMetadata.Id) is { } ourId)
            {
                ours.Add((last!, ourId, entry));
            }
        }

        var renewed = (await database.Query<StripeSubscription>(
            $"select {StripeSubscription.Columns} from stripe_subscriptions where id = any(@ids)", new { ids = ours.Select(one => one.OurId).ToArray() }, cancellation))
            .ToDictionary(one => one.Id, StringComparer.Ordinal);
        return new(
            [.. ours.Select(one => new ListedStripeObject(one.StripeId, one.OurId, IsIdle(one.Entry, one.OurId), renewed.GetValueOrDefault(one.OurId) is { } row ? Ends(one.Entry, row) : null))],
            body.GetProperty("has_more").GetBoolean() ? last : null);
    }

    private static bool IsIdle(JsonElement entry, string ourId) => entry.TryGetProperty("status", out var known) && known.GetString() is { } status
        && (IdleStatuses.Contains(status) || InvoiceMismatch.IsIdle(ourId, status, entry.TryGetProperty("amount_paid", out var paid) ? paid.GetInt64() : 0));

    private static string? Ends(JsonElement entry, StripeSubscription ours)
    {
        if (!entry.TryGetProperty("cancel_at", out var given))
        {
            return null;
        }

        DateTimeOffset? at = given.ValueKind == JsonValueKind.Number ? DateTimeOffset.FromUnixTimeSeconds(given.GetInt64()) : null;
        var periodEnd = entry.GetProperty("items").GetProperty("data").EnumerateArray().Max(item => (long?)item.GetProperty("current_period_end").GetInt64());
        return ours.IsEndedWithPeriod(entry.GetProperty("cancel_at_period_end").GetBoolean(), at, periodEnd is { } end ? DateTimeOffset.FromUnixTimeSeconds(end) : null) ? "with_period"
            : at is null ? null
            : "at_date";
    }

    private static string? Metadata(JsonElement entry, string key) =>
        entry.TryGetProperty("metadata", out var metadata) && metadata.ValueKind == JsonValueKind.Object && metadata.TryGetProperty(key, out var value) ? value.GetString() : null;
}
