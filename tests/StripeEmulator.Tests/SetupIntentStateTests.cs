using Marketplace.StripeEmulator.Resources;

namespace Marketplace.StripeEmulator.Tests;

/// <summary>The setup intent's whole table, through the API: every state that a call reaches, every action.</summary>
public sealed class SetupIntentStateTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private const string Updatable = "Only a SetupIntent with one of the following statuses may be updated: requires_payment_method, requires_confirmation, requires_action.";
    private const string Cancelable = "Only a SetupIntent with one of the following statuses may be canceled: requires_payment_method, requires_confirmation, or requires_action.";
    private const string Done = "You cannot confirm this SetupIntent because it has already succeeded.";
    private const string Gone = "You cannot confirm this SetupIntent because it has been canceled.";

    private readonly Caller caller = app.NewAccount();

    public static TheoryData<string, string, string?, string> Table => new()
    {
        { "requires_payment_method", "method", "requires_confirmation", "" },
        { "requires_payment_method", "succeed", "succeeded", "setup_intent.succeeded" },
        { "requires_payment_method", "decline", "requires_payment_method", "setup_intent.setup_failed" },
        { "requires_payment_method", "ask", "requires_action", "setup_intent.requires_action" },
        { "requires_payment_method", "cancel", "canceled", "setup_intent.canceled" },
        { "requires_confirmation", "method", "requires_confirmation", "" },
        { "requires_confirmation", "succeed", "succeeded", "setup_intent.succeeded" },
        { "requires_confirmation", "decline", "requires_payment_method", "setup_intent.setup_failed" },
        { "requires_confirmation", "ask", "requires_action", "setup_intent.requires_action" },
        { "requires_confirmation", "cancel", "canceled", "setup_intent.canceled" },
        { "requires_action", "method", "requires_confirmation", "" },
        { "requires_action", "succeed", "succeeded", "setup_intent.succeeded" },
        { "requires_action", "decline", "requires_payment_method", "setup_intent.setup_failed" },
        { "requires_action", "ask", "requires_action", "setup_intent.requires_action" },
        { "requires_action", "cancel", "canceled", "setup_intent.canceled" },
        { "succeeded", "method", null, "You cannot update this SetupIntent because it has a status of succeeded. " + Updatable },
        { "succeeded", "succeed", null, Done },
        { "succeeded", "decline", null, Done },
        { "succeeded", "ask", null, Done },
        { "succeeded", "cancel", null, "You cannot cancel this SetupIntent because it has a status of succeeded. " + Cancelable },
        { "canceled", "method", null, "You cannot update this SetupIntent because it has a status of canceled. " + Updatable },
        { "canceled", "succeed", null, Gone },
        { "canceled", "decline", null, Gone },
        { "canceled", "ask", null, Gone },
        { "canceled", "cancel", null, "You cannot cancel this SetupIntent because it has a status of canceled. " + Cancelable },
    };

    [Fact]
    public void The_table_is_whole() =>
        Assert.Equal(
            SetupIntentStates.All.SelectMany(s => SetupIntentStates.Actions.Select(a => (s, a))).Order(),
            Table.Select(row => (row.Data.Item1, row.Data.Item2)).Order());

    [Theory]
    [MemberData(nameof(Table))]
    public async Task Each_action_does_in_each_state_what_Stripe_does(string from, string action, string? to, string eventOrMessage)
    {
        var intent = await In(from);
        var answer = await Act(intent, action);
        var after = (await caller.Get($"/v1/setup_intents/{intent}")).Ok().Text("status");
        Assert.Equal(to, SetupIntentStates.After(from, action));
        if (to is null)
        {
            Assert.Equal((400, "setup_intent_unexpected_state", eventOrMessage, from), (answer.Status, answer.Code, answer.Message, answer.Text("error.setup_intent.status")));
            Assert.Equal(from, after);
            return;
        }

        Assert.Equal((action == "decline" ? 402 : 200, to), (answer.Status, after));
        if (eventOrMessage.Length > 0)
        {
            var told = (await caller.Get($"/v1/events?type={eventOrMessage}&limit=100")).Ok()["data"]!.AsArray();
            Assert.Contains(told, e => e!["data"]!["object"]!["id"]!.GetValue<string>() == intent && e["data"]!["object"]!["status"]!.GetValue<string>() == to);
        }
    }

    private async Task<string> In(string status)
    {
        var form = status switch
        {
            "requires_payment_method" => "",
            "requires_confirmation" or "canceled" => "payment_method=pm_card_visa",
            "requires_action" => "payment_method=pm_card_authenticationRequired&confirm=true",
            _ => "payment_method=pm_card_visa&confirm=true",
        };
        var intent = (await caller.Post("/v1/setup_intents", form)).Ok();
        if (status == "canceled")
        {
            (await caller.Post($"/v1/setup_intents/{intent.Id}/cancel")).Ok();
        }

        Assert.Equal(status, (await caller.Get($"/v1/setup_intents/{intent.Id}")).Ok().Text("status"));
        return intent.Id;
    }

    private Task<Answer> Act(string intent, string action) => action switch
    {
        "method" => caller.Post($"/v1/setup_intents/{intent}", "payment_method=pm_card_visa"),
        "succeed" => caller.Post($"/v1/setup_intents/{intent}/confirm", "payment_method=pm_card_visa"),
        "decline" => caller.Post($"/v1/setup_intents/{intent}/confirm", "payment_method=pm_card_chargeDeclined"),
        "ask" => caller.Post($"/v1/setup_intents/{intent}/confirm", "payment_method=pm_card_authenticationRequired"),
        _ => caller.Post($"/v1/setup_intents/{intent}/cancel"),
    };
}
