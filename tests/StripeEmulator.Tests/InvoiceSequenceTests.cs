using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Marketplace.Testing;
using Marketplace.StripeEmulator.Resources;

namespace Marketplace.StripeEmulator.Tests;

/// <summary>Any sequence of calls on one invoice: it stays within Stripe's table, and no cent appears or is lost.</summary>
public sealed class InvoiceSequenceTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private static readonly string[] Drafting = ["item", "item", "item", "credit item", "coupon", "coupon", "tax", "tax", "update line", "give credit", "owe"];

    private static readonly string[] Opened = ["credit note", "credit note", "credit line", "void note", "void note", "attach part", "decline", "mark_uncollectible", "send", "give credit"];

    private static readonly string[] Ending = ["pay", "pay", "pay outside", "attach too much", "refund note", "refund note", "outside note", "balance note", "credit line", "void note"];

    private static readonly string[] Any = [.. Drafting.Concat(Opened).Concat(Ending).Append("finalize").Append("void").Append("delete").Distinct()];

    // Most walks go the usual way with calls of any kind in between; the rest is left to chance.
    private static Gen<List<(string Step, int Size)>> Walks =>
        from first in Some(Drafting, 5)
        from before in Some(Any, 2)
        from opened in Some(Opened, 5)
        from between in Some(Any, 3)
        from last in Some(Ending, 4)
        from end in Some(Any, 2)
        select first.Concat(before).Append(("finalize", 1)).Concat(opened).Concat(between).Concat(last).Concat(end).ToList();

    private static Gen<List<(string Step, int Size)>> Some(string[] steps, int most) =>
        from count in Gen.Choose(0, most)
        from list in Gen.Elements(steps).Zip(Gen.Choose(1, 2_000)).ListOf(count)
        select list.Select(s => (s.Item1, s.Item2)).ToList();

    [Fact]
    public void No_sequence_of_calls_leaves_the_table_or_loses_money() =>
        Prop.ForAll(Walks.ToArbitrary(), steps => Walk(steps).GetAwaiter().GetResult()).Check(Config.QuickThrowOnFailure.WithMaxTest(60).WithReplay(PropertySeed.Start, PropertySeed.Step));

    private async Task<bool> Walk(List<(string Step, int Size)> steps)
    {
        var run = new Run(app.NewAccount());
        await run.Start();
        foreach (var (step, size) in steps)
        {
            var before = await run.Status();
            var answer = await run.Take(step, size);
            Assert.True(answer.Status is 200 or 400 or 402, $"{step}: {answer.Body}");
            var after = await run.Status();
            Assert.True(Allowed(before, step, after, answer.Status), $"{step} led from {before} to {after} with {answer.Status}: {answer.Body}");
            if (after == "gone")
            {
                break;
            }

            await run.Check(step);
        }

        return true;
    }

    private static bool Allowed(string before, string step, string after, int status)
    {
        if (before == after)
        {
            return true;
        }

        if (status != 200)
        {
            // A decline finalizes a draft before it fails.
            return step == "decline" && before == "draft" && after is "open" or "paid";
        }

        var action = step switch { "pay outside" => "pay", "decline" => "finalize", _ => step };
        var next = InvoiceStates.After(before, action);
        return step switch
        {
            "delete" => after == "gone" && next == "deleted",
            "finalize" or "send" or "decline" => next == "open" && after is "open" or "paid", // paid when nothing was due
            "attach part" or "attach too much" or "credit note" or "credit line" => before is "open" or "uncollectible" && after == "paid",
            _ => next == after,
        };
    }

    private sealed class Run(Caller caller)
    {
        private string customer = "";
        private string invoice = "";
        private string? draw;

        public async Task Start()
        {
            customer = await caller.Customer("payment_method=pm_card_visa&invoice_settings[default_payment_method]=pm_card_visa");
            invoice = (await caller.Post("/v1/invoices", $"customer={customer}&currency=usd&collection_method=send_invoice&days_until_due=30")).Ok().Id;
            (await Item(2500)).Ok();
        }

        public async Task<string> Status() => await caller.Get($"/v1/invoices/{invoice}") is { Status: 200 } found ? found.Text("status") : "gone";

        public async Task<Answer> Take(string step, int size) => step switch
        {
            "item" => await Item(size),
            "credit item" => await Item(-size),
            "coupon" => await caller.Post($"/v1/invoices/{invoice}", $"discounts[0][coupon]={(await caller.Post("/v1/coupons", size % 2 == 0 ? $"percent_off={1 + (size % 99)}.5" : $"amount_off={size}&currency=usd")).Ok().Id}"),
            "tax" => await caller.Post($"/v1/invoices/{invoice}", $"default_tax_rates[]={await Rate(size, true)}&default_tax_rates[]={await Rate(size + 1, false)}"),
            "update line" => await Line() is { } line ? await caller.Post($"/v1/invoices/{invoice}/lines/{line}", $"unit_amount_decimal=0.{size}&quantity={size}".Replace("unit_amount_decimal", "price_data[currency]=usd&price_data[product_data][name]=x&price_data[unit_amount_decimal]", StringComparison.Ordinal)) : await Nothing(),
            "pay" => await Post("pay"),
            "pay outside" => await Post("pay", "paid_out_of_band=true"),
            "decline" => await Post("pay", "payment_method=pm_card_visa_chargeDeclined"),
            "attach part" or "attach too much" => await Post("attach_payment", $"payment_intent={await Paid(step == "attach part" ? 50 + size : 9_000 + size)}"),
            "delete" => await caller.Delete($"/v1/invoices/{invoice}"),
            "credit note" => await Note($"amount={size}"),
            "credit line" => await Line() is { } line ? await Note($"lines[0][type]=invoice_line_item&lines[0][invoice_line_item]={line}&lines[0][amount]={size}") : await Nothing(),
            "refund note" => await Note($"amount={size}&refund_amount={size}"),
            "outside note" => await Note($"amount={size}&out_of_band_amount={size}"),
            "balance note" => await Note($"amount={size}&credit_amount={size}"),
            "void note" => draw is null ? await Nothing() : await caller.Post($"/v1/credit_notes/{draw}/void"),
            "give credit" => await caller.Post($"/v1/customers/{customer}/balance_transactions", $"amount=-{size}&currency=usd"),
            "owe" => await caller.Post($"/v1/customers/{customer}/balance_transactions", $"amount={size}&currency=usd"),
            _ => await Post(step),
        };

        /// <summary>Paid and remaining are what is due; lines, discounts and taxes are the total; every balance is the sum of its moves.</summary>
        public async Task Check(string step)
        {
            var now = (await caller.Get($"/v1/invoices/{invoice}")).Ok();
            long N(string name) => now.Number(name);
            Same(N("amount_due") + N("amount_overpaid"), N("amount_paid") + N("amount_remaining"), step, "paid and remaining are due", now);
            Assert.True(N("amount_remaining") >= 0 && N("amount_due") >= 0, $"{step}: {now.Body}");
            Assert.True(now.Text("status") != "paid" || N("amount_remaining") == 0, $"{step}: {now.Body}");
            var lines = await All($"/v1/invoices/{invoice}/lines");
            Same(N("total"), Sum(lines, "amount") - Parts(lines, "discount_amounts") + Parts(lines, "taxes", "exclusive"), step, "lines are the total", now);
            Same(Parts([now.Body], "total_taxes"), Parts(lines, "taxes"), step, "taxes", now);
            Same(Parts([now.Body], "total_discount_amounts"), Parts(lines, "discount_amounts"), step, "discounts", now);
            if (now.Text("status") is not "draft")
            {
                var billed = Math.Max(0, N("total") + N("starting_balance"));
                Same(N("amount_due") + N("pre_payment_credit_notes_amount"), billed < 50 || N("total") + N("starting_balance") < 0 ? 0 : billed, step, "the total and the balance are due", now);
            }

            var moves = await All($"/v1/customers/{customer}/balance_transactions");
            Same((await caller.Get($"/v1/customers/{customer}")).Ok().Number("balance"), Sum(moves, "amount"), step, "the balance is its moves", now);
            await CheckCharges(now, step);
            await CheckNotes(now, moves, step);
        }

        private async Task CheckCharges(Answer now, string step)
        {
            var payments = await All($"/v1/invoice_payments?invoice={invoice}&status=paid");
            Same(now.Number("amount_paid") - now.Number("amount_paid_off_stripe"), Sum(payments, "amount_paid"), step, "payments are what was paid", now);
            foreach (var payment in payments)
            {
                var intent = (await caller.Get($"/v1/payment_intents/{payment["payment"]!["payment_intent"]}?expand[]=latest_charge")).Ok();
                Same(payment["amount_paid"]!.GetValue<long>(), intent.Number("latest_charge.amount_captured"), step, "a payment is its charge", now);
            }
        }

        private async Task CheckNotes(Answer now, List<JsonObject> moves, string step)
        {
            var notes = (await All($"/v1/credit_notes?invoice={invoice}")).Where(n => n["status"]!.GetValue<string>() == "issued").ToList();
            Same(now.Number("pre_payment_credit_notes_amount"), Sum(notes, "pre_payment_amount"), step, "notes before payment", now);
            Same(now.Number("post_payment_credit_notes_amount"), Sum(notes, "post_payment_amount"), step, "notes after payment", now);
            var outside = notes.Sum(n => n["out_of_band_amount"]?.GetValue<long>() ?? 0);
            var refunded = notes.Sum(n => n["refunds"]!.AsArray().Sum(r => r!["amount_refunded"]!.GetValue<long>()));
            var credited = -moves.Where(m => m["type"]!.GetValue<string>() == "credit_note").Sum(m => m["amount"]!.GetValue<long>());
            Same(now.Number("post_payment_credit_notes_amount"), outside + refunded + credited, step, "what was given back", now);
            Assert.True(Sum(notes, "total") <= Math.Max(0, now.Number("total")), $"{step}: {now.Body}");
            var charges = await All($"/v1/charges?customer={customer}");
            Same(refunded, Sum(charges, "amount_refunded"), step, "refunds of charges", now);
        }

        private static void Same(long expected, long actual, string step, string what, Answer now) =>
            Assert.True(expected == actual, $"After {step}, {what}: {expected} is not {actual}. {now.Body}");

        private static long Sum(IEnumerable<JsonObject> list, string name) => list.Sum(l => l[name]!.GetValue<long>());

        private static long Parts(IEnumerable<JsonObject> list, string name, string? behavior = null) =>
            list.Sum(l => l[name]!.AsArray().Where(p => behavior is null || p!["tax_behavior"]!.GetValue<string>() == behavior).Sum(p => p!["amount"]!.GetValue<long>()));

        private async Task<List<JsonObject>> All(string path)
        {
            var page = (await caller.Get($"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}limit=100")).Ok();
            Assert.False(page["has_more"]!.GetValue<bool>());
            return [.. page["data"]!.AsArray().Select(e => e!.AsObject())];
        }

        private Task<Answer> Item(int amount) => caller.Post("/v1/invoiceitems", $"customer={customer}&invoice={invoice}&amount={amount}&currency=usd");

        private Task<Answer> Post(string action, string form = "") => caller.Post($"/v1/invoices/{invoice}/{action}", form);

        private Task<Answer> Nothing() => caller.Get($"/v1/customers/{customer}");

        private async Task<string?> Line() => (await All($"/v1/invoices/{invoice}/lines")).FirstOrDefault(l => l["amount"]!.GetValue<long>() > 0)?["id"]!.GetValue<string>();

        private async Task<Answer> Note(string form)
        {
            var made = await caller.Post("/v1/credit_notes", $"invoice={invoice}&{form}");
            draw = made.Status == 200 ? made.Id : draw;
            return made;
        }

        private async Task<string> Paid(int amount) =>
            (await caller.Post("/v1/payment_intents", $"amount={amount}&currency=usd&customer={customer}&payment_method=pm_card_visa&payment_method_types[]=card&confirm=true")).Ok().Id;

        private async Task<string> Rate(int size, bool inclusive) =>
            (await caller.Post("/v1/tax_rates", $"display_name=T&inclusive={inclusive}&percentage={size % 30}.{size % 10}")).Ok().Id;
    }
}
