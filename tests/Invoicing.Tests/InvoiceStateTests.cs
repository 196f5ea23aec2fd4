using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Marketplace.Contracts.Invoicing;
using Marketplace.Testing;

namespace Marketplace.Invoicing.Tests;

/// <summary>The whole table of how Stripe's states become ours.</summary>
public sealed class InvoiceStateTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 15, 9, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Due = Now.AddDays(14);

    [Theory]
    [InlineData("draft", "open", "open", "success")]
    [InlineData("draft", "paid", "paid", "success")]
    [InlineData("draft", "void", "void", "success")]
    [InlineData("draft", "deleted", "void", "success")]
    [InlineData("draft", "uncollectible", "incomplete", "success")]
    [InlineData("open", "paid", "paid", "success")]
    [InlineData("open", "void", "void", "success")]
    [InlineData("open", "uncollectible", "incomplete", "success")]
    [InlineData("past_due", "paid", "paid", "success")]
    [InlineData("past_due", "void", "void", "success")]
    [InlineData("past_due", "uncollectible", "incomplete", "success")]
    [InlineData("incomplete", "paid", "paid", "success")]
    [InlineData("incomplete", "void", "void", "success")]
    [InlineData("void", "paid", "paid", "success")]
    public void Stripe_takes_an_invoice_on(string ours, string stripes, string becomes, string level)
    {
        var next = Of(ours).After(new(stripes, "A-1", "https://pay", null, Due, stripes == "paid" ? Now : null), Now);
        Assert.Equal((becomes, level), (next?.Status, next?.Level));
        Assert.Equal(becomes == "paid" ? Now : null, next!.PaidAt);
    }

    [Theory]
    [InlineData("open", "draft")]
    [InlineData("past_due", "draft")]
    [InlineData("incomplete", "open")]
    [InlineData("incomplete", "draft")]
    [InlineData("paid", "draft")]
    [InlineData("paid", "open")]
    [InlineData("paid", "uncollectible")]
    [InlineData("paid", "void")]
    [InlineData("void", "draft")]
    [InlineData("void", "open")]
    [InlineData("void", "uncollectible")]
    [InlineData("void", "void")]
    public void What_was_fetched_before_and_is_applied_after_takes_nothing_back(string ours, string stripes) =>
        Assert.Null(Of(ours).After(new(stripes, "A-1", "https://pay", null, Due, null), Now));

    [Fact]
    public void The_same_facts_again_change_nothing()
    {
        var facts = new StripeInvoiceFacts("open", "A-1", "https://pay", null, Due, null);
        var open = Of("draft").After(facts, Now)!;
        Assert.Null(open.After(facts, Now));
        Assert.Null(open.AfterDueDate(Now));
        var late = open.AfterDueDate(Due)!;
        Assert.Equal(("past_due", "pending"), (late.Status, late.Level));
        Assert.Null(late.After(facts, Due));
        // What Stripe charges automatically has no due date there.
        Assert.Null(late.After(facts with { DueAt = null }, Due));
        Assert.Null(late.AfterDueDate(Due));
    }

    [Fact]
    public void What_somebody_has_to_decide_about_says_so_beyond_its_due_date_and_can_be_retried()
    {
        var waiting = Of("open") with { Level = "error", Reasons = $$"""[{"type":"{{UnvoidedInvoice.Reason}}","detail":"Stripe does not void it.","timestamp":"2026-01-15T09:00:00+00:00"}]""" };
        var late = waiting.AfterDueDate(Due)!;
        Assert.Equal(("past_due", "error", waiting.Reasons), (late.Status, late.Level, late.Reasons));
    }

    [Theory]
    [InlineData("processing", true, 3, "open")]
    [InlineData("processing", true, 13.9, "open")]
    [InlineData("processing", true, 14, null)]
    [InlineData("processing", false, 3, "open")] // Not looked at now, known from before.
    [InlineData("payment_failed", true, 3, null)]
    public void What_is_past_due_is_open_again_while_the_bank_carries_a_debit_out(string problem, bool read, double days, string? becomes)
    {
        PaymentProblem found = new(problem, null, "…", 1, null, null);
        var late = Of("past_due") with { Problem = JsonSerializer.Serialize(read ? new("payment_failed", null, "…", 1, null, null) : found, JsonSerializerOptions.Web) };
        var next = late.After(new("open", "A-1", "https://pay", null, Due, null, Problem: read ? new(found) : null), Due.AddDays(days));
        Assert.Equal(becomes, next is { Status: "past_due" } or null ? null : next.Status);
    }

    [Fact]
    public void What_somebody_has_to_decide_about_says_so_also_while_the_bank_carries_a_debit_out()
    {
        var waiting = Of("past_due") with { Level = "error", Reasons = $$"""[{"type":"{{UnvoidedInvoice.Reason}}","detail":"Stripe does not void it.","timestamp":"2026-01-15T09:00:00+00:00"}]""" };
        var open = waiting.After(new("open", "A-1", "https://pay", null, Due, null, Problem: new(new("processing", null, "…", 1, null, null))), Due.AddDays(1))!;
        Assert.Equal(("open", "error", waiting.Reasons), (open.Status, open.Level, open.Reasons));
    }

    [Fact]
    public void An_unknown_state_of_Stripe_changes_no_state() => Assert.Null(Of("open").After(new("frozen", "A-1", "https://pay", null, Due, null), Now));

    [Fact]
    public void Any_order_and_number_of_one_history_s_states_ends_in_its_last() =>
        Prop.ForAll(
            Gen.Elements<string[]>(["draft", "open", "paid"], ["draft", "open", "uncollectible", "paid"], ["draft", "open", "void"], ["draft", "deleted"]).ToArbitrary(),
            Gen.Choose(0, int.MaxValue).ListOf().ToArbitrary(),
            (history, picks) =>
            {
                // Every state at least once, some again, in any order.
                var seen = history.Concat(picks.Select(p => history[p % history.Length])).ToArray();
                new Random(picks.Sum(p => p % 1000)).Shuffle(seen);
                var invoice = seen.Aggregate(Of("draft"), (at, state) => at.After(new(state, "A-1", "https://pay", null, Due, null), Now) ?? at);
                return invoice.Status == (history[^1] == "deleted" ? "void" : history[^1]);
            }).Check(Config.QuickThrowOnFailure.WithReplay(PropertySeed.Start, PropertySeed.Step));

    private static Invoice Of(string status) => new()
    {
        Id = "inv_1", SubscriptionId = "sub_1", OrganizationId = "org_1", ProviderOrganizationId = "org_2", IntegrationId = "bil_1", Kind = "initial",
        Status = status, Level = "pending", Description = "Weather", Currency = "usd", Total = 2500, Number = status == "draft" ? null : "A-1",
        HostedInvoiceUrl = status == "draft" ? null : "https://pay", DueAt = status == "draft" ? null : Due, PaidAt = status == "paid" ? Now : null,
    };
}
