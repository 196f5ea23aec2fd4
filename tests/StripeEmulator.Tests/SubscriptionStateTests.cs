using Marketplace.StripeEmulator.Subscriptions;
using static Marketplace.StripeEmulator.Tests.SubscriptionCaller;

namespace Marketplace.StripeEmulator.Tests;

/// <summary>The subscription's whole table, through the API and the clock: every state, every action.</summary>
public sealed class SubscriptionStateTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private const string Fails = "pm_card_chargeCustomerFail";

    private readonly SubscriptionCaller caller = new(app.NewAccount());
    private string customer = "";

    /// <summary>State, action, and the state after it; null where nothing changes or the action is refused.</summary>
    public static TheoryData<string, string, string?> Table => new()
    {
        { "incomplete", "paid", "active" }, { "incomplete", "fail", null }, { "incomplete", "expire", "incomplete_expired" }, { "incomplete", "give_up", null }, { "incomplete", "begin", null },
        { "incomplete", "pause", null }, { "incomplete", "resume", null }, { "incomplete", "try", null }, { "incomplete", "cancel", "incomplete_expired" },
        { "incomplete_expired", "paid", null }, { "incomplete_expired", "fail", null }, { "incomplete_expired", "expire", null }, { "incomplete_expired", "give_up", null }, { "incomplete_expired", "begin", null },
        { "incomplete_expired", "pause", null }, { "incomplete_expired", "resume", null }, { "incomplete_expired", "try", null }, { "incomplete_expired", "cancel", null },
        { "trialing", "paid", null }, { "trialing", "fail", null }, { "trialing", "expire", null }, { "trialing", "give_up", null }, { "trialing", "begin", "active" },
        { "trialing", "pause", "paused" }, { "trialing", "resume", null }, { "trialing", "try", "trialing" }, { "trialing", "cancel", "canceled" },
        { "active", "paid", null }, { "active", "fail", "past_due" }, { "active", "expire", null }, { "active", "give_up", null }, { "active", "begin", null },
        { "active", "pause", null }, { "active", "resume", null }, { "active", "try", "trialing" }, { "active", "cancel", "canceled" },
        { "past_due", "paid", "active" }, { "past_due", "fail", null }, { "past_due", "expire", null }, { "past_due", "give_up", "unpaid" }, { "past_due", "begin", null },
        { "past_due", "pause", null }, { "past_due", "resume", null }, { "past_due", "try", null }, { "past_due", "cancel", "canceled" },
        { "unpaid", "paid", "active" }, { "unpaid", "fail", null }, { "unpaid", "expire", null }, { "unpaid", "give_up", null }, { "unpaid", "begin", null },
        { "unpaid", "pause", null }, { "unpaid", "resume", null }, { "unpaid", "try", null }, { "unpaid", "cancel", "canceled" },
        { "paused", "paid", null }, { "paused", "fail", null }, { "paused", "expire", null }, { "paused", "give_up", null }, { "paused", "begin", null },
        { "paused", "pause", null }, { "paused", "resume", "active" }, { "paused", "try", null }, { "paused", "cancel", "canceled" },
        { "canceled", "paid", null }, { "canceled", "fail", null }, { "canceled", "expire", null }, { "canceled", "give_up", null }, { "canceled", "begin", null },
        { "canceled", "pause", null }, { "canceled", "resume", null }, { "canceled", "try", null }, { "canceled", "cancel", null },
    };

    [Fact]
    public void The_table_is_whole_and_the_emulators_own()
    {
        Assert.Equal(
            SubscriptionStates.All.SelectMany(s => SubscriptionStates.Actions.Select(a => (s, a))).Order(),
            Table.Select(row => (row.Data.Item1, row.Data.Item2)).Order());
        Assert.All(Table, row => Assert.Equal(row.Data.Item3, SubscriptionStates.After(row.Data.Item1, row.Data.Item2)));
    }

    [Theory]
    [MemberData(nameof(Table))]
    public async Task Each_action_does_in_each_state_what_Stripe_does(string from, string action, string? to)
    {
        await caller.Dunning(new { retryDays = from == "past_due" && action == "give_up" ? (int[])[3] : [], subscription = from == "unpaid" || action == "give_up" ? "unpaid" : "past_due" });
        var subscription = await In(from, pauses: action == "pause");
        Assert.Equal(from, await caller.Status(subscription));
        await Act(subscription, from, action);
        Assert.Equal(to ?? from, await caller.Status(subscription));
    }

    private async Task<string> In(string status, bool pauses)
    {
        var price = await caller.Price();
        customer = await caller.Customer(status is "incomplete" or "incomplete_expired" ? Fails : status == "paused" || pauses ? null : "pm_card_visa");
        if (pauses && status is "active" or "past_due" or "unpaid" or "canceled")
        {
            await caller.Pay(customer, "pm_card_visa");
        }

        var trial = status is "trialing" or "paused" ? "trial_period_days=5&trial_settings[end_behavior][missing_payment_method]=pause" : "";
        var subscription = (await caller.Subscribe(customer, price, trial)).Id;
        switch (status)
        {
            case "paused":
                (await caller.Post($"/v1/subscriptions/{subscription}", "trial_end=now")).Ok();
                break;
            case "canceled":
                (await caller.Delete($"/v1/subscriptions/{subscription}")).Ok();
                break;
            case "incomplete_expired":
                await caller.To(Start + Day);
                break;
            case "past_due" or "unpaid":
                await Fall(subscription);
                break;
            default:
                break;
        }

        return subscription;
    }

    // The renewal fails; without retries that is the last attempt.
    private async Task Fall(string subscription)
    {
        await caller.Pay(customer, Fails);
        await caller.To((await caller.Subscription(subscription)).Number("items.data.0.current_period_end") + 3_600);
    }

    private async Task Act(string subscription, string from, string action)
    {
        var now = (await caller.Get($"/v1/test_helpers/test_clocks/{caller.Clock}")).Ok().Number("frozen_time");
        switch (action)
        {
            case "paid":
                await PayAll(subscription);
                break;
            case "fail":
                await FailOne(subscription, from);
                break;
            case "expire":
                await caller.To(now + (from == "incomplete" ? Day : 60)); // too soon for anything else
                break;
            case "give_up":
                await caller.To(now + (from == "past_due" ? 3 * Day : 60));
                break;
            case "begin" or "pause":
                Answered(await caller.Post($"/v1/subscriptions/{subscription}", "trial_end=now"));
                break;
            case "resume":
                await caller.Pay(customer, "pm_card_visa");
                Answered(await caller.Post($"/v1/subscriptions/{subscription}/resume"));
                break;
            case "try":
                Answered(await caller.Post($"/v1/subscriptions/{subscription}", $"trial_end={now + (3 * Day)}&proration_behavior=none"));
                break;
            default:
                Answered(await caller.Delete($"/v1/subscriptions/{subscription}"));
                break;
        }
    }

    private async Task PayAll(string subscription)
    {
        foreach (var invoice in await caller.Invoices(subscription))
        {
            Answered(await caller.Post($"/v1/invoices/{invoice["id"]}/pay", "payment_method=pm_card_visa"));
        }
    }

    private async Task FailOne(string subscription, string from)
    {
        if (from is "active" or "past_due" or "unpaid" or "trialing")
        {
            await caller.Pay(customer, Fails);
            Answered(await caller.Post($"/v1/subscriptions/{subscription}", $"items[0][price]={await caller.Price(9000)}&proration_behavior=always_invoice"));
            return;
        }

        foreach (var invoice in await caller.Invoices(subscription))
        {
            Answered(await caller.Post($"/v1/invoices/{invoice["id"]}/pay", $"payment_method={Fails}"));
        }
    }

    private static void Answered(Answer answer) => Assert.True(answer.Status < 500, $"{answer.Status}: {answer.Body}");
}
