using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>Cards, US bank accounts and SEPA debits, each with a test number.</summary>
public static class PaymentMethods
{
    /// <summary>What payments may be asked for in; link is a wallet of cards.</summary>
    public static readonly string[] Types = ["card", "us_bank_account", "sepa_debit", "link"];

    private const string Url = "/v1/payment_methods";

    public static Reply Create(Call call)
    {
        Parameters.NotEmulated(call, "customer", "payment_method");
        var stored = Instruments.Make(call.Tx, call.Params);
        Metadata.Merge(call, stored.Value);
        return stored;
    }

    public static Reply Retrieve(Call call) => TestNumbers.ByAlias(call.Id) is { } alias ? Add(call.Tx, alias, null) : call.Named("payment_method");

    public static Reply List(Call call)
    {
        Parameters.NotEmulated(call, "customer_account");
        bool Filter(Stored s) => Paging.Same(call, "type", s) && Paging.Same(call, "allow_redisplay", s);
        if (call.Text("customer") is not { } customer)
        {
            return Paging.List(call, "payment_method", Url, Filter);
        }

        call.Referred("customer", customer, "customer");
        return Paging.Referring(call, "payment_method", "customer", customer, Url, Filter);
    }

    public static Reply Update(Call call)
    {
        Parameters.NotEmulated(call, "payto");
        var stored = call.Named("payment_method");
        foreach (var type in (string[])["card", "us_bank_account"])
        {
            if (call.Has(type) && stored.Value.Text("type") != type)
            {
                throw StripeException.Invalid($"You passed `{type}`, but this PaymentMethod is of type {stored.Value.Text("type")}.", type);
            }
        }

        var change = new Change(call.Tx, stored);
        var value = call.Tx.Edit(stored);
        if (call.Hash("us_bank_account") is { } bank)
        {
            foreach (var (name, field) in bank)
            {
                value["us_bank_account"]![name] = field?.DeepClone();
            }
        }

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

            if (card["networks"] is JsonObject networks)
            {
                target["networks"]!["preferred"] = networks["preferred"]?.DeepClone();
            }
        }

        Parameters.Copy(call, value, "allow_redisplay");
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
            throw SpentRefusal();
        }

        var number = TestNumbers.Behaviour(method.Inner.Text("number")!);
        if (number.Code is not null && !number.Attaches)
        {
            throw Payments.Declined(number.Code, number.Decline, number.Message);
        }

        tx.Edit(method)["customer"] = customer.Id;
        Events.Emit(tx, "payment_method.attached", method);
        return method;
    }

    /// <summary>The networks renew a card by themselves.</summary>
    public static void Renew(Transaction tx, Stored stored, long? month, long? year, TestNumber? number)
    {
        var change = new Change(tx, stored);
        var old = tx.Edit(stored)["card"]!;
        if (number is not null)
        {
            stored.Value["card"] = Card(number, old["exp_month"].Long(), old["exp_year"].Long());
            stored.Inner["number"] = number.Number;
        }

        var card = stored.Value["card"]!;
        card["exp_month"] = month ?? card["exp_month"].Long();
        card["exp_year"] = year ?? card["exp_year"].Long();
        change.Emit("payment_method.automatically_updated");
    }

    /// <summary>The method of this id; a test alias makes a new one.</summary>
    public static Stored Resolve(Call call, string id, string? param)
    {
        if (TestNumbers.ByAlias(id) is { } alias)
        {
            return Add(call.Tx, alias, null);
        }

        var stored = param is null ? call.Named("payment_method", id) : call.Referred("payment_method", id, param);
        return stored.Inner.Is("detached") || stored.Inner.Is("used") ? throw SpentRefusal() : stored;
    }

    private static StripeException SpentRefusal() => StripeException.Invalid(
        "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared with a connected account without Customer attachment, or was detached from a Customer. It may not be used again. To use a PaymentMethod multiple times, you must attach it to a Customer first.");

    /// <summary>A new, unattached method with this test number.</summary>
    public static Stored Add(Transaction tx, TestNumber number, JsonObject? billing, long month = 12, long? year = null)
    {
        var id = tx.Ids.New("pm");
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
            ["type"] = number.Type,
        };
        value[number.Type] = number.Type switch
        {
            "us_bank_account" => UsBank(number),
            "sepa_debit" => Sepa(number),
            _ => Card(number, month, year ?? tx.Engine.Clock.GetUtcNow().Year + 3),
        };
        return tx.Add("payment_method", id, value, new JsonObject { ["number"] = number.Number });
    }

    private static JsonObject Billing(JsonObject sent)
    {
        var billing = Parameters.Shape(sent, "address", "email", "name", "phone", "tax_id")!;
        billing["address"] = Parameters.Address(sent["address"] as JsonObject ?? []);
        return billing;
    }

    private static JsonObject Card(TestNumber number, long month, long year) => new()
    {
        ["brand"] = number.Brand,
        ["checks"] = new JsonObject { ["address_line1_check"] = null, ["address_postal_code_check"] = null, ["cvc_check"] = "pass" },
        ["country"] = number.Country,
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

    private static JsonObject UsBank(TestNumber number) => new()
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

    private static JsonObject Sepa(TestNumber number) => new()
    {
        ["bank_code"] = number.Number[4..Math.Min(9, number.Number.Length)],
        ["branch_code"] = "",
        ["country"] = number.Number[..2],
        ["fingerprint"] = number.Fingerprint,
        ["generated_from"] = new JsonObject { ["charge"] = null, ["setup_attempt"] = null },
        ["last4"] = number.Last4,
    };
}
