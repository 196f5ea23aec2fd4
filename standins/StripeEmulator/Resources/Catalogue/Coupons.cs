using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>A reduction by a share or an amount, once, for some months, or for good. Redeeming it makes a discount.</summary>
public static class Coupons
{
    private const string Url = "/v1/coupons";

    public static Reply Create(Call call)
    {
        var tx = call.Tx;
        if (call.Text("id") is { } wished && tx.Find("coupon", wished) is not null)
        {
            throw StripeException.Invalid("Coupon already exists.", "id", "resource_already_exists");
        }

        var id = call.Text("id") ?? tx.Ids.Letter(8);
        var coupon = new JsonObject
        {
            ["id"] = id, ["object"] = "coupon", ["amount_off"] = null, ["created"] = tx.Now, ["currency"] = null, ["duration"] = call.Text("duration") ?? "once",
            ["duration_in_months"] = null, ["livemode"] = tx.Scope.Livemode, ["max_redemptions"] = null, ["metadata"] = new JsonObject(), ["name"] = null,
            ["percent_off"] = null, ["redeem_by"] = null, ["times_redeemed"] = 0, ["valid"] = true,
        };
        var inner = new JsonObject();
        Amount(call, coupon, inner);
        Duration(call, coupon);
        Limits(call, coupon, inner);
        Apply(call, coupon);
        var stored = tx.Add("coupon", id, coupon, inner);
        Events.Emit(tx, "coupon.created", stored);
        return stored;
    }

    public static Reply Retrieve(Call call) => call.Named("coupon", param: "coupon");

    public static Reply List(Call call) => Paging.List(call, "coupon", Url, s => Paging.InRange(call, "created", s.Value["created"]));

    public static Reply Update(Call call)
    {
        var stored = call.Named("coupon", param: "coupon");
        var change = new Change(call.Tx, stored);
        var coupon = call.Tx.Edit(stored);
        Apply(call, coupon);
        if (call.Has("currency_options"))
        {
            Currency(call, coupon, stored.Inner);
        }

        change.Emit("coupon.updated");
        return stored;
    }

    public static Reply Delete(Call call)
    {
        var stored = call.Named("coupon", param: "coupon");
        Events.Emit(call.Tx, "coupon.deleted", stored);
        call.Tx.Remove(stored);
        return new JsonObject { ["id"] = stored.Id, ["object"] = "coupon", ["deleted"] = true };
    }

    /// <summary>Whether it can still be redeemed.</summary>
    public static bool IsValid(Transaction tx, Stored stored)
    {
        var coupon = stored.Value;
        return (coupon["redeem_by"] is null || coupon.Long("redeem_by") > tx.Now)
            && (coupon["max_redemptions"] is null || coupon.Long("times_redeemed") < coupon.Long("max_redemptions"));
    }

    /// <summary>One redemption more, or Stripe's refusal.</summary>
    public static void Redeem(Transaction tx, Stored stored, string param)
    {
        if (!IsValid(tx, stored))
        {
            throw StripeException.Invalid($"Coupon expired: {stored.Id}", param, "coupon_expired");
        }

        var coupon = tx.Edit(stored);
        coupon["times_redeemed"] = coupon.Long("times_redeemed") + 1;
    }

    private static void Amount(Call call, JsonObject coupon, JsonObject inner)
    {
        var (percent, amount) = (call.Text("percent_off"), call.Number("amount_off"));
        if (percent is null == amount is null)
        {
            throw percent is null
                ? StripeException.Invalid("Must provide one of `percent_off` or `amount_off`.", "percent_off", "parameter_missing")
                : StripeException.Exclusive("percent_off", "amount_off");
        }

        if (percent is not null)
        {
            Currency(call, coupon, inner);
            var share = Decimals.Read(percent, "percent_off", 4);
            coupon["percent_off"] = share is > 0 and <= 100 ? share : throw StripeException.Invalid("Invalid percent_off: must be greater than 0 and at most 100.", "percent_off");
            return;
        }

        coupon["amount_off"] = amount > 0 ? amount : throw StripeException.BelowOne("amount_off");
        coupon["currency"] = Currencies.Check(call.Text("currency") ?? throw StripeException.Missing("currency"));
        inner["currency_options"] = new JsonObject { [coupon.Text("currency")!] = new JsonObject { ["amount_off"] = amount } };
        Currency(call, coupon, inner);
    }

    private static void Currency(Call call, JsonObject coupon, JsonObject inner)
    {
        foreach (var (currency, option) in call.Hash("currency_options") ?? [])
        {
            if (coupon["amount_off"] is null)
            {
                throw StripeException.Invalid("`currency_options` can only be set for coupons with `amount_off`.", "currency_options");
            }

            var name = $"currency_options[{currency}][amount_off]";
            var amount = Decimals.Whole(Decimals.Read((option as JsonObject)?.Text("amount_off") ?? throw StripeException.Missing(name), name));
            inner["currency_options"]![Currencies.Check(currency, "currency_options")] = new JsonObject { ["amount_off"] = amount };
        }
    }

    private static void Duration(Call call, JsonObject coupon)
    {
        var months = call.Number("duration_in_months");
        if (coupon.Text("duration") == "repeating")
        {
            coupon["duration_in_months"] = months switch
            {
                null => throw StripeException.Missing("duration_in_months"),
                < 1 => throw StripeException.BelowOne("duration_in_months"),
                _ => months,
            };
        }
        else if (months is not null)
        {
            throw StripeException.Invalid("`duration_in_months` can only be set when `duration` is `repeating`.", "duration_in_months");
        }
    }

    private static void Limits(Call call, JsonObject coupon, JsonObject inner)
    {
        if (call.Number("max_redemptions") < 1)
        {
            throw StripeException.BelowOne("max_redemptions");
        }

        if (call.Number("redeem_by") <= call.Tx.Now)
        {
            throw StripeException.Invalid("The `redeem_by` timestamp must be in the future.", "redeem_by");
        }

        Parameters.Copy(call, coupon, "max_redemptions", "redeem_by");
        if (call.Hash("applies_to")?["products"] is JsonArray products)
        {
            foreach (var product in products)
            {
                call.Referred("product", product!.GetValue<string>(), "applies_to[products]");
            }

            inner["applies_to"] = new JsonObject { ["products"] = products.DeepClone() };
        }
    }

    private static void Apply(Call call, JsonObject coupon)
    {
        if (call.Text("name")?.Length > 40)
        {
            throw StripeException.TooLong("name", 40);
        }

        Parameters.Copy(call, coupon, "name");
        Metadata.Merge(call, coupon);
    }
}
