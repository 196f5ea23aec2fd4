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
        var facts = new PaymentFacts([], [.. outcomes.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(o => o == "open" ? null : o)], 3);
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

    private static InvoiceState Invoice(string kind, string status, DateTimeOffset? covers, bool refunded = false) => new(kind, status, null, true, covers, refunded);
}
