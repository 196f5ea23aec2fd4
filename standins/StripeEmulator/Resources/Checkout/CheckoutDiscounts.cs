using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>The coupon or promotion code of a checkout session: one at most, counted as redeemed only when the session completes.</summary>
public static class CheckoutDiscounts
{
    public static void Read(Call call, Stored session)
    {
        if (call.Params["discounts"] is not JsonArray { Count: > 0 } sent)
        {
            return;
        }

        if (sent.Count > 1)
        {
            throw StripeException.TooMany("discounts", 1);
        }

        var one = sent[0]!.AsObject();
        if (one.Count != 1)
        {
            throw one.Count == 0 ? StripeException.Missing("discounts[0][coupon]") : StripeException.Exclusive("discounts[0][coupon]", "discounts[0][promotion_code]");
        }

        if (one.Text("promotion_code") is { } code)
        {
            Put(call.Tx, session, call.Referred("promotion_code", code, "discounts[0][promotion_code]"), "discounts[0][promotion_code]");
            return;
        }

        var coupon = call.Referred("coupon", one.Text("coupon")!, "discounts[0][coupon]");
        Allows(call.Tx, session, coupon, "discounts[0][coupon]");
        session.Value["discounts"] = new JsonArray(new JsonObject { ["coupon"] = coupon.Id, ["promotion_code"] = null });
    }

    /// <summary>A visitor types a code.</summary>
    public static void Type(Transaction tx, Stored session, string typed)
    {
        CheckoutStates.Demand(session, "update");
        tx.Edit(session);
        var code = PromotionCodes.Typed(tx, typed, session.Value.Text("customer")) ?? throw Wrong();
        try
        {
            Put(tx, session, code, "promotion_code");
        }
        catch (StripeException)
        {
            throw Wrong();
        }

        CheckoutCompletion.Abandon(tx, session);
        CheckoutLines.Total(tx, session);
    }

    /// <summary>A visitor takes the code back.</summary>
    public static void Drop(Transaction tx, Stored session)
    {
        CheckoutStates.Demand(session, "update");
        tx.Edit(session)["discounts"] = null;
        CheckoutCompletion.Abandon(tx, session);
        CheckoutLines.Total(tx, session);
    }

    /// <summary>What the session takes off, as a discount that nobody has redeemed yet.</summary>
    public static Stored? Of(Transaction tx, Stored session)
    {
        if (session.Value["discounts"] is not JsonArray { Count: > 0 } discounts || CouponOf(tx, discounts[0]!.AsObject()) is not { } coupon)
        {
            return null;
        }

        var inner = new JsonObject { ["coupon"] = coupon.Value.Clone() };
        foreach (var name in (string[])["applies_to", "currency_options"])
        {
            inner[name] = coupon.Inner[name]?.DeepClone();
        }

        return new Stored("discount", "di_of_" + session.Id, session.Scope, 0, [], inner);
    }

    /// <summary>The discount as a parameter of what the session makes, or null.</summary>
    public static JsonArray? Sent(Stored session)
    {
        if (session.Value["discounts"] is not JsonArray { Count: > 0 } discounts)
        {
            return null;
        }

        var (one, sent) = (discounts[0]!.AsObject(), new JsonObject());
        var name = one.Text("promotion_code") is null ? "coupon" : "promotion_code";
        sent[name] = one.Text(name);
        return new JsonArray(sent);
    }

    private static void Put(Transaction tx, Stored session, Stored code, string param)
    {
        if (!PromotionCodes.IsActive(tx, code) || (code.Value.Text("customer") is { } only && only != session.Value.Text("customer")))
        {
            throw StripeException.Invalid($"This promotion code is not active: {code.Value.Text("code")}.", param, "coupon_expired");
        }

        var (limits, currency) = (code.Value["restrictions"]!.AsObject(), session.Value.Text("currency")!);
        long? least = limits.Text("minimum_amount_currency") == currency ? limits.Long("minimum_amount") : code.Inner["currency_options"]?[currency]?["minimum_amount"]?.Long();
        if (limits["minimum_amount"] is not null && (least is null || CheckoutSessions.Lines(tx, session.Id).Sum(l => l.Value.Long("amount_subtotal")) < least))
        {
            throw StripeException.Invalid("This promotion code cannot be redeemed because the amount is below its minimum.", param);
        }

        Allows(tx, session, tx.Find("coupon", PromotionCodes.CouponOf(code))!, param);
        session.Value["discounts"] = new JsonArray(new JsonObject { ["coupon"] = null, ["promotion_code"] = code.Id });
    }

    private static void Allows(Transaction tx, Stored session, Stored coupon, string param)
    {
        if (!Coupons.IsValid(tx, coupon))
        {
            throw StripeException.Invalid($"Coupon expired: {coupon.Id}", param, "coupon_expired");
        }

        if (coupon.Inner["currency_options"] is JsonObject options && !options.ContainsKey(session.Value.Text("currency")!))
        {
            throw StripeException.Invalid($"The coupon `{coupon.Id}` has an amount off in {coupon.Value.Text("currency")}, which cannot be applied to an amount in {session.Value.Text("currency")}.", param);
        }
    }

    private static Stored? CouponOf(Transaction tx, JsonObject discount) => discount.Text("promotion_code") is { } id
        ? tx.Find("promotion_code", id) is { } code ? tx.Find("coupon", PromotionCodes.CouponOf(code)) : null
        : tx.Find("coupon", discount.Text("coupon")!);

    private static StripeException Wrong() => StripeException.Invalid("This code is invalid.", "promotion_code");
}
