using Marketplace.StripeEmulator.Resources;

namespace Marketplace.StripeEmulator.Tests;

/// <summary>The payment intent's whole table, through the API: every state, every action.</summary>
public sealed class PaymentIntentStateTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private const string Open = "requires_payment_method, requires_confirmation, requires_action";
    private const string Confirmable = "Only a PaymentIntent with one of the following statuses may be confirmed: " + Open + ".";
    private const string Capturable = "Only a PaymentIntent with one of the following statuses may be captured: requires_capture.";
    private const string Cancelable = "Only a PaymentIntent with one of the following statuses may be canceled: requires_payment_method, requires_capture, requires_reauthorization, requires_confirmation, requires_action, expired, processing.";

    private readonly Caller caller = app.NewAccount();

    /// <summary>From, action, to and the event that tells of it; or from, action, null and the refusal.</summary>
    public static TheoryData<string, string, string?, string> Table => new()
    {
        { "requires_payment_method", "method", "requires_confirmation", "" },
        { "requires_payment_method", "succeed", "succeeded", "payment_intent.succeeded" },
        { "requires_payment_method", "decline", "requires_payment_method", "payment_intent.payment_failed" },
        { "requires_payment_method", "ask", "requires_action", "payment_intent.requires_action" },
        { "requires_payment_method", "process", "processing", "payment_intent.processing" },
        { "requires_payment_method", "authorize", "requires_capture", "payment_intent.amount_capturable_updated" },
        { "requires_payment_method", "capture", null, "This PaymentIntent could not be captured because it has a status of requires_payment_method. " + Capturable },
        { "requires_payment_method", "cancel", "canceled", "payment_intent.canceled" },
        { "requires_confirmation", "method", "requires_confirmation", "" },
        { "requires_confirmation", "succeed", "succeeded", "payment_intent.succeeded" },
        { "requires_confirmation", "decline", "requires_payment_method", "payment_intent.payment_failed" },
        { "requires_confirmation", "ask", "requires_action", "payment_intent.requires_action" },
        { "requires_confirmation", "process", "processing", "payment_intent.processing" },
        { "requires_confirmation", "authorize", "requires_capture", "payment_intent.amount_capturable_updated" },
        { "requires_confirmation", "capture", null, "This PaymentIntent could not be captured because it has a status of requires_confirmation. " + Capturable },
        { "requires_confirmation", "cancel", "canceled", "payment_intent.canceled" },
        { "requires_action", "method", "requires_confirmation", "" },
        { "requires_action", "succeed", "succeeded", "payment_intent.succeeded" },
        { "requires_action", "decline", "requires_payment_method", "payment_intent.payment_failed" },
        { "requires_action", "ask", "requires_action", "payment_intent.requires_action" },
        { "requires_action", "process", "processing", "payment_intent.processing" },
        { "requires_action", "authorize", "requires_capture", "payment_intent.amount_capturable_updated" },
        { "requires_action", "capture", null, "This PaymentIntent could not be captured because it has a status of requires_action. " + Capturable },
        { "requires_action", "cancel", "canceled", "payment_intent.canceled" },
        { "processing", "method", null, "This PaymentIntent's payment_method could not be updated because it has a status of processing. You may only update the payment_method of a PaymentIntent with one of the following statuses: " + Open + "." },
        { "processing", "succeed", "succeeded", "payment_intent.succeeded" },
        { "processing", "decline", "requires_payment_method", "payment_intent.payment_failed" },
        { "processing", "ask", null, "You cannot confirm this PaymentIntent because it has a status of processing. " + Confirmable },
        { "processing", "process", null, "You cannot confirm this PaymentIntent because it has a status of processing. " + Confirmable },
        { "processing", "authorize", null, "You cannot confirm this PaymentIntent because it has a status of processing. " + Confirmable },
        { "processing", "capture", null, "This PaymentIntent could not be captured because it has a status of processing. " + Capturable },
        { "processing", "cancel", "canceled", "payment_intent.canceled" },
        { "requires_capture", "method", null, "This PaymentIntent's payment_method could not be updated because it has a status of requires_capture. You may only update the payment_method of a PaymentIntent with one of the following statuses: " + Open + "." },
        { "requires_capture", "succeed", null, "You cannot confirm this PaymentIntent because it has a status of requires_capture. " + Confirmable },
        { "requires_capture", "decline", null, "You cannot confirm this PaymentIntent because it has a status of requires_capture. " + Confirmable },
        { "requires_capture", "ask", null, "You cannot confirm this PaymentIntent because it has a status of requires_capture. " + Confirmable },
        { "requires_capture", "process", null, "You cannot confirm this PaymentIntent because it has a status of requires_capture. " + Confirmable },
        { "requires_capture", "authorize", null, "You cannot confirm this PaymentIntent because it has a status of requires_capture. " + Confirmable },
        { "requires_capture", "capture", "succeeded", "payment_intent.succeeded" },
        { "requires_capture", "cancel", "canceled", "payment_intent.canceled" },
        { "succeeded", "method", null, "This PaymentIntent's payment_method could not be updated because it has a status of succeeded. You may only update the payment_method of a PaymentIntent with one of the following statuses: " + Open + "." },
        { "succeeded", "succeed", null, "You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed." },
        { "succeeded", "decline", null, "You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed." },
        { "succeeded", "ask", null, "You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed." },
        { "succeeded", "process", null, "You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed." },
        { "succeeded", "authorize", null, "You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed." },
        { "succeeded", "capture", null, "The remaining amount on this PaymentIntent could not be captured because the remainder of the authorized amount has been released." },
        { "succeeded", "cancel", null, "You cannot cancel this PaymentIntent because it has a status of succeeded. " + Cancelable },
        { "canceled", "method", null, "This PaymentIntent's payment_method could not be updated because it has a status of canceled. You may only update the payment_method of a PaymentIntent with one of the following statuses: " + Open + "." },
        { "canceled", "succeed", null, "You cannot confirm this PaymentIntent because it has a status of canceled. " + Confirmable },
        { "canceled", "decline", null, "You cannot confirm this PaymentIntent because it has a status of canceled. " + Confirmable },
        { "canceled", "ask", null, "You cannot confirm this PaymentIntent because it has a status of canceled. " + Confirmable },
        { "canceled", "process", null, "You cannot confirm this PaymentIntent because it has a status of canceled. " + Confirmable },
        { "canceled", "authorize", null, "You cannot confirm this PaymentIntent because it has a status of canceled. " + Confirmable },
        { "canceled", "capture", null, "This PaymentIntent could not be captured because it has a status of canceled. " + Capturable },
        { "canceled", "cancel", null, "You cannot cancel this PaymentIntent because it has a status of canceled. " + Cancelable },
    };

    [Fact]
    public void The_table_is_whole() =>
        Assert.Equal(
            PaymentIntentStates.All.SelectMany(s => PaymentIntentStates.Actions.Select(a => (s, a))).Order(),
            Table.Select(row => (row.Data.Item1, row.Data.Item2)).Order());

    [Theory]
    [MemberData(nameof(Table))]
    public async Task Each_action_does_in_each_state_what_Stripe_does(string from, string action, string? to, string eventOrMessage)
    {
        var intent = await In(from, action);
        var answer = await Act(intent, from, action);
        var after = (await caller.Get($"/v1/payment_intents/{intent}")).Ok().Text("status");
        Assert.Equal(to, PaymentIntentStates.After(from, action));
        if (to is null)
        {
            Assert.Equal((400, "invalid_request_error", "payment_intent_unexpected_state", eventOrMessage, from), (answer!.Status, answer.Text("error.type"), answer.Code, answer.Message, answer.Text("error.payment_intent.status")));
            Assert.Equal(from, after);
            return;
        }

        Assert.Equal(to, after);
        Assert.Equal(action == "decline" && answer is not null ? 402 : 200, answer?.Status ?? 200);
        if (eventOrMessage.Length > 0)
        {
            var told = (await caller.Get($"/v1/events?type={eventOrMessage}&limit=100")).Ok()["data"]!.AsArray();
            Assert.Contains(told, e => e!["data"]!["object"]!["id"]!.GetValue<string>() == intent && e["data"]!["object"]!["status"]!.GetValue<string>() == to);
        }
    }

    /// <summary>A new intent in this state, of a kind that the action can be tried on.</summary>
    private async Task<string> In(string status, string action)
    {
        var bank = status == "processing" ? action switch { "decline" => "pm_usBankAccount_noAccount", "cancel" => "pm_usBankAccount_processing", _ => "pm_usBankAccount" } : null;
        var form = status switch
        {
            "requires_payment_method" => "",
            "requires_confirmation" or "canceled" => "&payment_method=pm_card_visa",
            "requires_action" => "&payment_method=pm_card_threeDSecure2Required&confirm=true",
            "processing" => $"&payment_method={bank}&confirm=true",
            _ => "&payment_method=pm_card_visa&confirm=true",
        };
        var manual = status == "requires_capture" || (action == "authorize" && status.StartsWith("requires", StringComparison.Ordinal));
        var intent = (await caller.Post("/v1/payment_intents", $"amount=1000&currency=usd&capture_method={(manual ? "manual" : "automatic")}{form}")).Ok();
        if (status == "canceled")
        {
            (await caller.Post($"/v1/payment_intents/{intent.Id}/cancel")).Ok();
        }

        Assert.Equal(status, (await caller.Get($"/v1/payment_intents/{intent.Id}")).Ok().Text("status"));
        return intent.Id;
    }

    private async Task<Answer?> Act(string intent, string from, string action)
    {
        if (from == "processing" && action is "succeed" or "decline")
        {
            await app.Advance(EmulatorApp.BankSeconds);
            return null;
        }

        var path = $"/v1/payment_intents/{intent}";
        return action switch
        {
            "method" => await caller.Post(path, "payment_method=pm_card_visa"),
            "succeed" or "authorize" => await caller.Post(path + "/confirm", "payment_method=pm_card_visa"),
            "decline" => await caller.Post(path + "/confirm", "payment_method=pm_card_chargeDeclined"),
            "ask" => await caller.Post(path + "/confirm", "payment_method=pm_card_authenticationRequired"),
            "process" => await caller.Post(path + "/confirm", "payment_method=pm_usBankAccount"),
            _ => await caller.Post($"{path}/{action}"),
        };
    }
}
