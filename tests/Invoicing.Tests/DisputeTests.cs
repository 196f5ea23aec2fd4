using Marketplace.Contracts.Invoicing;
using Marketplace.Testing;
using Stripe;

namespace Marketplace.Invoicing.Tests;

/// <summary>Disputes, found through the payment: they name no customer and no invoice.</summary>
public sealed class DisputeTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    private static readonly string[] States = ["warning_needs_response", "warning_under_review", "warning_closed", "needs_response", "under_review", "won", "lost", "prevented"];

    [Fact]
    public async Task A_dispute_is_told_at_once_and_won_it_is_told_too()
    {
        var invoice = await PaidInvoices.Paid(app);
        var dispute = await app.Stripe.Dispute(await invoice.Intent());
        await invoice.Seller.Hear(dispute, "charge.dispute.funds_withdrawn", objectType: "dispute");
        await invoice.Seller.Hear(dispute, "charge.dispute.created", objectType: "dispute");
        var opened = Assert.Single(await app.Announced<DisputeOpened>(d => d.InvoiceId == invoice.Id));
        Assert.Equal((invoice.Approved.SubscriptionId, 2500L, "fraudulent", 1L), (opened.SubscriptionId, opened.Amount, opened.Reason, opened.Version));
        var shown = Assert.Single((await invoice.Seller.Owner.Get("/v1/disputes")).GetProperty("data").EnumerateArray());
        Assert.Equal(("needs_response", true), (shown.GetProperty("status").GetString(), shown.GetProperty("withholdsAccess").GetBoolean()));

        await Answer(invoice, dispute, "winning_evidence");
        await invoice.Seller.Hear(dispute, "charge.dispute.closed", objectType: "dispute");
        await invoice.Seller.Hear(dispute, "charge.dispute.updated", objectType: "dispute");
        var closed = Assert.Single(await app.Announced<DisputeClosed>(d => d.InvoiceId == invoice.Id));
        Assert.Equal((opened.DisputeId, "won"), (closed.DisputeId, closed.Outcome));
        Assert.True(closed.Version > opened.Version);
        Assert.Equal("won", (await invoice.Seller.Owner.Get("/v1/disputes?status=won")).GetProperty("data")[0].GetProperty("status").GetString());
    }

    [Fact]
    public async Task Lost_it_is_told_as_lost()
    {
        var invoice = await PaidInvoices.Paid(app);
        var dispute = await app.Stripe.Dispute(await invoice.Intent());
        await invoice.Client.V1.Disputes.CloseAsync(dispute);
        await invoice.Seller.Hear(dispute, "charge.dispute.closed", objectType: "dispute");
        Assert.Equal("lost", Assert.Single(await app.Announced<DisputeClosed>(d => d.InvoiceId == invoice.Id)).Outcome);
        Assert.Equal(2500, (await app.Announced<InvoiceChanged>(m => m.InvoiceId == invoice.Id)).Last().AmountTakenBack);
        Assert.Empty(await app.Announced<DisputeOpened>(d => d.InvoiceId == invoice.Id));
    }

    [Fact]
    public async Task An_inquiry_changes_nothing_until_it_becomes_a_dispute()
    {
        var invoice = await PaidInvoices.Paid(app);
        var dispute = await app.Stripe.Dispute(await invoice.Intent(), inquiry: true);
        await invoice.Seller.Hear(dispute, "charge.dispute.created", objectType: "dispute");
        Assert.Empty(await app.Announced<DisputeOpened>(d => d.InvoiceId == invoice.Id));
        Assert.Equal("warning_needs_response", (await invoice.Seller.Owner.Get("/v1/disputes")).GetProperty("data")[0].GetProperty("status").GetString());

        await Answer(invoice, dispute, "escalate_inquiry_evidence");
        await invoice.Seller.Hear(dispute, "charge.dispute.updated", objectType: "dispute");
        Assert.Single(await app.Announced<DisputeOpened>(d => d.InvoiceId == invoice.Id));
    }

    [Fact]
    public async Task A_dispute_after_a_refund_is_mirrored_like_any_other()
    {
        var invoice = await PaidInvoices.Paid(app);
        await invoice.Seller.Owner.Post($"/v1/invoices/{invoice.Id}/refund", new { amount = 1000 }).Expect(System.Net.HttpStatusCode.Accepted);
        await invoice.SettledNotes();
        var dispute = await app.Stripe.Dispute(await invoice.Intent());
        await invoice.Seller.Hear(dispute, "charge.dispute.created", objectType: "dispute");
        Assert.Equal(1500, Assert.Single(await app.Announced<DisputeOpened>(d => d.InvoiceId == invoice.Id)).Amount);
    }

    [Fact]
    public async Task What_a_key_may_not_read_and_what_is_not_ours_is_ignored_with_the_reason()
    {
        var invoice = await PaidInvoices.Paid(app);
        var other = await PaidInvoices.Paid(app);
        var dispute = await app.Stripe.Dispute(await invoice.Intent());
        Assert.Contains("not at Stripe", await Ignored(other.Seller, dispute), StringComparison.Ordinal);
        var foreign = await invoice.Client.V1.PaymentIntents.CreateAsync(new PaymentIntentCreateOptions { Amount = 900, Currency = "usd", PaymentMethod = "pm_card_visa", PaymentMethodTypes = ["card"], Confirm = true });
        Assert.Contains("of no payment", await Ignored(invoice.Seller, await app.Stripe.Dispute(foreign.Id)), StringComparison.Ordinal);
        await app.Stripe.Permit(invoice.Seller.Key, new Dictionary<string, string> { ["customer"] = "write", ["invoice"] = "write" });
        Assert.Contains("Disputes: Read", await Ignored(invoice.Seller, dispute), StringComparison.Ordinal);
        Assert.Equal("idle", (await invoice.Seller.Queue()).GetProperty("status").GetString());
        Assert.Empty((await other.Seller.Owner.Get("/v1/disputes")).GetProperty("data").EnumerateArray());
    }

    [Theory]
    [InlineData("warning_needs_response", false, null)]
    [InlineData("warning_under_review", false, null)]
    [InlineData("warning_closed", false, "withdrawn")]
    [InlineData("needs_response", true, null)]
    [InlineData("under_review", true, null)]
    [InlineData("won", false, "won")]
    [InlineData("lost", false, "lost")]
    [InlineData("prevented", false, "withdrawn")]
    [InlineData("a_word_of_tomorrow", false, null)]
    public void Which_states_withhold_access_and_which_are_ends(string status, bool open, string? outcome) =>
        Assert.Equal((open, outcome), (DisputeState.IsOpen(status), DisputeState.Outcome(status)));

    [Fact]
    public void All_permutations_of_a_dispute_s_states_end_in_the_same_one()
    {
        string[][] histories =
        [
            ["needs_response", "under_review", "won"], ["needs_response", "under_review", "lost"], ["warning_needs_response", "warning_under_review", "warning_closed"],
            ["warning_needs_response", "needs_response", "under_review", "won"], ["needs_response", "lost"],
        ];
        foreach (var history in histories)
        {
            foreach (var order in Permutations([.. history]))
            {
                Assert.Equal(history[^1], order.Aggregate((string?)null, DisputeState.Later));
            }
        }

        Assert.All(States, state => Assert.Equal(state, DisputeState.Later(state, state)));
    }

    private async Task Answer(PaidInvoices invoice, string dispute, string words)
    {
        await invoice.Client.V1.Disputes.UpdateAsync(dispute, new DisputeUpdateOptions { Evidence = new() { UncategorizedText = words }, Submit = true });
        await app.Advance(TimeSpan.FromHours(1));
    }

    private async Task<string> Ignored(Seller seller, string dispute)
    {
        var id = TestCaller.NewId("evt");
        await seller.Hear(dispute, "charge.dispute.created", objectType: "dispute", eventId: id);
        var told = (await app.Announced<StripeEventHandled>(m => m.EventId == id)).Single();
        Assert.Equal("ignored", told.Outcome);
        return told.Reason!;
    }

    private static IEnumerable<string[]> Permutations(string[] items) => items.Length == 1
        ? [items]
        : Enumerable.Range(0, items.Length).SelectMany(i => Permutations([.. items.Where((_, at) => at != i)]).Select(rest => (string[])[items[i], .. rest]));
}
