using Marketplace.Operations;

namespace Marketplace.Chaos.Tests;

/// <summary>Each rule between services, with its defect planted.</summary>
public sealed class ComparisonTests
{
    private static readonly DateTimeOffset Since = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly AllFacts Right = new(
        [
            new("sub_1", "active", true, null, true, Since.AddDays(1), [new("transactions", 10, 9, 5)], [new("inv_1", "paid", 100), new("inv_2", "void", 5)]),
            new("sub_2", "awaiting_payment", true, "payment_required", true, Since.AddDays(2), [], [new("inv_3", "open", 100)]),
        ],
        [
            new("sub_1", [new("transactions", 5)], [new("inv_1", "paid", 100, "initial"), new("inv_2", "void", 5, "period")]),
            new("sub_2", [], [new("inv_3", "open", 100, "initial")]),
        ],
        Since, new("gtw_1", null, [new("sub_1", null), new("sub_2", "payment_required")]),
        [new("inv_1", "in_1", "invoice", "bil_1"), new("inv_2", "in_2", "invoice", "bil_1"), new("inv_3", "in_3", "invoice", "bil_1")],
        [new("in_1", "inv_1", "invoice", "bil_1"), new("in_3", "inv_3", "invoice", "bil_1")], []);

    public static TheoryData<string, string, string> Planted => new()
    {
        { "a closure that Invoicing has not taken over", "units_are_charged_once", "sub_1" },
        { "a closure that was taken over twice", "units_are_charged_once", "sub_1" },
        { "more carried than was used", "units_are_charged_once", "sub_1" },
        { "an invoice that was not heard of", "invoices_are_heard", "inv_1" },
        { "a payment that was not heard of", "access_is_paid_at_invoicing", "sub_2" },
        { "access before the first payment", "access_is_paid_at_invoicing", "sub_1" },
        { "access before the first payment, which is past due", "access_is_paid_at_invoicing", "sub_1" },
        { "access without grace", "access_is_paid_at_invoicing", "sub_1" },
        { "access without grace while a plan change is owed", "access_is_paid_at_invoicing", "sub_1" },
        { "access without grace while the last invoice of what it replaced is owed", "access_is_paid_at_invoicing", "sub_1" },
        { "access without grace while the last invoice of what it follows is owed", "access_is_paid_at_invoicing", "sub_1" },
        { "past due without a reason", "access_is_paid_at_invoicing", "sub_1" },
        { "access to a period that no invoice covers", "access_is_paid_at_invoicing", "sub_1" },
        { "access to a period whose invoice is void", "access_is_paid_at_invoicing", "sub_1" },
        { "Stripe renewing what was replaced", "stripe_renews_what_goes_on", "sub_1" },
        { "Stripe renewing what is cancelled", "stripe_renews_what_goes_on", "sub_1" },
        { "Stripe renewing what ends with its period", "stripe_renews_what_goes_on", "sub_1" },
        { "Stripe ending what goes on", "stripe_renews_what_goes_on", "sub_1" },
        { "a gateway that lets through who must pay", "gateway_enforces_the_subscriptions", "sub_2" },
        { "a gateway that does not know a subscription", "gateway_enforces_the_subscriptions", "sub_1" },
        { "a gateway that knows one too many", "gateway_enforces_the_subscriptions", "sub_9" },
        { "a report that is not applied", "usage_reports_arrive", "gtw_1" },
        { "two objects at Stripe for one of ours", "stripe_objects_are_one_to_one", "inv_1" },
        { "an object at Stripe that is not on record", "stripe_objects_are_one_to_one", "inv_9" },
        { "a record without an object at Stripe", "stripe_objects_are_one_to_one", "inv_3" },
    };

    [Fact]
    public void Books_that_agree_show_no_difference() => Assert.Empty(Comparison.Look(Right));

    [Theory, MemberData(nameof(Planted))]
    public void A_planted_defect_is_the_only_difference(string defect, string rule, string subject)
    {
        var found = Assert.Single(Comparison.Look(With(defect)));

        Assert.Equal((rule, subject), (found.Rule, found.Subject));
    }

