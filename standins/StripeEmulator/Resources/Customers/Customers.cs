using System.Net.Mail;
using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;
using Marketplace.StripeEmulator.Subscriptions;
using Marketplace.StripeEmulator.Time;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>Customers.</summary>
public static class Customers
{
    private const string Url = "/v1/customers";

    public static Reply Create(Call call)
    {
        Parameters.NotEmulated(call, "source", "cash_balance", "tax");
        var (tx, clock) = (call.Tx, TestClocks.Join(call));
        var stored = Add(tx, clock);
        var customer = stored.Value;
        Apply(call, stored, customer);
        Events.Emit(tx, "customer.created", stored);
        foreach (var (sent, at) in (call.Params["tax_id_data"] as JsonArray ?? []).Select((t, at) => (t!.AsObject(), at)))
        {
            TaxIds.Add(tx, stored, sent.Text("type")!, sent.Text("value")!, $"tax_id_data[{at}]");
        }

        if (call.Text("coupon") is not null || call.Text("promotion_code") is not null)
        {
            Discounts.OfCustomer(call, stored);
        }

        if (call.Text("payment_method") is { } method)
        {
            var attached = PaymentMethods.Attach(tx, PaymentMethods.Resolve(call, method, "payment_method"), stored);
            if (call.Hash("invoice_settings")?.Text("default_payment_method") == method)
            {
                customer["invoice_settings"]!["default_payment_method"] = attached.Id;
            }
        }

        if (call.Number("balance") is { } balance and not 0)
        {
            CustomerBalances.Move(tx, stored, balance, "initial", null);
        }

        return stored;
    }

    /// <summary>A new customer of whom nothing is known. The caller tells of it.</summary>
    public static Stored Add(Transaction tx, string? clock = null)
    {
        var id = tx.Ids.New("cus");
        return tx.Add("customer", id, new JsonObject
        {
            ["id"] = id,
            ["object"] = "customer",
            ["address"] = null,
            ["balance"] = 0,
            ["created"] = tx.Now,
            ["currency"] = null,
            ["customer_account"] = null,
            ["default_source"] = null,
            ["delinquent"] = false,
            ["description"] = null,
            ["discount"] = null,
            ["email"] = null,
            ["invoice_prefix"] = tx.Ids.Letter(8).ToUpperInvariant(),
            ["invoice_settings"] = new JsonObject { ["custom_fields"] = null, ["default_payment_method"] = null, ["footer"] = null, ["rendering_options"] = null },
            ["livemode"] = tx.Scope.Livemode,
            ["metadata"] = new JsonObject(),
            ["name"] = null,
            ["next_invoice_sequence"] = 1,
            ["phone"] = null,
            ["preferred_locales"] = new JsonArray(),
            ["shipping"] = null,
            ["tax_exempt"] = "none",
            ["test_clock"] = clock,
        });
    }

    public static Reply Retrieve(Call call) => call.Tx.Find("deleted_customer", call.Id) ?? call.Named("customer");

    public static Reply List(Call call)
    {
        bool Filter(Stored s) => Paging.InRange(call, "created", s.Value["created"]) && Paging.Same(call, "email", s);
        return call.Text("email") is { } email
            ? Paging.Referring(call, "customer", "email", email, Url, Filter)
            : Paging.List(call, "customer", Url, Filter);
    }

    public static Reply Search(Call call) =>
        Api.Search.Run(call, "customer", Url + "/search", "created", "email", "name", "phone");

    public static Reply Update(Call call)
    {
        Parameters.NotEmulated(call, "source", "cash_balance", "tax", "default_source");
        var stored = call.Named("customer");
        var change = new Change(call.Tx, stored);
        var customer = call.Tx.Edit(stored);
        Apply(call, stored, customer);
        if (call.Number("balance") is { } balance && balance != customer.Long("balance"))
        {
            CustomerBalances.Move(call.Tx, stored, balance - customer.Long("balance"), "adjustment", null);
        }

        if (call.Has("coupon") || call.Has("promotion_code"))
        {
            Discounts.OfCustomer(call, stored);
        }

        change.Emit("customer.updated");
        return stored;
    }

