using System.Globalization;
using System.Net.Mail;
using System.Text;
using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Pages;

/// <summary>The page of a checkout session: what it comes to, and confirming it with a card or a test bank.</summary>
public static class CheckoutPage
{
    public static IResult Show(Engine engine, string id) => engine.Look(() =>
        engine.Store.Find(id) is { Kind: CheckoutSessions.Kind } session ? Render(engine, session, null, null) : Html.NotFound());

    public static async Task<IResult> Confirm(Engine engine, HttpRequest request, string id)
    {
        engine.Count();
        var form = await request.Form();
        if (engine.Look(() => engine.Store.Find(id)) is not { Kind: CheckoutSessions.Kind } found)
        {
            return Html.NotFound();
        }

        try
        {
            var done = engine.Run(found.Scope, Origin.Automatic, tx =>
            {
                var session = tx.Find(CheckoutSessions.Kind, id)!;
                return session.Value.Text("status") == "open" ? Confirm(tx, session, form) : null;
            });
            await done.Durable;
            return SeeOther.To(done.Value is null ? engine.Look(() => Next(found)) : $"/authenticate/{done.Value.Id}");
        }
        catch (StripeException refusal)
        {
            await refusal.Durable;
            return engine.Look(() => Render(engine, found, refusal.Message, form));
        }
    }

    /// <summary>A promotion code is typed, or taken back.</summary>
    public static async Task<IResult> Code(Engine engine, HttpRequest request, string id, bool drop)
    {
        var code = (await request.Form()).Field("promotion_code");
        return await Change(engine, id, (tx, session) =>
        {
            if (drop)
            {
                CheckoutDiscounts.Drop(tx, session);
            }
            else if (session.Value.Is("allow_promotion_codes"))
            {
                CheckoutDiscounts.Type(tx, session, code);
            }
        });
    }

    /// <summary>Other quantities of what may be adjusted; each field is called as its line.</summary>
    public static async Task<IResult> Adjust(Engine engine, HttpRequest request, string id)
    {
        var form = await request.Form();
        return await Change(engine, id, (tx, session) => CheckoutLines.Adjust(tx, session, form.Field));
    }

    private static async Task<IResult> Change(Engine engine, string id, Action<Transaction, Stored> change)
    {
        engine.Count();
        if (engine.Look(() => engine.Store.Find(id)) is not { Kind: CheckoutSessions.Kind } found)
        {
            return Html.NotFound();
        }

        try
        {
            await engine.Run(found.Scope, Origin.Automatic, tx =>
            {
                change(tx, tx.Find(CheckoutSessions.Kind, id)!);
                return true;
            }).Durable;
            return SeeOther.To(CheckoutSessions.Path(found));
        }
        catch (StripeException refusal)
        {
            return engine.Look(() => Render(engine, found, refusal.Message, null));
        }
    }

    /// <summary>Where a visitor goes on: to the seller once the session is complete, else back to the page.</summary>
    public static string Next(Stored session) => session.Value.Text("status") == "complete" && (session.Value.Text("success_url") ?? session.Value.Text("return_url")) is { } url
        ? url.Replace("{CHECKOUT_SESSION_ID}", session.Id, StringComparison.Ordinal)
        : CheckoutSessions.Path(session);

    private static Stored? Confirm(Transaction tx, Stored session, IFormCollection form)
    {
        var billing = Billing(session, form);
        if (CheckoutPayment.NeedsMethod(session))
        {
            return CheckoutPayment.Confirm(tx, session, Method(tx, form, billing));
        }

        CheckoutPayment.Collect(tx, session, billing);
        return CheckoutPayment.Confirm(tx, session, null);
    }

    private static JsonObject Billing(Stored session, IFormCollection form)
    {
        var email = form.Field("email");
        if (KnownEmail(session.Value) is null && !MailAddress.TryCreate(email, out _))
        {
            throw new StripeException(400, "invalid_request_error", "email_invalid", "Enter an e-mail address, for example ada@example.com.");
        }

        JsonNode? Sent(string name) => form.Field(name) is { Length: > 0 } text ? text : null;
        return new JsonObject
        {
            ["email"] = KnownEmail(session.Value) ?? email, ["name"] = Sent("name"), ["phone"] = Sent("phone"),
            ["address"] = new JsonObject(PortalCustomer.AddressParts.Select(part => KeyValuePair.Create(part, Sent(part)))),
        };
    }

