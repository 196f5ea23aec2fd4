using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;
using Marketplace.StripeEmulator.Subscriptions;

namespace Marketplace.StripeEmulator.Pages;

/// <summary>Cancelling in the portal, at once or at the end of the period as the configuration says, and taking it back while there is time.</summary>
public static class PortalCancel
{
    private const string Feature = "subscription_cancel";

    private static readonly Dictionary<string, string> Reasons = new(StringComparer.Ordinal)
    {
        ["too_expensive"] = "It is too expensive", ["missing_features"] = "Features that I need are missing", ["switched_service"] = "I found something else",
        ["unused"] = "I do not use it", ["customer_service"] = "The customer service was not good", ["too_complex"] = "It is too complex",
        ["low_quality"] = "The quality was not good", ["other"] = "Another reason",
    };

    public static Task<IResult> Show(Engine engine, string token, string id) => Visit.Run(engine, token, Feature, visit =>
    {
        var subscription = visit.Subscription(id);
        return IsEnding(subscription) ? SeeOther.To(visit.Path + "?home=1") : Form(visit, subscription);
    });

    public static async Task<IResult> Cancel(Engine engine, HttpRequest request, string token, string id)
    {
        var form = await request.Form();
        return await Visit.Run(engine, token, Feature, visit =>
        {
            var (subscription, feature) = (visit.Subscription(id), visit.Feature(Feature));
            var details = Details(feature["cancellation_reason"]!.AsObject(), form);
            if (IsEnding(subscription))
            {
                return SeeOther.To(visit.Path + "?home=1");
            }

            if (feature.Text("mode") == "immediately")
            {
                var proration = feature.Text("proration_behavior");
                SubscriptionEnd.Delete(InnerCall.Of(visit.Tx, new JsonObject { ["cancellation_details"] = details, ["prorate"] = proration != "none", ["invoice_now"] = proration == "always_invoice" }, [id]));
            }
            else
            {
                // In flexible billing mode the portal sets the date and not the flag, which stays the API's and the dashboard's.
                (string Name, JsonNode Value) end = BillingMode.IsFlexible(subscription) ? ("cancel_at", "max_period_end") : ("cancel_at_period_end", true);
                SubscriptionUpdate.Update(InnerCall.Of(visit.Tx, new JsonObject { [end.Name] = end.Value, ["cancellation_details"] = details }, [id]));
            }

            return visit.Done("Your plan was canceled");
        });
    }

    public static Task<IResult> Renew(Engine engine, string token, string id) => Visit.Run(engine, token, Feature, visit =>
    {
        if (MayRenew(visit.Subscription(id)))
        {
            SubscriptionUpdate.Update(InnerCall.Of(visit.Tx, new JsonObject { ["cancel_at_period_end"] = false }, [id]));
        }

        return SeeOther.To(visit.Path + "?home=1");
    });

    public static bool IsEnding(Stored subscription) => subscription.Value.Is("cancel_at_period_end") || subscription.Value["cancel_at"] is not null;

    /// <summary>Whether a cancellation that was asked for can be taken back here: by its flag, and in flexible billing mode by its date too.</summary>
    public static bool MayRenew(Stored subscription) => subscription.Value.Is("cancel_at_period_end") || (BillingMode.IsFlexible(subscription) && IsEnding(subscription));

    private static JsonObject? Details(JsonObject asked, IFormCollection form)
    {
        var reason = form.Field("reason");
        var known = asked.Is("enabled") && asked["options"]!.AsArray().Any(o => o!.GetValue<string>() == reason);
        var details = new JsonObject();
        if (known)
        {
            details["feedback"] = reason;
        }

        if (asked.Is("enabled") && form.Field("comment") is { Length: > 0 } comment)
        {
            details["comment"] = comment;
        }

        return details.Count == 0 ? null : details;
    }

    private static IResult Form(Visit visit, Stored subscription)
    {
        var (feature, plan) = (visit.Feature(Feature), PortalPlans.Name(visit, subscription));
        var asked = feature["cancellation_reason"]!.AsObject();
        var reasons = !asked.Is("enabled") ? "" : $"""
            <fieldset><legend>Why do you cancel?</legend>
            {string.Concat(asked["options"]!.AsArray().Select(o => o!.GetValue<string>()).Select(o => $"""<label class="choice"><input type="radio" name="reason" value="{o}"><span>{Reasons[o]}</span></label>"""))}
            </fieldset>
            <label for="comment">Anything else?</label><textarea id="comment" name="comment" rows="3" autocomplete="off"></textarea>
            """;
        var end = feature.Text("mode") == "immediately"
            ? "It ends at once."
            : $"You can use it until <strong>{Html.Date(subscription.Inner["period_end"].Long())}</strong>. Until then you can take the cancellation back.";
        return Html.Page("Cancel your plan", $"""
            <p><a id="back" href="{visit.Path}?home=1">Back to the portal</a></p>
            <h1>Cancel your plan</h1>
            <p id="plan">{Html.E(plan)}</p>
            <p>{end}</p>
            <form id="cancel-form" method="post" action="{visit.Path}/subscriptions/{subscription.Id}/cancel">
            {reasons}
            <button id="confirm-cancel" type="submit">Cancel the plan</button>
            </form>
            """);
    }
}
