using FsCheck;
using FsCheck.Fluent;
using Marketplace.Testing;
using Marketplace.StripeEmulator.Resources;

namespace Marketplace.StripeEmulator.Tests;

/// <summary>The checkout session's whole table, through the API: every state, every action; and any sequence of actions.</summary>
public sealed class CheckoutStateTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private const string Url = "/v1/checkout/sessions";
    private readonly Caller caller = app.NewAccount();

    public static TheoryData<string, string, string?, string?> Table => new()
    {
        { "open", "update", "open", null },
        { "open", "confirm", "complete", "checkout.session.completed" },
        { "open", "expire", "expired", "checkout.session.expired" },
        { "complete", "update", null, "You cannot update this Checkout Session because it has a status of `complete`. Only Checkout Sessions with a status in [\"open\"] can be updated." },
        { "complete", "confirm", null, "This Checkout Session has already been completed." },
        { "complete", "expire", null, "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of `complete`." },
        { "expired", "update", null, "You cannot update this Checkout Session because it has a status of `expired`. Only Checkout Sessions with a status in [\"open\"] can be updated." },
        { "expired", "confirm", null, "This Checkout Session has expired." },
        { "expired", "expire", null, "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of `expired`." },
    };

    [Fact]
    public void The_table_is_whole() =>
        Assert.Equal(
            CheckoutStates.All.SelectMany(s => CheckoutStates.Actions.Select(a => (s, a))).Order(),
            Table.Select(row => (row.Data.Item1, row.Data.Item2)).Order());

    [Theory]
    [MemberData(nameof(Table))]
    public async Task Each_action_does_in_each_state_what_Stripe_does(string from, string action, string? to, string? eventOrMessage)
    {
        foreach (var mode in (string[])["payment", "setup", "subscription"])
        {
            var session = await In(from, mode);
            var answer = await Act(session, action);
            if (to is null)
            {
                Assert.Equal((400, "invalid_request_error", eventOrMessage), (answer.Status, answer.Text("error.type"), answer.Message));
                Assert.Equal(from, (await caller.Get($"{Url}/{session}")).Ok().Text("status"));
                continue;
            }

            answer.Ok();
            var after = (await caller.Get($"{Url}/{session}")).Ok();
            Assert.Equal((to, to, to == "open"), (after.Text("status"), CheckoutStates.After(from, action), after["url"] is not null));
            Assert.Equal(mode == "setup" ? "no_payment_required" : to == "complete" ? "paid" : "unpaid", after.Text("payment_status"));
            if (eventOrMessage is not null)
            {
                Assert.Single((await caller.Get($"/v1/events?type={eventOrMessage}&limit=100")).Ok()["data"]!.AsArray(), e => e!["data"]!["object"]!["id"]!.GetValue<string>() == session);
            }
        }
    }

    [Fact]
    public void No_sequence_of_calls_leaves_the_table_or_pays_twice() =>
        Prop.ForAll(
            Gen.Elements("payment", "invoiced", "setup", "subscription").ToArbitrary(),
            Gen.Elements("update", "confirm", "decline", "ask", "expire", "pass", "fail").ListOf().Resize(8).ToArbitrary(),
            (mode, steps) => Walk(mode, [.. steps]).GetAwaiter().GetResult()).Check(Config.QuickThrowOnFailure.WithMaxTest(40).WithReplay(PropertySeed.Start, PropertySeed.Step));

    private async Task<bool> Walk(string mode, string[] steps)
    {
        var own = app.NewAccount();
        var session = (await own.Post(Url, Form(mode))).Ok().Id;
        var expected = "open";
        string? waiting = null;
        foreach (var step in steps)
        {
            var action = step is "decline" or "ask" ? "confirm" : step;
            if (step is "pass" or "fail")
            {
                if (waiting is not null)
                {
                    using var _ = await app.Http.PostAsync("/authenticate/" + waiting, new FormUrlEncodedContent([new("result", step == "pass" ? "complete" : "fail")]));
                    expected = step == "pass" && expected == "open" ? "complete" : expected;
                    waiting = null;
                }

                continue;
            }

            var method = step switch { "decline" => "pm_card_chargeDeclined", "ask" => "pm_card_threeDSecure2Required", _ => "pm_card_visa" };
            var answer = step switch
            {
                "update" => await own.Post($"{Url}/{session}", "metadata[a]=1"),
                "expire" => await own.Post($"{Url}/{session}/expire"),
                _ => await own.Post($"/v1/payment_pages/{session}/confirm", "payment_method=" + method),
            };
            var next = CheckoutStates.After(expected, action);
            Assert.Equal(next is null ? 400 : step == "decline" ? 402 : 200, answer.Status);
            waiting = next is null ? waiting : step == "ask" ? answer.Text(mode == "setup" ? "setup_intent" : "payment_intent") : step is "update" ? waiting : null;
            expected = next is null || step is "decline" or "ask" ? expected : next;
            Assert.Equal(expected, (await own.Get($"{Url}/{session}")).Ok().Text("status"));
        }

        var end = (await own.Get($"{Url}/{session}")).Ok();
        var events = (await own.Get("/v1/events?limit=100")).Ok()["data"]!.AsArray().Select(e => e!["type"]!.GetValue<string>()).ToList();
        var charged = (await own.Get("/v1/charges?limit=100")).Ok()["data"]!.AsArray().Where(c => c!["paid"]!.GetValue<bool>()).Sum(c => c!["amount"]!.GetValue<long>());
        var pays = expected == "complete" && mode != "setup";
        Assert.Equal(
            (expected, mode == "setup" ? "no_payment_required" : pays ? "paid" : "unpaid", pays ? 1500L : 0, expected == "open"),
            (end.Text("status"), end.Text("payment_status"), charged, end["url"] is not null));
        Assert.Equal((expected == "complete" ? 1 : 0, expected == "expired" ? 1 : 0), (events.Count(e => e == "checkout.session.completed"), events.Count(e => e == "checkout.session.expired")));
        var owed = (await own.Get("/v1/invoices?status=open")).Ok()["data"]!.AsArray().Count;
        Assert.True(expected == "open" ? owed <= 1 : owed == 0, $"{owed} invoices are open of a session that is {expected}");
        return true;
    }

    private async Task<string> In(string status, string mode)
    {
        var session = (await caller.Post(Url, Form(mode))).Ok().Id;
        if (status != "open")
        {
            (await Act(session, status == "complete" ? "confirm" : "expire")).Ok();
        }

        return session;
    }

    private static string Form(string mode)
    {
        const string Cup = "line_items[0][price_data][currency]=usd&line_items[0][price_data][product_data][name]=Cup&line_items[0][price_data][unit_amount]=1500&line_items[0][quantity]=1";
        return "success_url=https://shop.example/ok&customer_email=ada@example.com&" + mode switch
        {
            "setup" => "mode=setup&currency=usd",
            "subscription" => $"mode=subscription&{Cup}&line_items[0][price_data][recurring][interval]=month",
            "invoiced" => $"mode=payment&{Cup}&invoice_creation[enabled]=true",
            _ => $"mode=payment&{Cup}",
        };
    }

    private Task<Answer> Act(string session, string action) => action switch
    {
        "update" => caller.Post($"{Url}/{session}", "metadata[a]=1"),
        "expire" => caller.Post($"{Url}/{session}/expire"),
        _ => caller.Post($"/v1/payment_pages/{session}/confirm", "payment_method=pm_card_visa"),
    };
}
