using Marketplace.Testing;

namespace Marketplace.StripeEmulator.Tests;

/// <summary>Payments, setups, refunds and disputes in the shapes of three versions, in answers and in webhooks.</summary>
public sealed class PaymentVersionTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private readonly Caller caller = app.NewAccount();

    [Theory]
    [InlineData("2022-11-15")]
    [InlineData("2024-06-20")]
    [InlineData("2026-07-29.dahlia")]
    public async Task Each_object_has_the_fields_of_its_version(string version)
    {
        await using var receiver = await Receiver.Start();
        (await caller.Post("/v1/webhook_endpoints", $"url={receiver.Url}&enabled_events[]=*&api_version={version}")).Ok();
        var customer = await caller.Customer();
        foreach (var alias in (string[])["pm_card_visa", "pm_card_pendingRefund", "pm_card_refundFail", "pm_usBankAccount", "pm_card_createDispute", "pm_card_createDisputeInquiry", "pm_card_chargeDeclined"])
        {
            var intent = await caller.Post("/v1/payment_intents", $"amount=2000&currency=usd&confirm=true&payment_method={alias}&payment_method_types[]=card&payment_method_types[]=us_bank_account", ("Stripe-Version", version));
            await caller.Post("/v1/setup_intents", $"confirm=true&payment_method={alias}&customer={customer}&payment_method_types[]=card&payment_method_types[]=us_bank_account&expand[]=latest_attempt", ("Stripe-Version", version));
            await app.Advance(EmulatorApp.BankSeconds);
            await caller.Post("/v1/refunds", $"payment_intent={intent.Id}&amount=100", ("Stripe-Version", version));
        }

        (await caller.Post("/v1/payment_intents", "amount=2000&currency=eur&confirm=true&payment_method=pm_sepaDebit_failed_at&payment_method_types[]=sepa_debit", ("Stripe-Version", version))).Ok();
        await app.Advance(EmulatorApp.BankSeconds);
        var asked = (await caller.Post("/v1/payment_intents", "amount=2000&currency=usd&confirm=true&payment_method=pm_card_threeDSecure2Required", ("Stripe-Version", version))).Ok();
        using (await app.Browse(HttpMethod.Post, asked.Text("next_action.redirect_to_url.url"), ("result", "complete")))
        {
            Assert.Equal("succeeded", (await caller.Get($"/v1/payment_intents/{asked.Id}", ("Stripe-Version", version))).Ok().Text("status"));
        }

        foreach (var path in (string[])["payment_intents?limit=100&expand[]=data.latest_charge", "setup_intents?limit=100&expand[]=data.latest_attempt", "charges?limit=100&expand[]=data.balance_transaction&expand[]=data.refunds", "refunds?limit=100&expand[]=data.balance_transaction", "disputes?limit=100", "balance", "balance_transactions?limit=100&expand[]=data.source", "payment_methods?limit=100"])
        {
            Assert.NotNull((await caller.Get("/v1/" + path, ("Stripe-Version", version))).Ok().Body);
        }

        await caller.Delete($"/v1/customers/{customer}");
        await Eventually.Until(() => receiver.All.Any(a => a.Type == "customer.deleted"), "the last event");
        string[] heard = ["charge.pending", "charge.succeeded", "charge.failed", "charge.refunded", "refund.failed", "charge.dispute.created", "charge.dispute.funds_withdrawn", "setup_intent.setup_failed", "payment_intent.payment_failed"];
        Assert.Empty(heard.Except(receiver.All.Select(a => a.Type)));
        foreach (var arrived in receiver.All)
        {
            Shapes.Check(arrived.Event["data"]!["object"], version);
        }
    }
}
