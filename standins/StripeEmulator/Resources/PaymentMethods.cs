using System.Globalization;
using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>Cards and US bank accounts. Only Stripe's test numbers exist.</summary>
public static class PaymentMethods
{
    private const string Url = "/v1/payment_methods";

    public static Reply Create(Call call)
    {
        var type = call.Text("type") ?? (call.Has("card") ? "card" : throw StripeException.Missing("type"));
        var stored = type switch
        {
            "card" => FromCard(call),
            "us_bank_account" => FromBank(call),
            _ => throw StripeException.Invalid($"The Stripe emulator does not support payment methods of type '{type}'.", "type"),
        };
        Metadata.Merge(call, stored.Value);
        return stored;
    }

    public static Reply Retrieve(Call call) => TestCards.ByAlias(call.Id) is { } alias ? Add(call.Tx, alias, null) : call.Named("payment_method");

    public static Reply List(Call call)
    {
        if (call.Text("customer") is not { } customer)
        {
            return Paging.List(call, "payment_method", Url, s => Paging.Same(call, "type", s));
        }

        call.Referred("customer", customer, "customer");
        return Paging.Referring(call, "payment_method", "customer", customer, Url, s => Paging.Same(call, "type", s));
    }

    public static Reply Update(Call call)
    {
        var stored = call.Named("payment_method");
        var change = new Change(call.Tx, stored);
        var value = call.Tx.Edit(stored);
        if (call.Hash("billing_details") is { } billing)
        {
            value["billing_details"] = Billing(billing);
        }

        if (call.Hash("card") is { } card && value["card"] is JsonObject target)
        {
            foreach (var name in (string[])["exp_month", "exp_year"])
            {
                target[name] = card[name]?.DeepClone() ?? target[name]?.DeepClone();
            }
        }

        Metadata.Copy(call, value, "allow_redisplay");
        Metadata.Merge(call, value);
        change.Emit("payment_method.updated");
        return stored;
    }

    public static Reply Attach(Call call)
    {
        var method = Resolve(call, call.Id, null);
        return Attach(call.Tx, method, call.Refers("customer", "customer") ?? throw StripeException.Missing("customer"));
    }

    public static Reply Detach(Call call)
    {
        var stored = call.Named("payment_method");
        Detach(call.Tx, stored);
        return stored;
    }

    /// <summary>Takes a method from its customer, for good.</summary>
    public static void Detach(Transaction tx, Stored stored)
    {
        if (stored.Value.Text("customer") is not { } owner)
        {
            throw StripeException.Invalid("The payment method you provided is not attached to a customer so detachment is impossible.");
        }

        var change = new Change(tx, stored);
        tx.Edit(stored)["customer"] = null;
        stored.Inner["detached"] = true;
        change.Emit("payment_method.detached");
        if (tx.Find("customer", owner) is { } customer && customer.Value["invoice_settings"]!.AsObject().Text("default_payment_method") == stored.Id)
        {
            var update = new Change(tx, customer);
            tx.Edit(customer)["invoice_settings"]!["default_payment_method"] = null;
            update.Emit("customer.updated");
        }
    }

    /// <summary>Saves a method to a customer. A card that declines is declined here too, unless it is the one that fails later.</summary>
    public static Stored Attach(Transaction tx, Stored method, Stored customer)
    {
        if (method.Value.Text("customer") == customer.Id)
        {
            return method;
        }

        if (method.Value.Text("customer") is not null)
        {
            throw StripeException.Invalid("The payment method you provided has already been attached to a customer.", code: "payment_method_unexpected_state");
        }

        if (method.Inner.Is("detached") || method.Inner.Is("used"))
        {
            throw StripeException.Invalid("This PaymentMethod was previously used without being attached to a Customer or was detached from a Customer, and may not be used again.");
        }

        var number = TestCards.Behaviour(method.Inner.Text("number")!);
        if (number.Code is not null && !number.Attaches)
        {
            throw Payments.Declined(number.Code, number.Decline, number.Message);
        }

        tx.Edit(method)["customer"] = customer.Id;
        Events.Emit(tx, "payment_method.attached", method);
        return method;
    }

    /// <summary>The method of this id; a test alias makes a new one.</summary>
    public static Stored Resolve(Call call, string id, string? param) => TestCards.ByAlias(id) is { } alias
        ? Add(call.Tx, alias, null)
        : param is null ? call.Named("payment_method", id) : call.Referred("payment_method", id, param);

    /// <summary>A new, unattached method with this test number.</summary>
    public static Stored Add(Transaction tx, TestNumber number, JsonObject? billing, long month = 12, long? year = null)
    {
        var id = tx.Ids.New("pm");
        var bank = number.Brand == "us_bank_account";
        var value = new JsonObject
        {
            ["id"] = id,
            ["object"] = "payment_method",
            ["allow_redisplay"] = "unspecified",
            ["billing_details"] = Billing(billing ?? []),
            ["created"] = tx.Now,
            ["customer"] = null,
            ["customer_account"] = null,
            ["livemode"] = tx.Scope.Livemode,
            ["metadata"] = new JsonObject(),
            ["type"] = bank ? "us_bank_account" : "card",
        };
        value[bank ? "us_bank_account" : "card"] = bank ? Bank(number) : Card(number, month, year ?? tx.Engine.Clock.GetUtcNow().Year + 3);
        return tx.Add("payment_method", id, value, new JsonObject { ["number"] = number.Number });
    }

