using System.Globalization;
using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;
using Marketplace.StripeEmulator.Subscriptions;

namespace Marketplace.StripeEmulator.Pages;

/// <summary>Changing the plan in the portal: to the prices and quantities that the configuration offers, prorated as it says.</summary>
public static class PortalPlans
{
    private const string Feature = "subscription_update";

    public static Task<IResult> Choose(Engine engine, string token, string id) => Visit.Run(engine, token, Feature, visit => Choices(visit, visit.Subscription(id)));

    public static Task<IResult> Review(Engine engine, HttpRequest request, string token, string id) => Visit.Run(engine, token, Feature, visit =>
    {
        var (query, asked) = (request.Query, visit.Session.Value["flow"]?["subscription_update_confirm"]?["items"]?[0] as JsonObject);
        var price = query.ContainsKey("price") ? query["price"].ToString() : asked?.Text("price");
        var quantity = query.ContainsKey("quantity") ? query["quantity"].ToString() : asked?["quantity"]?.ToString();
        return Confirmation(visit, visit.Subscription(id), price, quantity, query["promotion_code"].ToString());
    });

    public static async Task<IResult> Update(Engine engine, HttpRequest request, string token, string id)
    {
        var form = await request.Form();
        try
        {
            return await Visit.Run(engine, token, Feature, visit =>
            {
                var subscription = visit.Subscription(id);
                SubscriptionUpdate.Update(InnerCall.Of(visit.Tx, Change(visit, subscription, form.Field("price"), form.Field("quantity"), form.Field("promotion_code"), top: true), [id]));
                return Waiting(visit, subscription) is { } intent ? SeeOther.To($"/authenticate/{intent}") : visit.Done("Your plan was updated");
            });
        }
        catch (StripeException refusal)
        {
            await refusal.Durable;
            return await Visit.Run(engine, token, Feature, visit => Refused(visit, refusal.Message));
        }
    }

    /// <summary>What a subscription is of, as people read it.</summary>
    public static string Name(Visit visit, Stored subscription) => string.Join(", ", SubscriptionView.Items(visit.Tx, subscription).Select(item =>
    {
        var price = SubscriptionView.Price(visit.Tx, item);
        return (SubscriptionView.Quantity(item) is > 1 and var many ? $"{many} × " : "") + Of(visit.Tx, price);
    }));

    /// <summary>Whether the configuration offers this subscription anything else.</summary>
    public static bool IsOffered(Visit visit, Stored subscription) =>
        visit.Feature(Feature).Is("enabled") && subscription.Value.Text("status") is "active" or "trialing" or "past_due" && SubscriptionView.Items(visit.Tx, subscription).Count == 1;

    /// <summary>A price with its product: <c>Gold, 20.00 USD every month</c>.</summary>
    public static string Of(Transaction tx, Stored price)
    {
        var value = price.Value;
        var amount = value["unit_amount"] is null ? "" : $", {Currencies.Show(value.Long("unit_amount"), value.Text("currency")!)}";
        return $"{tx.Find("product", value.Text("product")!)?.Value.Text("name")}{amount} {Every(value)}";
    }

    /// <summary>How often a price recurs.</summary>
    public static string Every(JsonObject price)
    {
        if (price["recurring"] is not JsonObject recurring)
        {
            return "";
        }

        var (count, usage) = (recurring.Long("interval_count"), recurring.Text("usage_type") == "metered" ? "by usage, " : "");
        return $"{usage}every {(count == 1 ? recurring.Text("interval") : $"{count} {recurring.Text("interval")}s")}";
    }

    private static bool Allows(Visit visit, string what) => visit.Feature(Feature)["default_allowed_updates"]!.AsArray().Any(u => u!.GetValue<string>() == what);

