using FsCheck;
using FsCheck.Fluent;
using Marketplace.Testing;

namespace Marketplace.StripeEmulator.Tests;

/// <summary>Whatever is called in whatever order: no state that Stripe's tables lack, and no money that comes from or goes to nowhere.</summary>
public sealed class PaymentPropertyTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private static readonly string[] Methods =
        ["pm_card_visa", "pm_card_chargeDeclined", "pm_card_threeDSecure2Required", "pm_usBankAccount", "pm_usBankAccount_noAccount", "pm_card_pendingRefund", "pm_card_refundFail", "pm_card_createDispute", "pm_card_createDisputeInquiry"];

    private static readonly string[] PaymentSteps =
        ["confirm", "confirm", "confirm", "confirm", "method", "pass", "fail", "wait", "wait", "capture", "capture", "refund", "refund", "refund", "cancelRefund", "winning", "losing", "close", "cancel", "amount"];

    private static readonly string[] SetupSteps = ["confirm", "confirm", "method", "pass", "fail", "cancel", "wait", "describe"];

    // From which state a payment intent goes where in one call, by Stripe's life cycle.
    private static readonly Dictionary<string, string[]> Payment = new()
    {
        ["requires_payment_method"] = ["requires_confirmation", "requires_action", "processing", "requires_capture", "succeeded", "canceled"],
        ["requires_confirmation"] = ["requires_payment_method", "requires_action", "processing", "requires_capture", "succeeded", "canceled"],
        ["requires_action"] = ["requires_payment_method", "requires_confirmation", "processing", "requires_capture", "succeeded", "canceled"],
        ["processing"] = ["requires_payment_method", "succeeded", "canceled"],
        ["requires_capture"] = ["succeeded", "canceled"],
        ["succeeded"] = [],
        ["canceled"] = [],
    };

    private static readonly Dictionary<string, string[]> Setup = new()
    {
        ["requires_payment_method"] = ["requires_confirmation", "requires_action", "succeeded", "canceled"],
        ["requires_confirmation"] = ["requires_payment_method", "requires_action", "succeeded", "canceled"],
        ["requires_action"] = ["requires_payment_method", "requires_confirmation", "succeeded", "canceled"],
        ["succeeded"] = [],
        ["canceled"] = [],
    };

    [Fact]
    public void Payments_keep_to_Stripes_states_and_conserve_money() => Run(PaymentSteps, async (caller, steps, manual) =>
    {
        var intent = (await caller.Post("/v1/payment_intents", $"amount=3000&currency=usd&capture_method={(manual ? "manual" : "automatic")}")).Ok();
        await Follow(caller, "payment_intent", intent, steps, Payment);
        await Conserved(caller);
    });

    [Fact]
    public void Setups_keep_to_Stripes_states() => Run(SetupSteps, async (caller, steps, named) =>
    {
        var customer = await caller.Customer();
        var intent = (await caller.Post("/v1/setup_intents", named ? $"customer={customer}" : "")).Ok();
        var after = await Follow(caller, "setup_intent", intent, steps, Setup);
        var saved = (await caller.Get($"/v1/customers/{customer}/payment_methods")).Ok()["data"]!.AsArray();
        Assert.Equal(named && after.Text("status") == "succeeded" ? 1 : 0, saved.Count);
    });

    private void Run(string[] words, Func<Caller, (string Word, int Choice)[], bool, Task> scenario)
    {
        var step = from word in Gen.Elements(words) from choice in Gen.Choose(0, 1000) select (word, choice);
        var all = from steps in step.ArrayOf(10) from flag in Gen.Elements(true, false) select (steps, flag);
        Prop.ForAll(all.ToArbitrary(), sample => scenario(app.NewAccount(), sample.steps, sample.flag).GetAwaiter().GetResult())
            .Check(Config.QuickThrowOnFailure.WithMaxTest(60).WithReplay(PropertySeed.Start, PropertySeed.Step));
    }

    private async Task<Answer> Follow(Caller caller, string kind, Answer intent, (string Word, int Choice)[] steps, Dictionary<string, string[]> table)
    {
        var path = $"/v1/{kind}s/{intent.Id}";
        foreach (var (word, choice) in steps)
        {
            var before = (await caller.Get(path)).Ok();
            var answer = await Step(caller, path, before, word, choice);
            var after = (await caller.Get(path)).Ok();
            var (from, to) = (before.Text("status"), after.Text("status"));
            Assert.True(from == to || table[from].Contains(to), $"{word} ({choice}) led from {from} to {to}");
            Assert.True(answer is null or { Status: 200 or 400 or 402 }, $"{word} answered {answer?.Status}");
            if (answer?.Status == 400)
            {
                Assert.Equal(before.Body.ToJsonString(), after.Body.ToJsonString());
            }

            intent = after;
        }

        return intent;
    }

    private async Task<Answer?> Step(Caller caller, string path, Answer before, string word, int choice)
    {
        switch (word)
        {
            case "confirm" or "method":
                return await caller.Post(word == "confirm" ? path + "/confirm" : path, $"payment_method={Methods[choice % Methods.Length]}");
            case "pass" or "fail":
                using (await app.Browse(HttpMethod.Post, $"http://x/authenticate/{before.Id}", ("result", word == "pass" ? "complete" : "fail")))
                {
                    return null;
                }

            case "wait":
                await app.Advance(EmulatorApp.BankSeconds);
                return null;
            case "capture":
                return await caller.Post(path + "/capture", choice % 3 == 0 ? "" : $"amount_to_capture={choice * 4}");
            case "amount":
                return await caller.Post(path, $"amount={choice * 5}");
            case "describe":
                return await caller.Post(path, $"description={choice}");
            case "cancel":
                return await caller.Post(path + "/cancel");
            case "refund":
                return await caller.Post("/v1/refunds", $"payment_intent={before.Id}" + (choice % 3 == 0 ? "" : $"&amount={choice * 2}"));
            case "cancelRefund":
                return await First(caller, $"/v1/refunds?payment_intent={before.Id}") is { } refund ? await caller.Post($"/v1/refunds/{refund}/cancel") : null;
            default:
                var dispute = await First(caller, $"/v1/disputes?payment_intent={before.Id}");
                return dispute is null ? null
                    : word == "close" ? await caller.Post($"/v1/disputes/{dispute}/close")
                    : await caller.Post($"/v1/disputes/{dispute}", $"evidence[uncategorized_text]={word}_evidence");
        }
    }

    /// <summary>What came in less what went out is what the account has, by its charges as by its balance.</summary>
    private static async Task Conserved(Caller caller)
    {
        var charges = (await caller.Get("/v1/charges?limit=100")).Ok()["data"]!.AsArray();
        var captured = charges.Where(c => c!["status"]!.GetValue<string>() == "succeeded").Sum(c => c!["amount_captured"]!.GetValue<long>());
        var refunded = charges.Sum(c => c!["amount_refunded"]!.GetValue<long>());
        var refunds = (await caller.Get("/v1/refunds?limit=100")).Ok()["data"]!.AsArray();
        Assert.Equal(refunded, refunds.Where(r => r!["status"]!.GetValue<string>() == "succeeded").Sum(r => r!["amount"]!.GetValue<long>()));
        var disputes = (await caller.Get("/v1/disputes?limit=100")).Ok()["data"]!.AsArray();
        var taken = disputes.Where(d => d!["status"]!.GetValue<string>() is "needs_response" or "under_review" or "lost").Sum(d => d!["amount"]!.GetValue<long>());
        var transactions = (await caller.Get("/v1/balance_transactions?limit=100")).Ok()["data"]!.AsArray();
        var net = transactions.Sum(t => t!["net"]!.GetValue<long>());
        Assert.Equal(captured - refunded - taken, net);
        var balance = (await caller.Get("/v1/balance")).Ok();
        Assert.Equal(net, balance.Number("available.0.amount") + balance.Number("pending.0.amount"));
        var received = (await caller.Get("/v1/payment_intents?limit=100")).Ok()["data"]!.AsArray().Sum(i => i!["amount_received"]!.GetValue<long>());
        Assert.Equal(received, captured);
    }

    private static async Task<string?> First(Caller caller, string list) =>
        (await caller.Get(list)).Ok().At("data") is System.Text.Json.Nodes.JsonArray { Count: > 0 } found ? found[0]!["id"]!.GetValue<string>() : null;
}