    private static Stored FromCard(Call call)
    {
        var card = call.Hash("card") ?? throw StripeException.Missing("card");
        if (card.Text("token") is { } token)
        {
            return Add(call.Tx, TestCards.ByAlias(token) ?? throw StripeException.NoSuch("token", token, "card[token]"), call.Hash("billing_details"));
        }

        var number = card.Text("number") ?? throw StripeException.Missing("card[number]");
        if (card["exp_month"] is null || card["exp_year"] is null)
        {
            throw StripeException.Missing(card["exp_month"] is null ? "card[exp_month]" : "card[exp_year]");
        }

        var known = CheckCard(call.Tx, number, card.Long("exp_month"), card.Long("exp_year"));
        return Add(call.Tx, known, call.Hash("billing_details"), card.Long("exp_month"), card.Long("exp_year"));
    }

    /// <summary>The test card of this number, or what Stripe answers to a mistyped or expired one.</summary>
    public static TestNumber CheckCard(Transaction tx, string number, long month, long year)
    {
        var now = tx.Engine.Clock.GetUtcNow();
        if (TestCards.ByNumber(number) is not { } known)
        {
            throw new StripeException(402, "card_error", "incorrect_number", "Your card number is incorrect.", "number");
        }

        if (month is < 1 or > 12)
        {
            throw new StripeException(402, "card_error", "invalid_expiry_month", "Your card's expiration month is invalid.", "exp_month");
        }

        return year > now.Year || (year == now.Year && month >= now.Month)
            ? known
            : throw new StripeException(402, "card_error", "invalid_expiry_year", "Your card's expiration year is invalid.", "exp_year");
    }

    private static Stored FromBank(Call call)
    {
        var bank = call.Hash("us_bank_account") ?? throw StripeException.Missing("us_bank_account");
        if (call.Hash("billing_details")?.Text("name") is null)
        {
            throw StripeException.Missing("billing_details[name]");
        }

        var number = TestCards.BankByNumber(bank.Text("account_number") ?? throw StripeException.Missing("us_bank_account[account_number]"))
            ?? throw StripeException.Invalid("Invalid bank account number: use a test account number.", "us_bank_account[account_number]");
        return bank.Text("routing_number") == "110000000"
            ? Add(call.Tx, number, call.Hash("billing_details"))
            : throw StripeException.Invalid("Invalid routing number: use the test routing number 110000000.", "us_bank_account[routing_number]", "routing_number_invalid");
    }

    private static JsonObject Billing(JsonObject sent)
    {
        var billing = Metadata.Shape(sent, "address", "email", "name", "phone", "tax_id")!;
        billing["address"] = Metadata.Address(sent["address"] as JsonObject ?? []);
        return billing;
    }

    private static JsonObject Card(TestNumber number, long month, long year) => new()
    {
        ["brand"] = number.Brand,
        ["checks"] = new JsonObject { ["address_line1_check"] = null, ["address_postal_code_check"] = null, ["cvc_check"] = "pass" },
        ["country"] = "US",
        ["display_brand"] = number.Brand,
        ["exp_month"] = month,
        ["exp_year"] = year,
        ["fingerprint"] = number.Fingerprint,
        ["funding"] = number.Funding,
        ["generated_from"] = null,
        ["last4"] = number.Last4,
        ["networks"] = new JsonObject { ["available"] = new JsonArray(number.Brand), ["preferred"] = null },
        ["regulated_status"] = "unregulated",
        ["three_d_secure_usage"] = new JsonObject { ["supported"] = true },
        ["wallet"] = null,
    };

    private static JsonObject Bank(TestNumber number) => new()
    {
        ["account_holder_type"] = "individual",
        ["account_type"] = "checking",
        ["bank_name"] = "STRIPE TEST BANK",
        ["financial_connections_account"] = null,
        ["fingerprint"] = number.Fingerprint,
        ["last4"] = number.Last4,
        ["networks"] = new JsonObject { ["preferred"] = "ach", ["supported"] = new JsonArray("ach") },
        ["routing_number"] = "110000000",
        ["status_details"] = new JsonObject(),
    };

    /// <summary>Month and year as people type them: <c>12/34</c>.</summary>
    public static (long Month, long Year)? Expiry(string text)
    {
        var parts = text.Split('/', StringSplitOptions.TrimEntries);
        return parts.Length == 2
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var month)
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var year)
            ? (month, year < 100 ? 2000 + year : year)
            : null;
    }
}