    private static Stored Method(Transaction tx, IFormCollection form, JsonObject billing)
    {
        if (form.Field("payment_method") == "iban")
        {
            var debit = new JsonObject { ["iban"] = form.Field("iban") };
            return PaymentMethods.Create(InnerCall.Of(tx, new JsonObject { ["type"] = "sepa_debit", ["sepa_debit"] = debit, ["billing_details"] = billing }, [])).Object();
        }

        if (form.Field("payment_method") != "bank")
        {
            return CardForm.Method(tx, form, billing);
        }

        var bank = TestNumbers.BankByNumber(form.Field("bank_account")) ?? throw new StripeException(402, "card_error", "invalid_account", "This is not a test account.");
        return PaymentMethods.Add(tx, bank, billing);
    }

    private static string? KnownEmail(JsonObject session) => (session["customer_details"] as JsonObject)?.Text("email") is { } known && (session["customer"] is not null || session["customer_email"] is not null) ? known : null;

    private static IResult Render(Engine engine, Stored session, string? error, IFormCollection? form)
    {
        var value = session.Value;
        if (value.Text("status") != "open")
        {
            return Ended(session);
        }

        // A failed 3-D Secure step leads back here; what it said is on the intent.
        var waited = (session.Inner.Text("intent") ?? value.Text("setup_intent")) is { } intent && engine.Store.Find(intent)?.Value is { } tried
            ? (tried["last_payment_error"] ?? tried["last_setup_error"]) as JsonObject
            : null;
        var (told, status) = (error ?? waited?.Text("message"), error is null ? 200 : form is null ? 400 : 402);
        var body = new StringBuilder();
        body.Append(CultureInfo.InvariantCulture, $"""
            <header>
            <p class="soft" id="provider">{Html.E(Seller(engine, session))}</p>
            <h1>{Title(value)}</h1>
            {Amount(value)}
            </header>
            """);
        Lines(engine, session, body);
        Code(engine, session, body);
        body.Append(CultureInfo.InvariantCulture, $"""{Html.Error(told)}{CheckoutForm.Render(session, Submit(value), KnownEmail(value), form)}<p>{Html.Link(value.Text("cancel_url")?.Replace("{CHECKOUT_SESSION_ID}", session.Id, StringComparison.Ordinal), "Back", "cancel")}</p>""");
        return Html.Page($"{Title(value)} – {Seller(engine, session)}", body.ToString(), status);
    }

    private static IResult Ended(Stored session)
    {
        var complete = session.Value.Text("status") == "complete";
        return Html.Page(complete ? "Done" : "Expired", $"""
            <h1 id="status" role="status" data-status="{session.Value.Text("status")}">{(complete ? "You are all done here" : "This page has expired")}</h1>
            <p>{(complete ? "What this page asked for was done." : "Nothing was charged. Go back to where you came from and start again.")}</p>
            <p>{Html.Link(complete ? Next(session) : session.Value.Text("cancel_url"), "Go back", "return")}</p>
            """, complete ? 200 : 410);
    }

    private static string Seller(Engine engine, Stored session) =>
        engine.Store.Find("account/" + session.Scope.Account)?.Value.Text("name") ?? engine.Options.AccountName;

    private static string Title(JsonObject session) => session.Text("mode") switch
    {
        "setup" => "Save your payment details",
        "subscription" => "Subscribe",
        _ => "Pay",
    };

    private static string Submit(JsonObject session) => session.Text("mode") switch
    {
        "setup" => "Save",
        "subscription" => session.Long("amount_total") == 0 ? "Start" : "Subscribe",
        _ when session.Long("amount_total") == 0 => "Complete order",
        _ => $"{session.Text("submit_type") switch { "book" => "Book for", "donate" => "Donate", _ => "Pay" }} {Currencies.Show(session.Long("amount_total"), session.Text("currency")!)}",
    };

