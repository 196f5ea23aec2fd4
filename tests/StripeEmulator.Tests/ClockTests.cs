using Marketplace.Testing;

namespace Marketplace.StripeEmulator.Tests;

/// <summary>Each test has an emulator of its own: the clock is everybody's.</summary>
public sealed class ClockTests : IAsyncLifetime
{
    private readonly EmulatorApp app = new();
    private Receiver receiver = null!;
    private Caller caller = null!;

    public async ValueTask InitializeAsync()
    {
        caller = app.NewAccount();
        receiver = await Receiver.Start();
    }

    public async ValueTask DisposeAsync()
    {
        await receiver.DisposeAsync();
        await app.DisposeAsync();
    }

    [Fact]
    public async Task A_draft_that_advances_is_finalized_after_an_hour_and_charged()
    {
        var customer = await caller.Customer("payment_method=pm_card_visa&invoice_settings[default_payment_method]=pm_card_visa");
        var draft = await caller.Draft(customer, 2500, "auto_advance=true");
        Assert.Equal(draft.Number("created") + 3_600, draft.Number("automatically_finalizes_at"));
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(draft.Number("created") + 3_600), (await Clock()).NextDue);
        await Advance(TimeSpan.FromMinutes(59));
        Assert.Equal("draft", await Status(draft.Id));
        await Advance(TimeSpan.FromMinutes(2));
        Assert.Equal("paid", await Status(draft.Id));
    }

    [Fact]
    public async Task A_draft_waits_until_its_creation_was_heard()
    {
        receiver.Answer = _ => 500;
        (await caller.Post("/v1/webhook_endpoints", $"url={receiver.Url}&enabled_events[]=invoice.created")).Ok();
        var draft = await caller.Draft(await caller.Customer(), 2500, "auto_advance=true&collection_method=send_invoice&days_until_due=30");
        await Advance(TimeSpan.FromHours(5));
        Assert.Equal("draft", await Status(draft.Id));
        receiver.Answer = _ => 200;
        await Advance(TimeSpan.FromHours(20));
        Assert.Equal("open", await Status(draft.Id));
    }

    [Fact]
    public async Task A_draft_that_was_never_heard_of_is_finalized_after_72_hours()
    {
        receiver.Answer = _ => 500;
        (await caller.Post("/v1/webhook_endpoints", $"url={receiver.Url}&enabled_events[]=invoice.created")).Ok();
        var draft = await caller.Draft(await caller.Customer(), 2500, "auto_advance=true&collection_method=send_invoice&days_until_due=30");
        await Advance(TimeSpan.FromHours(71));
        Assert.Equal("draft", await Status(draft.Id));
        await Advance(TimeSpan.FromHours(2));
        Assert.Equal("open", await Status(draft.Id));
    }

    [Fact]
    public async Task A_due_date_passes_and_the_customer_is_delinquent_until_paid()
    {
        var customer = await caller.Customer();
        var invoice = await caller.Open(customer, 2500, "collection_method=send_invoice&days_until_due=3");
        await Advance(TimeSpan.FromDays(4));
        Assert.Single((await caller.Get("/v1/events?type=invoice.overdue")).Ok()["data"]!.AsArray());
        Assert.True((await caller.Get($"/v1/customers/{customer}")).Ok()["delinquent"]!.GetValue<bool>());
        (await caller.Post($"/v1/invoices/{invoice.Id}/pay", "payment_method=pm_card_visa")).Ok();
        Assert.False((await caller.Get($"/v1/customers/{customer}")).Ok()["delinquent"]!.GetValue<bool>());
    }

    [Fact]
    public async Task A_failed_collection_is_tried_again_on_a_schedule_and_then_no_more()
    {
        var customer = await caller.Customer("payment_method=pm_card_chargeCustomerFail&invoice_settings[default_payment_method]=pm_card_chargeCustomerFail");
        var draft = await caller.Draft(customer, 2500, "auto_advance=true");
        await Advance(TimeSpan.FromHours(1.1));
        var first = (await caller.Get($"/v1/invoices/{draft.Id}")).Ok();
        Assert.Equal(("open", 1L), (first.Text("status"), first.Number("attempt_count")));
        await Advance(TimeSpan.FromDays(20));
        var last = (await caller.Get($"/v1/invoices/{draft.Id}")).Ok();
        Assert.Equal(("open", 4L), (last.Text("status"), last.Number("attempt_count")));
        Assert.Null(last["next_payment_attempt"]);
        Assert.Equal(4, (await caller.Get("/v1/events?type=invoice.payment_failed")).Ok()["data"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_webhook_that_fails_is_tried_again_later_and_given_up_after_three_days()
    {
        receiver.Answer = _ => 500;
        var secret = (await caller.Post("/v1/webhook_endpoints", $"url={receiver.Url}&enabled_events[]=customer.created")).Ok().Text("secret");
        await caller.Customer();
        await Eventually.Until(() => !receiver.All.IsEmpty, "the first attempt");
        await Eventually.Until(async () => (await Clock()).Pending == 0, "the first attempt is recorded");
        Assert.NotNull((await Clock()).NextDue);
        await Advance(TimeSpan.FromMinutes(2));
        var early = receiver.All.Count;
        Assert.InRange(early, 3, 5);
        Assert.All(receiver.All, a => Assert.True(WebhookTests.Verifies(a, secret)));
        Assert.True(receiver.All.Select(a => a.Signature).Distinct().Count() > 1, "each attempt is signed anew");
        await Advance(TimeSpan.FromDays(4));
        var tried = receiver.All.Count;
        Assert.InRange(tried, 8, 20);
        await Advance(TimeSpan.FromDays(4));
        Assert.Equal(tried, receiver.All.Count);
        var log = (await caller.Turn(HttpMethod.Get, "deliveries"))!.AsArray().Single()!;
        Assert.Equal(("failed", tried), (log["status"]!.GetValue<string>(), log["attempts"]!.GetValue<int>()));
        Assert.Single((await caller.Get("/v1/events?delivery_success=false")).Ok()["data"]!.AsArray());
    }

    [Fact]
    public async Task Moving_fires_what_is_due_in_order_and_never_goes_back()
    {
        var customer = await caller.Customer("payment_method=pm_card_visa&invoice_settings[default_payment_method]=pm_card_visa");
        var late = await caller.Draft(customer, 100, "auto_advance=true&automatically_finalizes_at=" + DateTimeOffset.UtcNow.AddDays(2).ToUnixTimeSeconds());
        var early = await caller.Draft(customer, 200, "auto_advance=true");
        var before = await Clock();
        await Advance(TimeSpan.FromDays(5));
        var paid = (await caller.Get("/v1/events?type=invoice.paid")).Ok()["data"]!.AsArray();
        Assert.Equal([late.Id, early.Id], paid.Select(e => e!["data"]!["object"]!["id"]!.GetValue<string>()));
        Assert.Equal(2 * 24 - 1, (paid[0]!["created"]!.GetValue<long>() - paid[1]!["created"]!.GetValue<long>()) / 3_600.0, 0.1);
        var after = await Clock();
        Assert.True(after.Activity > before.Activity);
        await caller.Turn(HttpMethod.Put, "clock", new { now = before.Now });
        Assert.True((await Clock()).Now >= after.Now);
    }

    private async Task Advance(TimeSpan time) => await caller.Turn(HttpMethod.Put, "clock", new { now = (await Clock()).Now + time });

    private async Task<string> Status(string invoice) => (await caller.Get($"/v1/invoices/{invoice}")).Ok().Text("status");

    private async Task<(DateTimeOffset Now, DateTimeOffset? NextDue, int Pending, long Activity)> Clock()
    {
        var clock = (await caller.Turn(HttpMethod.Get, "clock"))!;
        return (clock["now"]!.GetValue<DateTimeOffset>(), clock["nextDue"]?.GetValue<DateTimeOffset>(), clock["pending"]!.GetValue<int>(), clock["activity"]!.GetValue<long>());
    }
}