    [Fact]
    public void Every_rule_has_a_planted_defect() =>
        Assert.Equal(Comparison.Rules.Select(rule => rule.Name).Order(StringComparer.Ordinal), Planted.Select(row => row.Data.Item2).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void Units_of_subscriptions_that_are_older_than_the_record_are_not_compared() =>
        Assert.Empty(Comparison.Look(With("a closure that Invoicing has not taken over") with { UnitsSince = Since.AddYears(1) }));

    public static TheoryData<string> Harmless =>
    [
        "a credit note that was made at Stripe", "a customer that was deleted at Stripe", "an integration that was deleted", "a second subscription that was undone",
        "Stripe's own invoice that did not match", "past due for a plan change", "past due for what it replaced", "past due for what it follows", "a period that an invoice covers", "Stripe ending what ends here", "Stripe ending a term",
    ];

    [Theory, MemberData(nameof(Harmless))]
    public void What_only_looks_like_a_defect_is_no_difference(string fact) => Assert.Empty(Comparison.Look(But(fact)));

    private static AllFacts But(string fact) => fact switch
    {
        "a credit note that was made at Stripe" => Recorded(new RecordedFacts("crn_1", "cn_1", "credit_note", "bil_1", Listed: false)),
        "a customer that was deleted at Stripe" => Recorded(new RecordedFacts("cus_1", "cus_s1", "customer", "bil_1", Listed: false)),
        "an integration that was deleted" => Recorded(new("inv_0", "in_0", "invoice", "bil_0", Listed: false), new("cus_0", "cus_s0", "customer", "bil_0", Listed: false)),
        "a second subscription that was undone" => Right with { Listed = [.. Right.Listed, new("sub_s2", "sub_1", "subscription", "bil_1", Idle: true)] },
        "Stripe's own invoice that did not match" => Right with { Listed = [.. Right.Listed, new("in_8", "inv_1/mismatch", "invoice", "bil_1", Idle: true)] },
        "a period that an invoice covers" => Covered("paid", Since, Since.AddMonths(1)),
        "Stripe ending what ends here" => Renewed("cancelling", "with_period"),
        "Stripe ending a term" => Renewed("active", "at_date"),
        "past due for a plan change" => Both(0, "past_due", null, "past_due", "change"),
        "past due for what it follows" => Followed("past_due"),
        _ => Replaced("past_due"),
    };

    private static AllFacts Recorded(params RecordedFacts[] recorded) => Right with { Recorded = [.. Right.Recorded, .. recorded] };

    // The first subscription with one that it replaced, whose last invoice is past due.
    private static AllFacts Replaced(string status) => Right with
    {
        Subscriptions =
        [
            Right.Subscriptions[0] with { Status = status, MigratedFrom = "sub_0" }, Right.Subscriptions[1],
            new("sub_0", "migrated", false, "subscription_ended", false, Since.AddDays(1), [], [new("inv_0", "past_due", 70)], "sub_00"),
        ],
        Invoicing = [.. Right.Invoicing, new("sub_0", [], [new("inv_0", "past_due", 70, "final")])],
    };

    // The first subscription, taken after one that is over, whose last invoice is past due.
    private static AllFacts Followed(string status)
    {
        var facts = Replaced(status);
        return facts with { Subscriptions = [facts.Subscriptions[0] with { MigratedFrom = null, Follows = "sub_0" }, facts.Subscriptions[1], facts.Subscriptions[2] with { Status = "cancelled" }] };
    }

    // The first subscription's current period, and its first invoice over a span of time.
    private static AllFacts Covered(string status, DateTimeOffset from, DateTimeOffset to)
    {
        var facts = Both(0, "active", null, status, "change");
        return facts with
        {
            Subscriptions = [facts.Subscriptions[0] with { ChargedFrom = Since.AddDays(7) }, facts.Subscriptions[1]],
            Invoicing = [facts.Invoicing[0] with { Invoices = [facts.Invoicing[0].Invoices[0] with { CoversFrom = from, CoversTo = to }, facts.Invoicing[0].Invoices[1]] }, facts.Invoicing[1]],
        };
    }

    // The first subscription renewed at Stripe, where it ends or goes on.
    private static AllFacts Renewed(string status, string? ends) => Right with
    {
        Subscriptions = [Right.Subscriptions[0] with { Status = status }, Right.Subscriptions[1]],
        Recorded = [.. Right.Recorded, new("sub_1", "sub_s1", "subscription", "bil_1")],
        Listed = [.. Right.Listed, new("sub_s1", "sub_1", "subscription", "bil_1", Ends: ends)],
    };

    [Fact]
    public void What_Stripe_does_not_list_for_the_key_is_not_called_missing() =>
        Assert.Empty(Comparison.Look(Right with { Listed = [], Unlisted = ["bil_1 invoice: refused"] }));

    private static AllFacts With(string defect) => defect switch
    {
        "a closure that Invoicing has not taken over" => Right with { Invoicing = [Right.Invoicing[0] with { Units = [] }, Right.Invoicing[1]] },
        "a closure that was taken over twice" => Right with { Invoicing = [Right.Invoicing[0] with { Units = [new("transactions", 10)] }, Right.Invoicing[1]] },
        "more carried than was used" => Right with { Subscriptions = [Right.Subscriptions[0] with { Units = [new("transactions", 10, 4, 5)] }, Right.Subscriptions[1]] },
        "an invoice that was not heard of" => Right with { Subscriptions = [Right.Subscriptions[0] with { Invoices = [Right.Subscriptions[0].Invoices[1]] }, Right.Subscriptions[1]] },
        "a payment that was not heard of" => Both(1, "awaiting_payment", "payment_required", "paid", "initial"),
        "access before the first payment" => Both(0, "active", null, "open", "initial"),
        "access before the first payment, which is past due" => Both(0, "active", null, "past_due", "initial"),
        "access without grace" => Both(0, "active", null, "past_due", "period"),
        "access without grace while a plan change is owed" => Both(0, "active", null, "incomplete", "change"),
        "access without grace while the last invoice of what it replaced is owed" => Replaced("active"),
        "access without grace while the last invoice of what it follows is owed" => Followed("active"),
        "past due without a reason" => Both(0, "past_due", null, "paid", "period"),
        "access to a period that no invoice covers" => Covered("paid", Since.AddMonths(-1), Since.AddDays(7)),
        "access to a period whose invoice is void" => Covered("void", Since, Since.AddMonths(1)),
        "Stripe renewing what was replaced" => Renewed("migrated", null),
        "Stripe renewing what is cancelled" => Renewed("cancelled", "with_period"),
        "Stripe renewing what ends with its period" => Renewed("cancelling", null),
        "Stripe ending what goes on" => Renewed("active", "with_period"),
        "a gateway that lets through who must pay" => Enforcing(new("sub_1", null), new("sub_2", null)),
        "a gateway that does not know a subscription" => Enforcing(new EnforcedFacts("sub_2", "payment_required")),
        "a gateway that knows one too many" => Enforcing(new("sub_1", null), new("sub_2", "payment_required"), new("sub_9", null)),
        "a report that is not applied" => Right with { Gateway = Right.Gateway with { OldestReport = 7 } },
        "two objects at Stripe for one of ours" => Right with { Listed = [.. Right.Listed, new("in_1b", "inv_1", "invoice", "bil_1")] },
        "an object at Stripe that is not on record" => Right with { Listed = [.. Right.Listed, new("in_9", "inv_9", "invoice", "bil_1")] },
        _ => Right with { Listed = [Right.Listed[0]] },
    };

    private static AllFacts Enforcing(params EnforcedFacts[] enforced) => Right with { Gateway = Right.Gateway with { Enforced = enforced } };

    // Status and refusal of a subscription, and its first invoice on both sides.
    private static AllFacts Both(int at, string status, string? refusal, string invoice, string kind)
    {
        var (subscriptions, invoicing, enforced) = (Right.Subscriptions.ToArray(), Right.Invoicing.ToArray(), Right.Gateway.Enforced.ToArray());
        subscriptions[at] = subscriptions[at] with { Status = status, Refusal = refusal, Invoices = [subscriptions[at].Invoices[0] with { Status = invoice }, .. subscriptions[at].Invoices.Skip(1)] };
        invoicing[at] = invoicing[at] with { Invoices = [invoicing[at].Invoices[0] with { Status = invoice, Kind = kind }, .. invoicing[at].Invoices.Skip(1)] };
        enforced[at] = enforced[at] with { Refusal = refusal };
        return Right with { Subscriptions = subscriptions, Invoicing = invoicing, Gateway = Right.Gateway with { Enforced = enforced } };
    }
}