    private static List<Stored> Offered(Visit visit, Stored subscription) =>
    [
        .. (visit.Feature(Feature)["products"] as JsonArray ?? []).SelectMany(p => p!["prices"]!.AsArray()).Select(p => visit.Tx.Find("price", p!.GetValue<string>())).OfType<Stored>()
            .Where(p => p.Value.Is("active") && p.Value["recurring"] is not null && p.Value.Text("currency") == subscription.Value.Text("currency")),
    ];

    private static JsonObject? Adjustable(Visit visit, Stored price) => Allows(visit, "quantity") && !SubscriptionView.IsMetered(price)
        ? ((visit.Feature(Feature)["products"] as JsonArray ?? []).FirstOrDefault(p => p!["product"]!.GetValue<string>() == price.Value.Text("product"))?["adjustable_quantity"] as JsonObject) is { } own && own.Is("enabled")
            ? own
            : new JsonObject { ["minimum"] = 1, ["maximum"] = null }
        : null;

    private static IResult Choices(Visit visit, Stored subscription)
    {
        var item = SubscriptionView.Items(visit.Tx, subscription)[0];
        var current = SubscriptionView.Price(visit.Tx, item);
        var prices = Allows(visit, "price") ? Offered(visit, subscription) : [];
        if (prices.TrueForAll(p => p.Id != current.Id))
        {
            prices.Insert(0, current);
        }

        var choices = string.Concat(prices.Select(p => $"""<label class="choice"><input type="radio" name="price" value="{p.Id}"{(p.Id == current.Id ? " checked" : "")}><span>{Html.E(Of(visit.Tx, p))}{(p.Id == current.Id ? """ <span class="badge">Current</span>""" : "")}</span></label>"""));
        var quantity = Adjustable(visit, current) is not { } range ? "" : $"""
            <label for="quantity">Quantity</label>
            <input id="quantity" name="quantity" type="number" inputmode="numeric" min="{range["minimum"]}"{(range["maximum"] is { } most ? $" max=\"{most}\"" : "")} value="{item.Value["quantity"]}" required>
            """;
        var code = !Allows(visit, "promotion_code") ? "" : """<label for="promotion_code">Promotion code</label><input id="promotion_code" name="promotion_code" type="text" autocomplete="off">""";
        return Html.Page("Change your plan", $"""
            <p><a id="back" href="{visit.Path}?home=1">Back to the portal</a></p>
            <h1>Change your plan</h1>
            <form id="plan-form" method="get" action="{visit.Path}/subscriptions/{subscription.Id}/confirm">
            <fieldset><legend>Plan</legend>{choices}</fieldset>
            {quantity}{code}
            <button id="continue" type="submit">Continue</button>
            </form>
            """);
    }

