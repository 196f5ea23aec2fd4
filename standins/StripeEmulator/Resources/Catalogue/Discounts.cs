using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>
/// A coupon redeemed by someone for something: a customer, a subscription, an invoice or one of its items. It keeps the coupon as it
/// was, so that deleting the coupon changes nothing.
/// </summary>
public static class Discounts
{
    /// <summary>
    /// The ids for a list of <c>coupon</c>, <c>promotion_code</c> or <c>discount</c>; each coupon redeemed becomes a discount of the
    /// named field (invoice, invoice_item, subscription, subscription_item). Null clears.
    /// </summary>
    public static JsonArray Redeem(Call call, JsonNode? sent, string param, Stored customer, string field, string id, string? currency = null)
    {
        var list = new JsonArray();
        var at = 0;
        foreach (var each in sent as JsonArray ?? [])
        {
            var (one, prefix) = (each!.AsObject(), $"{param}[{at++}]");
            if (one.Count != 1)
            {
                throw one.Count == 0 ? StripeException.Missing($"{prefix}[coupon]") : StripeException.Exclusive(one.First().Key, one.Skip(1).First().Key);
            }

            list.Add(one.Text("discount") is { } known
                ? call.Referred("discount", known, $"{prefix}[discount]").Id
                : Add(call, one, prefix, customer, field, id, currency).Id);
        }

        return list;
    }

    /// <summary>Redeems the coupon or promotion code that the hash names.</summary>
    public static Stored Add(Call call, JsonObject sent, string prefix, Stored? customer, string field, string id, string? currency = null)
    {
        var tx = call.Tx;
        var (coupon, code, name) = sent.Text("promotion_code") is { } promo
            ? ((Stored?)null, call.Referred("promotion_code", promo, ParameterCheck.Name(prefix, "promotion_code")), ParameterCheck.Name(prefix, "promotion_code"))
            : (call.Referred("coupon", sent.Text("coupon") ?? throw StripeException.Missing(ParameterCheck.Name(prefix, "coupon")), ParameterCheck.Name(prefix, "coupon")), null, ParameterCheck.Name(prefix, "coupon"));
        coupon ??= PromotionCodes.Redeem(tx, code!, customer, name);
        if (currency is not null && coupon.Inner["currency_options"] is JsonObject options && !options.ContainsKey(currency))
        {
            throw StripeException.Invalid($"The coupon `{coupon.Id}` has an amount off in {coupon.Value.Text("currency")}, which cannot be applied to an amount in {currency}.", name);
        }

        Coupons.Redeem(tx, coupon, name);
        return Add(tx, coupon, code?.Id, customer?.Id, field, id);
    }

    /// <summary>When it ends, for a coupon of some months.</summary>
    public static long? EndOf(JsonObject coupon, long start) => coupon.Text("duration") == "repeating"
        ? DateTimeOffset.FromUnixTimeSeconds(start).AddMonths((int)coupon.Long("duration_in_months")).ToUnixTimeSeconds()
        : null;

    /// <summary>The coupon as it was when redeemed.</summary>
    public static JsonObject CouponOf(Stored discount) => discount.Inner["coupon"]!.AsObject();

    public static bool IsOver(Stored discount, long now) => discount.Value["end"] is not null && discount.Value.Long("end") <= now;

    /// <summary>Puts a coupon on the customer, in the place of the one before; an empty one takes it off.</summary>
    public static void OfCustomer(Call call, Stored customer)
    {
        var name = call.Has("promotion_code") ? "promotion_code" : "coupon";
        var tx = call.Tx;
        if (call.Text(name) is null)
        {
            End(tx, customer);
            return;
        }

        var before = Current(tx, customer);
        var added = Add(call, call.Params, "", customer, "customer", customer.Id);
        tx.Edit(customer)["discount"] = added.Value.Clone();
        if (before is null)
        {
            Events.Emit(tx, "customer.discount.created", added);
            return;
        }

        Events.Emit(tx, "customer.discount.updated", added, before.Value.Clone());
        tx.Remove(before);
    }

    /// <summary>DELETE /v1/customers/{id}/discount.</summary>
    public static Reply DeleteOfCustomer(Call call)
    {
        var customer = call.Named("customer", param: "customer");
        var discount = Current(call.Tx, customer)
            ?? throw new StripeException(404, "invalid_request_error", "resource_missing", $"No active discount for customer: {customer.Id}", "customer");
        var change = new Change(call.Tx, customer);
        End(call.Tx, customer);
        change.Emit("customer.updated");
        var gone = Rendering.Renderer.Present(call.Tx, discount, call.Version);
        gone.Remove("end");
        gone["deleted"] = true;
        return gone;
    }

    /// <summary>The customer's own discount, while it lasts.</summary>
    public static Stored? Current(Transaction tx, Stored customer) =>
        (customer.Value["discount"] as JsonObject)?.Text("id") is { } id && tx.Find("discount", id) is { } discount && !IsOver(discount, tx.Now) ? discount : null;

    /// <summary>Takes the customer's discount off.</summary>
    public static void End(Transaction tx, Stored customer)
    {
        if ((customer.Value["discount"] as JsonObject)?.Text("id") is { } id && tx.Find("discount", id) is { } discount)
        {
            tx.Edit(customer)["discount"] = null;
            tx.Edit(discount)["end"] = tx.Now;
            Events.Emit(tx, "customer.discount.deleted", discount);
        }
    }

    private static Stored Add(Transaction tx, Stored coupon, string? code, string? customer, string field, string id)
    {
        var key = tx.Ids.New("di");
        var discount = new JsonObject
        {
            ["id"] = key, ["object"] = "discount", ["checkout_session"] = null, ["customer"] = customer, ["customer_account"] = null, ["end"] = EndOf(coupon.Value, tx.Now),
            ["invoice"] = null, ["invoice_item"] = null, ["promotion_code"] = code, ["source"] = new JsonObject { ["coupon"] = coupon.Id, ["type"] = "coupon" },
            ["start"] = tx.Now, ["subscription"] = null, ["subscription_item"] = null,
        };
        discount[field] = id;
        var kept = coupon.Value.Clone();
        var inner = new JsonObject { ["coupon"] = kept };
        foreach (var name in (string[])["applies_to", "currency_options"])
        {
            if (coupon.Inner[name] is { } value)
            {
                inner[name] = value.DeepClone();
            }
        }

        return tx.Add("discount", key, discount, inner);
    }
}
