namespace Marketplace.Operations;

/// <summary>What contradicts a rule that holds between services.</summary>
public sealed record Difference(string Rule, string Subject, string Detail);

/// <summary>The rules that no service can look at alone. Pure: facts in, differences out.</summary>
public static class Comparison
{
    /// <summary>Each rule by its name, in a sentence.</summary>
    public static IReadOnlyList<(string Name, string Rule, Func<AllFacts, IEnumerable<Difference>> Look)> Rules { get; } =
    [
        ("units_are_charged_once", "What Subscriptions has carried of each unit is what Invoicing has taken over; all else waits for its period's close.", UnitsAreChargedOnce),
        ("invoices_are_heard", "Subscriptions knows every invoice as Invoicing has it.", InvoicesAreHeard),
        ("access_is_paid_at_invoicing", "Who has access that must be paid for has paid the first invoice and one that covers now, or has one that is not due yet, and owes nothing that is past due unless in grace; who has paid waits for nothing.", AccessIsPaid),
        ("gateway_enforces_the_subscriptions", "The gateway lets through whom Subscriptions lets through, and refuses the others for the same reason.", GatewayEnforces),
        ("usage_reports_arrive", "No usage report waits at the gateway while others pass.", ReportsArrive),
        ("stripe_renews_what_goes_on", "Stripe renews no subscription that ended or was replaced here, ends with its period what ends with it here, and nothing that goes on.", StripeRenewsWhatGoesOn),
        ("stripe_objects_are_one_to_one", "Every object at Stripe that carries our id and can be charged is on record once, and everything on record that carries it is there.", StripeObjectsAreOneToOne),
    ];

    /// <summary>All differences.</summary>
    public static IReadOnlyList<Difference> Look(AllFacts facts) => [.. Rules.SelectMany(rule => rule.Look(facts))];

    private static IEnumerable<Difference> UnitsAreChargedOnce(AllFacts facts)
    {
        var taken = facts.Invoicing.SelectMany(s => s.Units.Select(u => (Key: (s.SubscriptionId, u.Unit), u.Quantity))).ToDictionary(u => u.Key, u => u.Quantity);
        var carried = facts.Subscriptions.SelectMany(s => s.Units.Select(u => (Key: (s.SubscriptionId, u.Unit), u.Carried))).ToDictionary(u => u.Key, u => u.Carried);
        var older = facts.Subscriptions.Where(s => s.CreatedAt < facts.UnitsSince).Select(s => s.SubscriptionId).ToHashSet(StringComparer.Ordinal);
        foreach (var key in taken.Keys.Union(carried.Keys).Where(key => !older.Contains(key.SubscriptionId)))
        {
            var (here, there) = (carried.GetValueOrDefault(key), taken.GetValueOrDefault(key));
            if (here != there)
            {
                yield return new("units_are_charged_once", key.SubscriptionId, $"{key.Unit}: Subscriptions carried {here}, Invoicing took over {there}");
            }
        }

        foreach (var subscription in facts.Subscriptions)
        {
            foreach (var unit in subscription.Units.Where(u => u.Carried > u.Charged || u.Charged > u.Counted))
            {
                yield return new("units_are_charged_once", subscription.SubscriptionId, $"{unit.Unit}: carried {unit.Carried} of {unit.Charged} to charge of {unit.Counted} counted");
            }
        }
    }

    private static IEnumerable<Difference> InvoicesAreHeard(AllFacts facts)
    {
        var written = Invoices(facts.Invoicing.Select(s => (s.SubscriptionId, s.Invoices)));
        var heard = Invoices(facts.Subscriptions.Select(s => (s.SubscriptionId, s.Invoices)));
        return from id in written.Keys.Union(heard.Keys)
               let here = written.GetValueOrDefault(id)
               let there = heard.GetValueOrDefault(id)
               where here != there
               select new Difference("invoices_are_heard", id, $"Invoicing: {here ?? "none"}; Subscriptions: {there ?? "none"}");
    }

    private static Dictionary<string, string> Invoices(IEnumerable<(string Subscription, IReadOnlyList<InvoiceFacts> Invoices)> facts) =>
        facts.SelectMany(s => s.Invoices.Select(i => (i.Id, Text: $"{s.Subscription} {i.Status} {i.Total}"))).ToDictionary(i => i.Id, i => i.Text, StringComparer.Ordinal);

    private static IEnumerable<Difference> AccessIsPaid(AllFacts facts)
    {
        var invoices = facts.Invoicing.ToDictionary(s => s.SubscriptionId, s => s.Invoices, StringComparer.Ordinal);
        var subscriptions = facts.Subscriptions.ToDictionary(s => s.SubscriptionId, StringComparer.Ordinal);
        foreach (var subscription in facts.Subscriptions.Where(s => s.Paid))
        {
            var first = invoices.GetValueOrDefault(subscription.SubscriptionId)?.FirstOrDefault(i => i.Kind == "initial");
            var covering = invoices.GetValueOrDefault(subscription.SubscriptionId)?.Where(i => i.Status != "void" && i.CoversFrom <= subscription.ChargedFrom && subscription.ChargedFrom < i.CoversTo).ToList();
            var owed = Lineage(subscription, subscriptions).SelectMany(id => invoices.GetValueOrDefault(id) ?? [])
                .Where(i => i is { Kind: "period" or "change" or "final", Status: "past_due" or "incomplete" }).ToList();
            var wrong = (subscription.Status, subscription.Refusal) switch
            {
                (_, null) when first is { Status: not "paid" } => $"has access, but its first invoice {first.Id} is {first.Status}",
                (_, null) when subscription.ChargedFrom is { } from && covering is not { Count: > 0 } => $"has access, but no invoice covers its period from {from:u} on",
                ("active", null) when owed.Count > 0 => $"is active, but {owed[0].Id} is {owed[0].Status}",
                ("past_due", _) when owed.Count == 0 => "is past due, but no invoice of it is",
                ("awaiting_payment", _) when first is { Status: "paid" } => $"waits for a payment, but {first.Id} is paid",
                _ => null,
            };
            if (wrong is not null)
            {
                yield return new("access_is_paid_at_invoicing", subscription.SubscriptionId, wrong);
            }
        }
    }