    private static string Amount(JsonObject session) =>
        session["amount_total"] is null ? "" : $"""<p class="total" id="amount">{Currencies.Show(session.Long("amount_total"), session.Text("currency")!)}</p>""";

    private static void Lines(Engine engine, Stored session, StringBuilder body)
    {
        var value = session.Value;
        if (value["amount_total"] is null)
        {
            return;
        }

        var currency = value.Text("currency")!;
        body.Append("""<h2>Details</h2><table id="lines"><thead><tr><th scope="col">Description</th><th scope="col" class="n">Quantity</th><th scope="col" class="n">Amount</th></tr></thead><tbody>""");
        foreach (var line in engine.Store.Referring(CheckoutSessions.LineKind, "token", session.Id).Reverse())
        {
            body.Append(CultureInfo.InvariantCulture, $"""<tr><td>{Html.E(line.Value.Text("description"))}{Every(line)}</td><td class="n">{line.Value["quantity"]}</td><td class="n">{Currencies.Show(line.Value.Long("amount_subtotal"), currency)}</td></tr>""");
        }

        body.Append("</tbody><tfoot>");
        if (value["total_details"]!.AsObject().Long("amount_discount") is > 0 and var discount)
        {
            body.Append(CultureInfo.InvariantCulture, $"""<tr><th scope="row" colspan="2">Discount</th><td class="n" id="discount">{Currencies.Show(-discount, currency)}</td></tr>""");
        }

        if (value["total_details"]!.AsObject().Long("amount_tax") is > 0 and var tax)
        {
            body.Append(CultureInfo.InvariantCulture, $"""<tr><th scope="row" colspan="2">Tax</th><td class="n" id="tax">{Currencies.Show(tax, currency)}</td></tr>""");
        }

        body.Append(CultureInfo.InvariantCulture, $"""<tr><th scope="row" colspan="2">Total</th><td class="n" id="total">{Currencies.Show(value.Long("amount_total"), currency)}</td></tr></tfoot></table>""");
        Quantities(engine, session, body);
    }

    private static void Quantities(Engine engine, Stored session, StringBuilder body)
    {
        var lines = engine.Store.Referring(CheckoutSessions.LineKind, "token", session.Id).Reverse().Where(l => l.Value["adjustable_quantity"] is not null).ToList();
        if (lines.Count > 0)
        {
            var inputs = lines.Select(l => $"""<label for="{l.Id}">Quantity of {Html.E(l.Value.Text("description"))}</label><input id="{l.Id}" name="{l.Id}" type="number" inputmode="numeric" min="{l.Value["adjustable_quantity"]!["minimum"]}" max="{l.Value["adjustable_quantity"]!["maximum"]}" value="{l.Value["quantity"]}" required>""");
            body.Append($"""<form id="quantity-form" method="post" action="{CheckoutSessions.Path(session)}/quantities">{string.Concat(inputs)}<button id="update-quantities" class="plain" type="submit">Update</button></form>""");
        }
    }

    private static void Code(Engine engine, Stored session, StringBuilder body)
    {
        if (!session.Value.Is("allow_promotion_codes"))
        {
            return;
        }

        var path = CheckoutSessions.Path(session);
        body.Append(session.Value["discounts"] is JsonArray { Count: > 0 } discounts && discounts[0]!.AsObject().Text("promotion_code") is { } code
            ? $"""<form id="promotion-form" method="post" action="{path}/promotion-code/remove"><p>Promotion code <strong id="promotion-code">{Html.E(engine.Store.Find(code)?.Value.Text("code"))}</strong></p><button id="remove-code" class="plain" type="submit">Remove the code</button></form>"""
            : $"""<form id="promotion-form" method="post" action="{path}/promotion-code"><label for="promotion_code">Promotion code</label><div class="beside"><input id="promotion_code" name="promotion_code" type="text" autocomplete="off" required><button id="apply-code" class="plain" type="submit">Apply</button></div></form>""");
    }

    private static string Every(Stored line) => PortalPlans.Every(line.Value["price"]!.AsObject()) is { Length: > 0 } every ? $"""<br><span class="soft">{every}</span>""" : "";
}
