using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>What a customer types in to redeem a coupon.</summary>
public static class PromotionCodes
{
    private const string Url = "/v1/promotion_codes";

    public static Reply Create(Call call)
    {
        var tx = call.Tx;
        var coupon = call.Referred("coupon", call.Hash("promotion")!.Text("coupon") ?? throw StripeException.Missing("promotion[coupon]"), "promotion[coupon]");
        if (!Coupons.IsValid(tx, coupon))
        {
            throw StripeException.Invalid($"Coupon expired: {coupon.Id}", "promotion[coupon]", "coupon_expired");
        }

        var code = call.Text("code") ?? tx.Ids.Letter(8).ToUpperInvariant();
        var customer = call.Refers("customer", "customer")?.Id;
        if (Active(tx, code).Any(c => c.Value.Text("customer") == customer))
        {
            throw StripeException.Invalid($"An active promotion code with `code: {code}` already exists.", "code");
        }

        if (call.Number("expires_at") <= tx.Now)
        {
            throw StripeException.Invalid("The `expires_at` timestamp must be in the future.", "expires_at");
        }

        if (call.Number("max_redemptions") < 1)
        {
            throw StripeException.BelowOne("max_redemptions");
        }

        var id = tx.Ids.New("promo");
        var promotion = new JsonObject
        {
            ["id"] = id, ["object"] = "promotion_code", ["active"] = call.Flag("active") ?? true, ["code"] = code, ["created"] = tx.Now, ["customer"] = customer,
            ["customer_account"] = null, ["expires_at"] = call.Number("expires_at"), ["livemode"] = tx.Scope.Livemode, ["max_redemptions"] = call.Number("max_redemptions"),
            ["metadata"] = new JsonObject(), ["promotion"] = new JsonObject { ["coupon"] = coupon.Id, ["type"] = "coupon" },
            ["restrictions"] = Restrictions(call), ["times_redeemed"] = 0,
        };
        Metadata.Merge(call, promotion);
        var inner = new JsonObject { ["coupon"] = coupon.Value.Clone() };
        Options(call, inner);
        var stored = tx.Add("promotion_code", id, promotion, inner);
        Events.Emit(tx, "promotion_code.created", stored);
        return stored;
    }

    public static Reply Retrieve(Call call) => call.Named("promotion_code");

    public static Reply List(Call call) => Paging.List(call, "promotion_code", Url, s =>
        Paging.InRange(call, "created", s.Value["created"]) && Paging.Same(call, "customer", s)
        && (call.Text("code") is not { } code || Matches(s, code))
        && (call.Text("coupon") is not { } coupon || CouponOf(s) == coupon)
        && (call.Flag("active") is not { } active || IsActive(call.Tx, s) == active));

    public static Reply Update(Call call)
    {
        var (tx, stored) = (call.Tx, call.Named("promotion_code"));
        var change = new Change(tx, stored);
        var promotion = tx.Edit(stored);
        if (call.Flag("active") == true && !promotion.Is("active"))
        {
            promotion["active"] = true;
            if (!IsActive(tx, stored))
            {
                throw StripeException.Invalid("This promotion code cannot be activated because it has expired, has been redeemed its maximum number of times, or its coupon is no longer valid.", "active");
            }
        }

        Parameters.Copy(call, promotion, "active");
        Metadata.Merge(call, promotion);
        Options(call, stored.Inner);
        change.Emit("promotion_code.updated");
        return stored;
    }

    /// <summary>The active code as typed, whatever its case, for this customer or for anyone.</summary>
    public static Stored? Typed(Transaction tx, string code, string? customer) =>
        Active(tx, code).FirstOrDefault(c => c.Value.Text("customer") is not { } only || only == customer);

    public static bool IsActive(Transaction tx, Stored stored)
    {
        var code = stored.Value;
        return code.Is("active")
            && (code["expires_at"] is null || code.Long("expires_at") > tx.Now)
            && (code["max_redemptions"] is null || code.Long("times_redeemed") < code.Long("max_redemptions"))
            && tx.Find("coupon", CouponOf(stored)) is { } coupon && Coupons.IsValid(tx, coupon);
    }

    /// <summary>Checks who redeems it and counts; answers its coupon.</summary>
    public static Stored Redeem(Transaction tx, Stored stored, Stored? customer, string param)
    {
        var code = stored.Value;
        if (!IsActive(tx, stored))
        {
            throw StripeException.Invalid($"This promotion code is not active: {code.Text("code")}.", param, "coupon_expired");
        }

        if (code.Text("customer") is { } only && only != customer?.Id)
        {
            throw StripeException.Invalid("This promotion code is restricted to another customer.", param);
        }

        if (code["restrictions"]!.AsObject().Is("first_time_transaction") && customer is not null
            && tx.Store.Referring("invoice", "customer", customer.Id).Any(i => i.Value.Text("status") == "paid" && i.Value.Long("amount_paid") > 0))
        {
            throw StripeException.Invalid("This promotion code cannot be redeemed because the associated customer has prior transactions.", param);
        }

        var counted = tx.Edit(stored);
        counted["times_redeemed"] = counted.Long("times_redeemed") + 1;
        return tx.Find("coupon", CouponOf(stored))!;
    }

    public static string CouponOf(Stored stored) => stored.Value["promotion"]!["coupon"]!.GetValue<string>();

    private static IEnumerable<Stored> Active(Transaction tx, string code) =>
        tx.Store.OfKind(tx.Scope, "promotion_code").Where(c => Matches(c, code) && IsActive(tx, c));

    private static bool Matches(Stored stored, string code) => string.Equals(stored.Value.Text("code"), code, StringComparison.OrdinalIgnoreCase);

    private static JsonObject Restrictions(Call call)
    {
        var sent = call.Hash("restrictions") ?? [];
        if (sent["minimum_amount"] is null != sent["minimum_amount_currency"] is null)
        {
            throw StripeException.Missing(sent["minimum_amount"] is null ? "restrictions[minimum_amount]" : "restrictions[minimum_amount_currency]");
        }

        return new JsonObject
        {
            ["first_time_transaction"] = sent.Is("first_time_transaction"), ["minimum_amount"] = sent["minimum_amount"]?.DeepClone(),
            ["minimum_amount_currency"] = sent.Text("minimum_amount_currency") is { } currency ? Currencies.Check(currency, "restrictions[minimum_amount_currency]") : null,
        };
    }

    private static void Options(Call call, JsonObject inner)
    {
        foreach (var (currency, option) in call.Hash("restrictions")?["currency_options"] as JsonObject ?? [])
        {
            var name = $"restrictions[currency_options][{currency}][minimum_amount]";
            var amount = Decimals.Whole(Decimals.Read((option as JsonObject)?.Text("minimum_amount") ?? throw StripeException.Missing(name), name));
            inner["currency_options"] ??= new JsonObject();
            inner["currency_options"]![Currencies.Check(currency, "restrictions[currency_options]")] = new JsonObject { ["minimum_amount"] = amount };
        }
    }
}