    // What a replaced subscription left unpaid is owed by the one that took its place, and what one that is over left by the one that follows it.
    private static IEnumerable<string> Lineage(SubscriptionFacts subscription, Dictionary<string, SubscriptionFacts> subscriptions)
    {
        for (SubscriptionFacts? at = subscription; at is not null; at = (at.MigratedFrom ?? at.Follows) is { } before ? subscriptions.GetValueOrDefault(before) : null)
        {
            yield return at.SubscriptionId;
        }
    }

    private static IEnumerable<Difference> GatewayEnforces(AllFacts facts)
    {
        var enforced = facts.Gateway.Enforced.ToDictionary(s => s.SubscriptionId, s => s.Refusal ?? "passes", StringComparer.Ordinal);
        var decided = facts.Subscriptions.Where(s => s.Approved).ToDictionary(s => s.SubscriptionId, s => s.Refusal ?? "passes", StringComparer.Ordinal);
        return from id in enforced.Keys.Union(decided.Keys)
               let here = decided.GetValueOrDefault(id)
               let there = enforced.GetValueOrDefault(id)
               where here != there
               select new Difference("gateway_enforces_the_subscriptions", id, $"Subscriptions: {here ?? "unknown"}; gateway {facts.Gateway.GatewayId}: {there ?? "unknown"}");
    }

    // One look always meets reports on their way; the oldest one changes from look to look while they arrive.
    private static IEnumerable<Difference> ReportsArrive(AllFacts facts) => facts.Gateway.OldestReport is { } oldest
        ? [new("usage_reports_arrive", facts.Gateway.GatewayId, $"report {oldest} is not applied")]
        : [];

    private static IEnumerable<Difference> StripeRenewsWhatGoesOn(AllFacts facts)
    {
        var subscriptions = facts.Subscriptions.ToDictionary(s => s.SubscriptionId, s => s.Status, StringComparer.Ordinal);
        return from listed in facts.Listed
               where listed is { ObjectType: "subscription", Idle: false }
               let wrong = (subscriptions.GetValueOrDefault(listed.OurId), listed.Ends) switch
               {
                   ("cancelled" or "expired" or "migrated" or "rejected", _) and var (status, _) => $"is {status}, but {listed.StripeId} at Stripe is not over",
                   ("cancelling", null) => $"ends with its period, but {listed.StripeId} goes on at Stripe",
                   ("active" or "past_due" or "suspended", "with_period") => $"goes on, but {listed.StripeId} ends with its period at Stripe",
                   _ => null,
               }
               where wrong is not null
               select new Difference("stripe_renews_what_goes_on", listed.OurId, wrong);
    }

    private static IEnumerable<Difference> StripeObjectsAreOneToOne(AllFacts facts)
    {
        var recorded = facts.Recorded.Select(r => (r.IntegrationId, r.ObjectType, r.OurId, r.StripeId)).ToHashSet();
        var listed = facts.Listed.Select(l => (l.IntegrationId, l.ObjectType, l.OurId, l.StripeId)).ToHashSet();
        var unlisted = facts.Unlisted.ToList();
        // What is void need not be there: a draft that nobody saw is deleted.
        var gone = facts.Invoicing.SelectMany(s => s.Invoices).Where(i => i.Status == "void").Select(i => i.Id).ToHashSet(StringComparer.Ordinal);
        var idle = facts.Listed.Where(l => l.Idle).Select(l => l.StripeId).ToHashSet(StringComparer.Ordinal);
        var elsewhere = facts.Recorded.Where(r => !r.Listed).Select(r => (r.IntegrationId, r.ObjectType, r.OurId, r.StripeId)).ToHashSet();
        return listed.Where(l => !recorded.Contains(l) && !idle.Contains(l.StripeId))
            .Select(l => new Difference("stripe_objects_are_one_to_one", l.OurId, $"Stripe has {l.StripeId} with this id, which is not on record"))
            .Concat(recorded.Where(r => !listed.Contains(r) && !elsewhere.Contains(r) && !gone.Contains(r.OurId) && !unlisted.Exists(u => u.StartsWith($"{r.IntegrationId} {r.ObjectType}:", StringComparison.Ordinal)))
                .Select(r => new Difference("stripe_objects_are_one_to_one", r.OurId, $"{r.ObjectType} {r.StripeId} is on record, but Stripe does not list it")));
    }
}