    /// <summary>What the choice means as parameters of an update; refuses what the configuration does not offer.</summary>
    private static JsonObject Change(Visit visit, Stored subscription, string? price, string? quantity, string? code, bool top)
    {
        var (tx, feature, item) = (visit.Tx, visit.Feature(Feature), SubscriptionView.Items(visit.Tx, subscription)[0]);
        var current = SubscriptionView.Price(tx, item);
        var chosen = string.IsNullOrEmpty(price) || price == current.Id ? current
            : Allows(visit, "price") ? Offered(visit, subscription).Find(p => p.Id == price) ?? throw new PageMissingException() : throw new PageMissingException();
        var sent = new JsonObject { ["id"] = item.Id, ["price"] = chosen.Id };
        if (!string.IsNullOrEmpty(quantity) && Adjustable(visit, chosen) is { } range)
        {
            sent["quantity"] = long.TryParse(quantity, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count >= range.Long("minimum") && (range["maximum"] is null || count <= range.Long("maximum"))
                ? count
                : throw StripeException.Invalid($"Choose a quantity of at least {range["minimum"]}{(range["maximum"] is { } most ? $" and at most {most}" : "")}.", "quantity");
        }

        var change = new JsonObject { ["items"] = new JsonArray(sent), ["proration_behavior"] = feature.Text("proration_behavior") };
        if (feature.Text("billing_cycle_anchor") is { } anchor)
        {
            change["billing_cycle_anchor"] = anchor;
        }

        if (subscription.Value.Text("status") == "trialing" && feature.Text("trial_update_behavior") == "end_trial")
        {
            change["trial_end"] = "now";
        }

        if (top && !string.IsNullOrEmpty(code) && Allows(visit, "promotion_code"))
        {
            var typed = PromotionCodes.Typed(tx, code, visit.Customer.Id) ?? throw StripeException.Invalid("This code is invalid.", "promotion_code");
            change["discounts"] = new JsonArray(new JsonObject { ["promotion_code"] = typed.Id });
        }

        return change;
    }

    private static IResult Confirmation(Visit visit, Stored subscription, string? price, string? quantity, string? code)
    {
        var (before, path) = (Name(visit, subscription), visit.Path);
        JsonObject change;
        JsonObject? next;
        try
        {
            change = Change(visit, subscription, price, quantity, code, top: true);
            next = Next(visit, subscription, Change(visit, subscription, price, quantity, code, top: false));
        }
        catch (StripeException refusal)
        {
            return Refused(visit, refusal.Message);
        }

        var item = change["items"]![0]!.AsObject();
        var chosen = visit.Tx.Find("price", item.Text("price")!)!;
        var count = item["quantity"] is { } many ? many.Long() : SubscriptionView.IsMetered(chosen) ? 1 : SubscriptionView.Items(visit.Tx, subscription)[0].Value.Long("quantity");
        var now = change.Text("proration_behavior") == "always_invoice" || change["trial_end"] is not null || change.Text("billing_cycle_anchor") == "now"
            || Period.Of(chosen.Value) != Period.Of(SubscriptionView.Price(visit.Tx, SubscriptionView.Items(visit.Tx, subscription)[0]).Value);
        return Html.Page("Confirm your plan", $"""
            <p><a id="back" href="{path}/subscriptions/{subscription.Id}/update">Choose another plan</a></p>
            <h1>Confirm your plan</h1>
            <dl class="pairs">
            <dt>Now</dt><dd id="before">{Html.E(before)}</dd>
            <dt>Then</dt><dd id="after">{Html.E((count > 1 ? $"{count} × " : "") + Of(visit.Tx, chosen))}</dd>
            {(next is null ? "" : $"""<dt>{(now ? "Due now" : "Next invoice")}</dt><dd id="amount">{Currencies.Show(next.Long("amount_due"), next.Text("currency")!)}</dd>""")}
            </dl>
            <form id="confirm-form" method="post" action="{path}/subscriptions/{subscription.Id}/confirm">
            <input type="hidden" name="price" value="{chosen.Id}"><input type="hidden" name="quantity" value="{item["quantity"]}"><input type="hidden" name="promotion_code" value="{Html.E(code)}">
            <button id="confirm-update" type="submit">Confirm</button>
            </form>
            """);
    }

    private static JsonObject? Next(Visit visit, Stored subscription, JsonObject details)
    {
        try
        {
            return ((Reply.Raw)Preview.Create(InnerCall.Of(visit.Tx, new JsonObject { ["subscription"] = subscription.Id, ["subscription_details"] = details }, []))).Body;
        }
        catch (StripeException none) when (none.Code == "invoice_upcoming_none")
        {
            return null;
        }
    }

    /// <summary>The intent of the change's invoice when its payment waits for the person.</summary>
    private static string? Waiting(Visit visit, Stored subscription) =>
        subscription.Value.Text("latest_invoice") is { } id && visit.Tx.Find("invoice", id) is { } invoice && invoice.Value.Text("status") == "open"
        && Settlement.Intent(visit.Tx, invoice) is { } intent && intent.Value.Text("status") == "requires_action" ? intent.Id : null;

    private static IResult Refused(Visit visit, string message) => Html.Page("Your plan was not changed", $"""
        <h1>Your plan was not changed</h1>
        {Html.Error(message)}
        <p><a id="back" href="{visit.Path}?home=1">Back to the portal</a></p>
        """, 400);
}
