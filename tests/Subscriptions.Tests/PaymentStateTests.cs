namespace Marketplace.Subscriptions.Tests;

/// <summary>The whole tables of what disputes and refunds mean for access.</summary>
public sealed class PaymentStateTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 10, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("", "cancel", null, null)]
    [InlineData("won", "cancel", null, null)]
    [InlineData("withdrawn", "cancel", null, null)]
    [InlineData("open", "cancel", "payment_disputed", null)]
    [InlineData("open", "keep", "payment_disputed", null)]
    [InlineData("won,open", "cancel", "payment_disputed", null)]
    [InlineData("lost", "cancel", null, "dispute_lost")]
    [InlineData("lost,won", "cancel", null, "dispute_lost")]
    [InlineData("lost,open", "cancel", "payment_disputed", "dispute_lost")]
    [InlineData("lost", "keep", null, null)]
    [InlineData("lost,open", "keep", "payment_disputed", null)]
    public void Disputes_withhold_access_while_open_and_end_the_subscription_when_lost(string outcomes, string rule, string? held, string? end)
    {
        var facts = new PaymentFacts([], [.. outcomes.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(o => new DisputeState(o == "open" ? null : o))], 3);
        var rules = new PaymentRules(AfterLostDispute: rule);
        Assert.Equal((held, end), (PaymentState.HoldReason(facts, rules, Now), PaymentState.EndReason(facts, rules, Now)));
    }

    [Theory]
    [InlineData("suspend", "payment_refunded", null)]
    [InlineData("cancel", null, "payment_refunded")]
    [InlineData("keep", null, null)]
    public void A_period_whose_payment_went_back_whole_follows_the_rule(string rule, string? held, string? end)
    {
        var rules = new PaymentRules(AfterFullRefund: rule);
        Check([Invoice("initial", "paid", Start, refunded: true)], held, end);
        // What went back in part, or is of another time, is nothing to access.
        Check([Invoice("initial", "paid", Start)], null, null);
        Check([Invoice("initial", "paid", Start.AddMonths(-1), refunded: true), Invoice("period", "paid", Start)], null, null);
        Check([Invoice("initial", "paid", Start.AddMonths(-1), refunded: true), Invoice("period", "open", Start)], null, null);
        Check([Invoice("period", "paid", Start, refunded: true), Invoice("period", "void", Start.AddDays(1))], held, end);
        Check([Invoice("period", "paid", Now.AddDays(1), refunded: true)], null, null);
        Check([Invoice("final", "paid", null, refunded: true)], null, null);

        void Check(InvoiceState[] invoices, string? hold, string? over)
        {
            var facts = new PaymentFacts(invoices, [], 3);
            Assert.Equal((hold, over), (PaymentState.HoldReason(facts, rules, Now), PaymentState.EndReason(facts, rules, Now)));
        }
    }

    [Theory]
    [InlineData(10000, 6000, 10000, 6000, 6000, false)] // the balance paid 40.00 of it, which stay paid
    [InlineData(10000, 6000, 10000, 6000, 10000, true)] // which went back to the balance
    [InlineData(10000, 6000, 10000, 0, 10000, false)] // whose refund failed
    [InlineData(10000, 0, 10000, 0, 10000, true)] // the balance paid all of it
    [InlineData(1000, 1030, 1000, 1000, 1000, true)] // 0.30 are of the invoice before it
    [InlineData(1000, 1030, 1000, 999, 999, false)]
    [InlineData(10000, 7000, 7000, 7000, 10000, true)] // 30.00 were taken off before payment
    [InlineData(10000, 7000, 7000, 6999, 9999, false)]
    [InlineData(10000, 0, 0, 0, 10000, false)] // all of it was
    [InlineData(10000, 5000, 8000, 5000, 7000, false)] // 20.00 were, and 30.00 of the balance stay paid
    [InlineData(10000, 5000, 8000, 5000, 10000, true)]
    [InlineData(1050, 1080, 780, 780, 1050, true)] // 2.70 were, and 3.00 are of the invoice before it
    [InlineData(10000, 9500, 9500, 9500, 9500, true)] // Stripe charged less
    [InlineData(10000, 10000, 10000, 0, 10000, false)] // the bank took it, or sent the refund back
    public void What_paid_an_invoice_in_all_has_to_go_back(long total, long paid, long settled, long refunded, long takenBack, bool whole)
    {
        var invoice = Invoice("period", "paid", Start) with { Total = total, Paid = paid, Settled = settled, Refunded = refunded, TakenBack = takenBack };
        Assert.Equal(whole, IsWithheld(invoice));
        Assert.False(IsWithheld(invoice with { Refunded = 0, TakenBack = 0 }));
    }

    [Theory]
    [InlineData(-2000, 10000, 0, true)] // a cheaper plan: what it gave back is not paid any more
    [InlineData(-2000, 8000, 0, true)]
    [InlineData(-2000, 7999, 0, false)]
    [InlineData(500, 0, 500, false)] // one more seat, given back as goodwill
    [InlineData(500, 10000, 0, false)]
    [InlineData(500, 10000, 500, true)]
    [InlineData(0, 10000, 0, true)]
    [InlineData(-10000, 0, 0, false)] // nothing was refunded
    public void A_change_is_looked_at_with_the_period_that_it_came_into(long change, long ofPeriod, long ofChange, bool whole)
    {
        InvoiceState[] invoices = [Refund(Invoice("period", "paid", Start) with { SubscriptionId = "sub_0", Since = 1 }, ofPeriod), Refund(Change(change), ofChange)];
        Assert.Equal(whole, IsWithheld(invoices));
        Assert.Equal(whole, IsWithheld([.. invoices.Reverse()]));
        // Whether it keeps the calendar or begins a period of its own.
        Assert.Equal(whole, IsWithheld(invoices[0], invoices[1] with { CoversTo = Start.AddYears(1) }));
        // Over a change between, in the same moment too, whose invoice its provider gave up.
        var gone = Change(700) with { SubscriptionId = "sub_between", Since = 1, Status = "void" };
        Assert.Equal(whole, IsWithheld(invoices[0] with { Since = 2 }, gone, invoices[1] with { Replaces = "sub_between" }));
        Assert.Equal(whole, IsWithheld(invoices[0] with { Since = 2 }, gone with { CoversFrom = Start }, invoices[1] with { Replaces = "sub_between" }));
    }

    [Fact]
    public void Of_two_changes_in_one_moment_the_later_one_is_the_newest()
    {
        InvoiceState[] invoices =
        [
            Refund(Invoice("period", "paid", Start) with { SubscriptionId = "sub_0", Since = 2 }, 10000),
            Refund(Change(500) with { SubscriptionId = "sub_between", Since = 1 }, 500),
            Change(500) with { Replaces = "sub_between" },
        ];
        Assert.False(IsWithheld(invoices));
        Assert.False(IsWithheld([.. invoices.Reverse()]));
        Assert.True(IsWithheld(invoices[0], invoices[1], Refund(invoices[2], 500)));
    }

    [Theory]
    [InlineData("between")] // at the end of a period
    [InlineData("free")] // after a plan that cost nothing
    [InlineData("old")] // the end of whose period was never told
    public void A_change_that_came_into_no_paid_period_is_looked_at_alone(string before)
    {
        var period = Invoice("period", "paid", Start) with { SubscriptionId = "sub_0", Since = 1 };
        var change = Change(10000);
        InvoiceState[] invoices = before switch
        {
            "between" => [period with { CoversTo = change.CoversFrom }, change],
            "free" => [period, change with { Replaces = null }],
            _ => [period with { CoversTo = null }, change],
        };
        Assert.False(IsWithheld([Refund(invoices[0], 10000), invoices[1]]));
        Assert.True(IsWithheld([invoices[0], Refund(invoices[1], 10000)]));
    }

    [Fact]
    public void What_is_not_paid_yet_is_owed_by_the_ordinary_rules()
    {
        var period = Refund(Invoice("period", "paid", Start) with { SubscriptionId = "sub_0", Since = 1 }, 10000);
        Assert.False(IsWithheld(period, Change(500) with { Status = "open", Settled = 0 }));
        Assert.True(IsWithheld(period, Change(500) with { Status = "void" }));
    }

    [Fact]
    public void Whoever_has_a_free_plan_now_loses_nothing_by_a_refund()
    {
        InvoiceState[] invoices = [Refund(Invoice("period", "paid", Start) with { SubscriptionId = "sub_0", Since = 1 }, 10000), Change(-5000)];
        Assert.True(IsWithheld(invoices));
        Assert.Null(PaymentState.HoldReason(new(invoices, [], 3, IsPaid: false), new(), Now));
        Assert.Null(PaymentState.EndReason(new(invoices, [], 3, IsPaid: false), new(PaymentRules.Cancel), Now));
    }

    private static bool IsWithheld(params InvoiceState[] invoices) => PaymentState.HoldReason(new(invoices, [], 3), new(), Now) == PaymentState.Refunded;

    private static InvoiceState Invoice(string kind, string status, DateTimeOffset? covers, bool refunded = false) => Refund(
        new() { SubscriptionId = "sub_1", Kind = kind, Status = status, CoversFrom = covers, CoversTo = covers?.AddMonths(1), Total = 10000, Paid = 10000, Settled = 10000 }, refunded ? 10000 : 0);

    private static InvoiceState Change(long total) => Invoice("change", "paid", Start.AddDays(5)) with
    {
        CoversTo = Start.AddMonths(1), Replaces = "sub_0", Total = total, Paid = Math.Max(0, total), Settled = Math.Max(0, total),
    };

    private static InvoiceState Refund(InvoiceState invoice, long amount) => invoice with { Refunded = amount, TakenBack = amount };
}
