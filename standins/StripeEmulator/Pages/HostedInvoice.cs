using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Pages;

/// <summary>The page behind hosted_invoice_url: what is owed, and paying it by card or test bank with plain forms.</summary>
public static class HostedInvoice
{
    public static IResult Show(Engine engine, string account, string token) => Render(engine, account, token, null);

    public static async Task<IResult> PayByCard(Engine engine, HttpRequest request, string account, string token)
    {
        var form = await request.Form();
        return await Pay(engine, account, token, tx => CardForm.Method(tx, form));
    }

    public static async Task<IResult> PayByBank(Engine engine, HttpRequest request, string account, string token)
    {
        var number = (await request.Form())["bank_account"].ToString();
        return await Pay(engine, account, token, tx => PaymentMethods.Add(
            tx,
            TestNumbers.BankByNumber(number.Length == 0 ? "000123456789" : number) ?? throw new StripeException(402, "card_error", "invalid_account", "This is not a test account."),
            new JsonObject { ["name"] = "Test Customer" }));
    }

    /// <summary>The invoice of a hosted address, or null.</summary>
    public static Stored? Find(Engine engine, string account, string token)
    {
        var found = engine.Store.Referring("invoice", "token", token).FirstOrDefault();
        return found?.Scope.Account == account ? found : null;
    }

    private static async Task<IResult> Pay(Engine engine, string account, string token, Func<Transaction, Stored> method)
    {
        engine.Count();
        var found = engine.Look(() => Find(engine, account, token));
        if (found is null)
        {
            return Html.NotFound();
        }

        try
        {
            var done = engine.Run(found.Scope, Origin.Automatic, tx =>
            {
                var invoice = tx.Find("invoice", found.Id)!;
                if (invoice.Value.Text("status") is not ("open" or "uncollectible"))
                {
                    return null;
                }

                var outcome = Settlement.Collect(tx, invoice, method(tx), offSession: false, automatic: false);
                var intent = Settlement.Intent(tx, invoice)!;
                return outcome == Outcome.Declined ? throw Payments.LastError(tx, intent) : outcome == Outcome.RequiresAction ? intent.Id : null;
            });
            await done.Durable;
            return SeeOther.To(done.Value is null ? $"/i/{account}/{token}" : $"/authenticate/{done.Value}");
        }
        catch (StripeException refusal)
        {
            await refusal.Durable;
            return Render(engine, account, token, refusal.Message);
        }
    }

    private static IResult Render(Engine engine, string account, string token, string? error) => engine.Look(() =>
    {
        if (Find(engine, account, token) is not { } stored)
        {
            return Html.NotFound();
        }

        var invoice = stored.Value;
        var (status, currency) = (invoice.Text("status")!, invoice.Text("currency")!);
        var body = new StringBuilder();
        body.Append(CultureInfo.InvariantCulture, $"""
            <header>
            <p class="soft" id="provider">{Html.E(invoice.Text("account_name"))}</p>
            <h1>Invoice <span id="number">{Html.E(invoice.Text("number"))}</span></h1>
            <p><span id="status" role="status" class="badge" data-status="{status}">{Title(status)}</span></p>
            <p class="total" id="amount-due">{Currencies.Show(invoice.Long(status == "paid" ? "amount_paid" : "amount_remaining"), currency)}</p>
            <p class="soft" id="due-date">{Due(invoice)}</p>
            <p class="soft">Billed to {Html.E(invoice.Text("customer_name") ?? invoice.Text("customer_email") ?? invoice.Text("customer"))}</p>
            </header>
            <h2>Details</h2>
            <table id="lines"><thead><tr><th scope="col">Description</th><th scope="col" class="n">Quantity</th><th scope="col" class="n">Amount</th></tr></thead><tbody>
            """);
        foreach (var line in engine.Store.Referring("line_item", "invoice", stored.Id).Reverse())
        {
            body.Append(CultureInfo.InvariantCulture, $"""<tr><td>{Html.E(line.Value.Text("description") ?? "Item")}</td><td class="n">{line.Value["quantity"]}</td><td class="n">{Currencies.Show(line.Value.Long("amount"), currency)}</td></tr>""");
        }

        var sums = InvoiceSums.Of(invoice).Select(row => $"""<tr><th scope="row" colspan="2">{row.Label}</th><td class="n" id="{row.Id}">{row.Amount}</td></tr>""");
        body.Append(CultureInfo.InvariantCulture, $"""
            </tbody><tfoot>{string.Concat(sums)}</tfoot></table>
            <p><a href="/invoice/{account}/{token}/pdf">Download the invoice as PDF</a></p>
            """);
        if (Processing(engine, stored))
        {
            body.Append("""<p id="processing" class="note" role="status">Your payment is being processed by your bank. There is nothing more to do.</p>""");
        }
        else if (status is "open" or "uncollectible")
        {
            body.Append(Forms(account, token, Currencies.Show(invoice.Long("amount_remaining"), currency), error, currency == "usd"));
        }

        return Html.Page($"Invoice {invoice.Text("number")}", body.ToString(), error is null ? 200 : 402);
    });

    private static bool Processing(Engine engine, Stored invoice) =>
        engine.Store.Referring("invoice_payment", "invoice", invoice.Id).Any(p => p.Value["payment"]?.AsObject().Text("payment_intent") is { } intent && engine.Store.Find(intent)?.Value.Text("status") == "processing");

    private static string Forms(string account, string token, string amount, string? error, bool bank) => $"""
        {Html.Error(error)}
        <h2 id="card-title">Pay by card</h2>
        <form id="card-form" method="post" action="/i/{account}/{token}/pay" aria-labelledby="card-title">
        {CardForm.Fields}
        <button id="pay" type="submit">Pay {amount}</button>
        </form>
        {(bank ? BankPart(account, token, amount) : "")}
        """;

    // These banks move dollars only.
    private static string BankPart(string account, string token, string amount) => $"""
        <h2 id="bank-title">Pay by bank</h2>
        <form id="bank-form" method="post" action="/i/{account}/{token}/pay-by-bank" aria-labelledby="bank-title">
        {BankForm.Fields}
        <button id="pay-by-bank" class="plain" type="submit">Pay {amount} by bank</button>
        </form>
        """;

    public static string Title(string status) => status switch { "paid" => "Paid", "open" => "Open", "void" => "Void", "uncollectible" => "Uncollectible", _ => status };

    public static string Due(JsonObject invoice) => invoice["due_date"] is null
        ? "Due on receipt"
        : "Due " + Html.Date(invoice.Long("due_date"));
}
