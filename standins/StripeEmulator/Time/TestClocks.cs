using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;
using Marketplace.StripeEmulator.Subscriptions;

namespace Marketplace.StripeEmulator.Time;

/// <summary>
/// Test clocks: customers on one, and all that is theirs, live by its frozen time. Advancing goes on in the background, from one
/// due time to the next; until it has arrived nobody may change what is on the clock.
/// </summary>
public static class TestClocks
{
    public const string Kind = "test_helpers.test_clock";

    private const string Url = "/v1/test_helpers/test_clocks";
    private const int MostCustomers = 3;
    private const long KeptSeconds = 30 * 86_400;

    public static Reply Create(Call call)
    {
        Parameters.NotEmulated(call, "customer");
        var tx = call.Tx;
        if (tx.Scope.Livemode)
        {
            throw StripeException.Invalid("Test clocks can only be used in test mode.");
        }

        if (call.Number("frozen_time") is not >= 0)
        {
            throw StripeException.Invalid("Invalid timestamp: must be an integer Unix timestamp in seconds.", "frozen_time");
        }

        var id = tx.Ids.New("clock");
        var clock = tx.Add(Kind, id, new JsonObject
        {
            ["id"] = id,
            ["object"] = Kind,
            ["created"] = tx.Now,
            ["deletes_after"] = tx.Now + KeptSeconds,
            ["frozen_time"] = call.Number("frozen_time"),
            ["livemode"] = false,
            ["name"] = call.Text("name"),
            ["status"] = "ready",
            ["status_details"] = new JsonObject(),
        });
        Events.Emit(tx, "test_helpers.test_clock.created", clock);
        return clock;
    }

    public static Reply Retrieve(Call call) => call.Named(Kind, param: "test_clock");

    public static Reply List(Call call) => Paging.List(call, Kind, Url);

    public static Reply Delete(Call call)
    {
        var clock = call.Named(Kind, param: "test_clock");
        if (clock.Value.Text("status") == "advancing")
        {
            throw Underway(clock);
        }

        Remove(call.Tx, clock);
        return new JsonObject { ["id"] = clock.Id, ["object"] = Kind, ["deleted"] = true };
    }

    public static Reply Advance(Call call)
    {
        var (tx, clock, target) = (call.Tx, call.Named(Kind, param: "test_clock"), call.Number("frozen_time")!.Value);
        if (clock.Value.Text("status") == "advancing")
        {
            throw Underway(clock);
        }

        var frozen = clock.Value.Long("frozen_time");
        if (target <= frozen)
        {
            throw StripeException.Invalid("You can only advance the test clock's frozen time forward.", "frozen_time");
        }

        if (target > Furthest(tx, clock))
        {
            throw StripeException.Invalid("A test clock can be advanced by at most two intervals of its shortest subscription, or two years without one, at a time.", "frozen_time");
        }

        var value = tx.Edit(clock);
        value["status"] = "advancing";
        value["status_details"] = new JsonObject { ["advancing"] = new JsonObject { ["target_frozen_time"] = target } };
        Events.Emit(tx, "test_helpers.test_clock.advancing", clock);
        return clock;
    }

    /// <summary>The customer's clock, once there is room on it.</summary>
    public static string? Join(Call call)
    {
        if (call.Refers("test_clock", Kind) is not { } clock)
        {
            return null;
        }

        return call.Tx.Store.Referring("customer", "test_clock", clock.Id).Count < MostCustomers
            ? clock.Id
            : throw StripeException.Invalid($"A test clock can have at most {MostCustomers} customers.", "test_clock");
    }

    /// <summary>The clock that the object lives by, or null.</summary>
    public static Stored? Of(ObjectStore store, Stored stored)
    {
        var id = stored.Kind == Kind ? stored.Id
            : stored.Value.Text("test_clock") ?? (stored.Value.Text("customer") is { } customer ? store.Find(customer)?.Value.Text("test_clock") : null);
        return id is null ? null : store.Find(id);
    }

    /// <summary>Everything due has happened.</summary>
    public static void Arrive(Transaction tx, Stored clock)
    {
        var value = tx.Edit(clock);
        value["frozen_time"] = Target(clock);
        value["status"] = "ready";
        value["status_details"] = new JsonObject();
        Events.Emit(tx, "test_helpers.test_clock.ready", clock);
    }

    public static long Target(Stored clock) => clock.Value["status_details"]!["advancing"]!["target_frozen_time"].Long();

    /// <summary>The clock goes with its customers and all that is theirs.</summary>
    public static void Remove(Transaction tx, Stored clock)
    {
        var customers = tx.Store.Referring("customer", "test_clock", clock.Id).ToList();
        var ids = customers.Select(c => c.Id).ToHashSet(StringComparer.Ordinal);
        var theirs = tx.Store.All.Where(s => s.Scope == tx.Scope && s.Value.Text("customer") is { } customer && ids.Contains(customer)).ToList();
        var owners = theirs.Select(s => s.Id).ToHashSet(StringComparer.Ordinal);
        var inside = tx.Store.All.Where(s => s.Scope == tx.Scope && (s.Value.Text("invoice") ?? s.Value.Text("subscription")) is { } owner && owners.Contains(owner)).ToList();
        foreach (var stored in theirs.Concat(inside).DistinctBy(s => s.Id))
        {
            tx.Remove(stored);
        }

        foreach (var customer in customers)
        {
            Customers.Bury(tx, customer);
        }

        Events.Emit(tx, "test_helpers.test_clock.deleted", clock);
        tx.Remove(clock);
    }

    public static StripeException Underway(Stored clock) =>
        new(429, "invalid_request_error", null, $"Test clock advancement underway - cannot perform modifications: {clock.Id}");

    private static long Furthest(Transaction tx, Stored clock)
    {
        var from = clock.Value.Long("frozen_time");
        var prices = tx.Store.Referring(SubscriptionView.Kind, "test_clock", clock.Id).Where(s => !SubscriptionStates.IsOver(s))
            .SelectMany(s => SubscriptionView.Items(tx, s)).Select(i => SubscriptionView.Price(tx, i)).ToList();
        return prices.Count == 0
            ? DateTimeOffset.FromUnixTimeSeconds(from).AddYears(2).ToUnixTimeSeconds()
            : prices.Min(p => Period.Later(p.Value, Period.Later(p.Value, from)));
    }
}