    public static Reply Delete(Call call)
    {
        var (tx, stored) = (call.Tx, call.Named("customer"));
        SubscriptionEnd.WithCustomer(tx, stored);
        foreach (var method in tx.Store.Referring("payment_method", "customer", stored.Id).ToList())
        {
            tx.Edit(method)["customer"] = null;
        }

        foreach (var item in tx.Store.Referring("invoiceitem", "customer", stored.Id).Where(i => i.Value["invoice"] is null).ToList())
        {
            tx.Remove(item);
        }

        foreach (var id in tx.Store.Referring("tax_id", "customer", stored.Id).ToList())
        {
            tx.Remove(id);
        }

        Events.Emit(tx, "customer.deleted", stored);
        Bury(tx, stored);
        return new JsonObject { ["id"] = stored.Id, ["object"] = "customer", ["deleted"] = true };
    }

    /// <summary>Leaves a stone where the customer was.</summary>
    public static void Bury(Transaction tx, Stored stored)
    {
        tx.Remove(stored);
        tx.Add("deleted_customer", stored.Id, new JsonObject { ["id"] = stored.Id, ["object"] = "customer", ["deleted"] = true });
    }

    public static Reply ListMethods(Call call) =>
        Paging.Referring(call, "payment_method", "customer", call.Named("customer", param: "customer").Id, $"{Url}/{call.Id}/payment_methods", s => Paging.Same(call, "type", s));

    public static Reply RetrieveMethod(Call call)
    {
        call.Named("customer", param: "customer");
        var method = call.Named("payment_method", call.SubId);
        return method.Value.Text("customer") == call.Id ? method : throw StripeException.NotFound("payment_method", call.SubId);
    }

    private static void Apply(Call call, Stored stored, JsonObject customer)
    {
        if (call.Text("email") is { } email && !MailAddress.TryCreate(email, out _))
        {
            throw StripeException.Invalid($"Invalid email address: {email}", "email", "email_invalid");
        }

        if (call.Text("invoice_prefix") is { } prefix && (prefix.Length is < 3 or > 12 || !prefix.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c))))
        {
            throw StripeException.Invalid("Invoice prefixes must be 3 to 12 uppercase letters or numbers.", "invoice_prefix");
        }

        Parameters.Copy(call, customer, "business_name", "individual_name", "description", "email", "name", "phone", "preferred_locales", "invoice_prefix", "next_invoice_sequence");
        if (call.Has("address"))
        {
            customer["address"] = Parameters.Address(call.Hash("address"));
        }

        if (call.Has("shipping"))
        {
            customer["shipping"] = call.Hash("shipping") is { } shipping
                ? new JsonObject { ["address"] = Parameters.Address(shipping["address"] as JsonObject), ["name"] = shipping.Text("name"), ["phone"] = shipping.Text("phone") }
                : null;
        }

        if (call.Has("tax_exempt"))
        {
            customer["tax_exempt"] = call.Text("tax_exempt") ?? "none";
        }

        Metadata.Merge(call, customer);
        if (call.Hash("invoice_settings") is { } settings)
        {
            Settings(call, stored, customer["invoice_settings"]!.AsObject(), settings);
        }
    }

    private static void Settings(Call call, Stored stored, JsonObject target, JsonObject sent)
    {
        foreach (var name in (string[])["custom_fields", "footer"])
        {
            if (sent.ContainsKey(name))
            {
                target[name] = sent[name]?.DeepClone();
            }
        }

        if (sent.ContainsKey("rendering_options"))
        {
            target["rendering_options"] = Parameters.Shape(sent["rendering_options"] as JsonObject, "amount_tax_display", "template");
        }

        if (!sent.ContainsKey("default_payment_method") || sent.Text("default_payment_method") == call.Text("payment_method") && call.Has("payment_method"))
        {
            return;
        }

        if (sent.Text("default_payment_method") is not { } id)
        {
            target["default_payment_method"] = null;
            return;
        }

        var method = call.Referred("payment_method", id, "invoice_settings[default_payment_method]");
        target["default_payment_method"] = method.Value.Text("customer") == stored.Id
            ? id
            : throw StripeException.Invalid($"No such PaymentMethod: '{id}'; It's possible this PaymentMethod exists on one of your connected accounts, in which case you should retry this request on that connected account. The customer does not have a payment method with the ID {id}. The payment method must be attached to the customer.", "invoice_settings[default_payment_method]", "resource_missing");
    }
}
