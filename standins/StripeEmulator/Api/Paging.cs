using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Api;

/// <summary>Lists as Stripe pages them: newest first, after or before an object, 1 to 100 a page.</summary>
public static class Paging
{
    /// <summary>A page of all objects of a kind that pass the filter.</summary>
    public static Reply List(Call call, string kind, string url, Func<Stored, bool>? filter = null) =>
        Page(call, call.Tx.Store.OfKind(call.Tx.Scope, kind), url, filter, kind);

    /// <summary>A page of the objects of a kind that refer to another one.</summary>
    public static Reply Referring(Call call, string kind, string field, string id, string url, Func<Stored, bool>? filter = null) =>
        Page(call, call.Tx.Store.Referring(kind, field, id), url, s => s.Scope == call.Tx.Scope && (filter is null || filter(s)), kind);

    /// <summary>A page out of a set in order of creation.</summary>
    public static Reply Page(Call call, SortedSet<Stored> all, string url, Func<Stored, bool>? filter, string kind)
    {
        var limit = Limit(call);
        var (after, before) = (call.Text("starting_after"), call.Text("ending_before"));
        if (after is not null && before is not null)
        {
            throw StripeException.Exclusive("ending_before", "starting_after");
        }

        IEnumerable<Stored> candidates = after is not null ? Older(all, Cursor(call, kind, after, "starting_after"))
            : before is not null ? Newer(all, Cursor(call, kind, before, "ending_before"))
            : all.Reverse();
        var found = candidates.Where(s => Shown(call, s) && (filter is null || filter(s))).Take((int)limit + 1).ToList();
        var more = found.Count > limit;
        if (more)
        {
            found.RemoveAt(found.Count - 1);
        }

        if (before is not null)
        {
            found.Reverse();
        }

        return new Reply.Many(url, found, more);
    }

    /// <summary>A page out of a list that is worked out or stands in another object, in its own order.</summary>
    public static JsonObject Slice(Call call, List<JsonObject> all, string kind, string url)
    {
        var (limit, after, before) = ((int)Limit(call), call.Text("starting_after"), call.Text("ending_before"));
        if (after is not null && before is not null)
        {
            throw StripeException.Exclusive("ending_before", "starting_after");
        }

        var at = all.FindIndex(each => each.Text("id") == (after ?? before));
        if (at < 0 && (after ?? before) is { } unknown)
        {
            throw StripeException.NoSuch(kind, unknown, after is null ? "ending_before" : "starting_after");
        }

        var rest = after is not null ? all[(at + 1)..] : before is not null ? all[..at] : all;
        var shown = before is not null ? rest.TakeLast(limit) : rest.Take(limit);
        return new JsonObject { ["object"] = "list", ["data"] = new JsonArray([.. shown.Select(each => each.DeepClone())]), ["has_more"] = rest.Count > limit, ["url"] = url };
    }

    /// <summary>Passes when the time lies in what the parameter asks for: a second, or bounds.</summary>
    public static bool InRange(Call call, string param, JsonNode? time)
    {
        if (!call.Has(param))
        {
            return true;
        }

        if (time is null)
        {
            return false;
        }

        var at = time.Long();
        if (call.Params[param] is not JsonObject bounds)
        {
            return call.Number(param) == at;
        }

        return (bounds["gt"] is not { } gt || at > gt.Long())
            && (bounds["gte"] is not { } gte || at >= gte.Long())
            && (bounds["lt"] is not { } lt || at < lt.Long())
            && (bounds["lte"] is not { } lte || at <= lte.Long());
    }

    /// <summary>Passes when the field is as the parameter of the same name asks, or it asks for nothing.</summary>
    public static bool Same(Call call, string param, Stored stored) => !call.Has(param) || stored.Value.Text(param) == call.Text(param);

    /// <summary>What lives by a test clock is listed only for those who ask for the clock or for whose it is.</summary>
    private static bool Shown(Call call, Stored stored) =>
        call.Has("test_clock") ? stored.Value.Text("test_clock") == call.Text("test_clock")
        : stored.Value.Text("test_clock") is null || call.Has("customer") || call.Has("subscription") || call.Has("invoice");

    public static long Limit(Call call)
    {
        var limit = call.Number("limit") ?? 10;
        return limit is >= 1 and <= 100
            ? limit
            : throw StripeException.Invalid(
                limit < 1 ? "This value must be greater than or equal to 1." : "This value must be less than or equal to 100.",
                "limit",
                "parameter_invalid_integer");
    }

    private static IEnumerable<Stored> Older(SortedSet<Stored> all, long cursor) =>
        all.Min is { } oldest && oldest.Sequence < cursor ? all.GetViewBetween(oldest, At(cursor - 1)).Reverse() : [];

    private static IEnumerable<Stored> Newer(SortedSet<Stored> all, long cursor) =>
        all.Max is { } newest && newest.Sequence > cursor ? all.GetViewBetween(At(cursor + 1), newest) : [];

    /// <summary>Stands for a place in the order of creation.</summary>
    private static Stored At(long sequence) => new("", "", default, sequence, [], []);

    /// <summary>Where an object stands in the order of creation, or stood before it was deleted: who deletes while paging goes on behind it.</summary>
    private static long Cursor(Call call, string kind, string id, string param) =>
        call.Tx.Store.Find(Stored.KeyOf(kind, id, call.Tx.Scope)) is { } found && found.Scope == call.Tx.Scope && found.Kind == kind ? found.Sequence
        : call.Tx.Store.Departed(call.Tx.Scope, kind, id) ?? throw StripeException.NoSuch(kind, id, param);
}
