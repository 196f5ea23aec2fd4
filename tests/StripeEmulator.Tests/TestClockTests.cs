using Marketplace.Testing;

namespace Marketplace.StripeEmulator.Tests;

public sealed class TestClockTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private const long Start = 1_577_836_800; // 2020-01-01

    private readonly Caller caller = app.NewAccount();

    [Fact]
    public async Task What_belongs_to_a_clock_lives_by_its_frozen_time_and_advances_with_it()
    {
        var clock = (await caller.Post("/v1/test_helpers/test_clocks", $"frozen_time={Start}&name=mine")).Ok();
        Assert.Equal(("test_helpers.test_clock", "ready", "mine", Start), (clock.Text("object"), clock.Text("status"), clock.Text("name"), clock.Number("frozen_time")));
        var customer = await caller.Customer($"test_clock={clock.Id}&payment_method=pm_card_visa&invoice_settings[default_payment_method]=pm_card_visa");
        Assert.Equal((Start, clock.Id), ((await caller.Get($"/v1/customers/{customer}")).Ok().Number("created"), (await caller.Get($"/v1/customers/{customer}")).Ok().Text("test_clock")));
        var invoice = await caller.Draft(customer, 2500, "auto_advance=true");
        Assert.Equal((Start, clock.Id), (invoice.Number("created"), invoice.Text("test_clock")));
        await Advance(clock.Id, Start + 3_599);
        Assert.Equal("draft", (await caller.Get($"/v1/invoices/{invoice.Id}")).Ok().Text("status"));
        await Advance(clock.Id, Start + 86_400);
        var paid = (await caller.Get($"/v1/invoices/{invoice.Id}")).Ok();
        Assert.Equal(("paid", Start + 3_600), (paid.Text("status"), paid.Number("status_transitions.paid_at")));
        var told = (await caller.Get("/v1/events?type=test_helpers.test_clock.*")).Ok()["data"]!.AsArray().Select(e => e!["type"]!.GetValue<string>()[24..]);
        Assert.Equal(["ready", "advancing", "ready", "advancing", "created"], told);
    }

    [Fact]
    public async Task Invoices_of_a_clock_become_due_in_order_each_at_its_own_time()
    {
        var clock = await Clock();
        var customer = await caller.Customer($"test_clock={clock}&payment_method=pm_card_visa&invoice_settings[default_payment_method]=pm_card_visa");
        var late = (await caller.Draft(customer, 100, $"auto_advance=true&automatically_finalizes_at={Start + (2 * 86_400)}")).Id;
        var early = (await caller.Draft(customer, 200, "auto_advance=true")).Id;
        await Advance(clock, Start + (5 * 86_400));
        foreach (var (id, time) in ((string, long)[])[(late, Start + (2 * 86_400)), (early, Start + 3_600)])
        {
            Assert.Equal(time, (await caller.Get($"/v1/invoices/{id}")).Ok().Number("status_transitions.finalized_at"));
        }
    }

    [Fact]
    public async Task Nobody_changes_what_is_on_a_clock_while_it_advances()
    {
        await using var receiver = await Receiver.Start();
        receiver.Gate = new TaskCompletionSource();
        var clock = await Clock();
        var customer = await caller.Customer($"test_clock={clock}");
        (await caller.Post("/v1/webhook_endpoints", $"url={receiver.Url}&enabled_events[]=test_helpers.test_clock.advancing")).Ok();
        (await caller.Post($"/v1/test_helpers/test_clocks/{clock}/advance", $"frozen_time={Start + 60}")).Ok();
        var refused = await caller.Post($"/v1/customers/{customer}", "name=x");
        Assert.Equal((429, $"Test clock advancement underway - cannot perform modifications: {clock}"), (refused.Status, refused.Message));
        Assert.Equal(429, (await caller.Post($"/v1/test_helpers/test_clocks/{clock}/advance", $"frozen_time={Start + 120}")).Status);
        Assert.Equal(429, (await caller.Delete($"/v1/test_helpers/test_clocks/{clock}")).Status);
        var meanwhile = (await caller.Get($"/v1/test_helpers/test_clocks/{clock}")).Ok();
        Assert.Equal(("advancing", Start, Start + 60), (meanwhile.Text("status"), meanwhile.Number("frozen_time"), meanwhile.Number("status_details.advancing.target_frozen_time")));
        receiver.Gate.SetResult();
        await Ready(clock);
        (await caller.Post($"/v1/customers/{customer}", "name=x")).Ok();
    }

    [Fact]
    public async Task A_clock_goes_only_forward_and_at_most_two_years_at_a_time()
    {
        var clock = await Clock();
        foreach (var target in (long[])[Start, Start - 1, Start + (3 * 366 * 86_400)])
        {
            var refused = await caller.Post($"/v1/test_helpers/test_clocks/{clock}/advance", $"frozen_time={target}");
            Assert.Equal((400, "frozen_time"), (refused.Status, refused.Text("error.param")));
        }

        Assert.Equal(400, (await caller.Live().Post("/v1/test_helpers/test_clocks", $"frozen_time={Start}")).Status);
    }

    [Fact]
    public async Task Lists_hide_what_is_on_a_clock_unless_asked_for_and_three_customers_share_one()
    {
        var clock = await Clock();
        var plain = await caller.Customer();
        for (var number = 0; number < 3; number++)
        {
            await caller.Customer($"test_clock={clock}&email=c{number}@example.com");
        }

        Assert.Equal("test_clock", (await caller.Post("/v1/customers", $"test_clock={clock}")).Text("error.param"));
        Assert.Equal([plain], (await caller.Get("/v1/customers")).Ok()["data"]!.AsArray().Select(c => c!["id"]!.GetValue<string>()));
        var shared = (await caller.Get($"/v1/customers?test_clock={clock}")).Ok()["data"]!.AsArray();
        Assert.Equal(3, shared.Count);
        var customer = shared[0]!["id"]!.GetValue<string>();
        var invoice = await caller.Draft(customer);
        Assert.Empty((await caller.Get("/v1/invoices")).Ok()["data"]!.AsArray());
        Assert.Equal(invoice.Id, (await caller.Get($"/v1/invoices?customer={customer}")).Ok().Text("data.0.id"));
    }

    [Fact]
    public async Task Deleting_a_clock_deletes_its_customers_and_all_that_is_theirs()
    {
        var clock = await Clock();
        var customer = await caller.Customer($"test_clock={clock}");
        var invoice = await caller.Open(customer);
        Assert.True((await caller.Delete($"/v1/test_helpers/test_clocks/{clock}")).Ok()["deleted"]!.GetValue<bool>());
        Assert.True((await caller.Get($"/v1/customers/{customer}")).Ok()["deleted"]!.GetValue<bool>());
        Assert.Equal(404, (await caller.Get($"/v1/invoices/{invoice.Id}")).Status);
        Assert.Equal(404, (await caller.Get($"/v1/test_helpers/test_clocks/{clock}")).Status);
        Assert.Single((await caller.Get("/v1/events?type=test_helpers.test_clock.deleted")).Ok()["data"]!.AsArray());
    }

    private async Task<string> Clock() => (await caller.Post("/v1/test_helpers/test_clocks", $"frozen_time={Start}")).Ok().Id;

    private async Task Advance(string clock, long time)
    {
        Assert.Equal("advancing", (await caller.Post($"/v1/test_helpers/test_clocks/{clock}/advance", $"frozen_time={time}")).Ok().Text("status"));
        await Ready(clock);
    }

    private Task Ready(string clock) =>
        Eventually.Until(async () => (await caller.Get($"/v1/test_helpers/test_clocks/{clock}")).Ok().Text("status") == "ready", "the clock has arrived");
}
