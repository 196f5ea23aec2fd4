using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;
using Marketplace.StripeEmulator.Subscriptions;
using Marketplace.StripeEmulator.Webhooks;

namespace Marketplace.StripeEmulator.Rendering;

/// <summary>Stored objects as Stripe shows them: computed fields, the caller's API version, expansions.</summary>
public static class Renderer
{
    public static JsonNode Render(Transaction tx, Reply reply, string version, JsonArray? expand)
    {
        var body = reply switch
        {
            Reply.One one => Present(tx, one.Object, version),
            Reply.Many many => Page(tx, many, version),
            Reply.Raw raw => raw.Body,
            _ => throw new InvalidOperationException("A reply is one, many or raw."),
        };
        foreach (var path in expand ?? [])
        {
            Expansion.Expand(tx, body, path!.GetValue<string>(), version);
        }

        return body;
    }

    /// <summary>A copy of the object, whole, in the given version.</summary>
    public static JsonObject Present(Transaction tx, Stored stored, string version)
    {
        if (stored.Kind == "upcoming_invoice")
        {
            return (stored.Inner[version] ?? stored.Value).DeepClone().AsObject();
        }

        var json = stored.Value.Clone();
        switch (stored.Kind)
        {
            case SubscriptionView.Kind:
                SubscriptionView.Complete(tx, stored, json, version);
                break;
            case SubscriptionView.ItemKind:
                SubscriptionView.CompleteItem(tx, json, version);
                break;
            case "invoice":
                InvoiceView.Complete(tx, stored, json);
                break;
            case "event":
                json["pending_webhooks"] = Deliveries.Unheard(tx.Store, stored);
                break;
            case "coupon":
                json["valid"] = Coupons.IsValid(tx, stored);
                break;
            case "customer" when json["discount"] is not null:
                json["discount"] = Discounts.Current(tx, stored)?.Value.Clone();
                break;
            case "credit_note":
                CreditNotes.Complete(tx, stored, json);
                break;
            case "promotion_code":
                json["active"] = PromotionCodes.IsActive(tx, stored);
                break;
            case PortalSessions.Kind or PortalConfigurations.Kind or CheckoutSessions.Kind:
                PageObjects.Complete(tx, stored, json, version);
                break;
            case "balance_transaction":
                BalanceTransactions.Complete(tx, json);
                break;
            default:
                break;
        }

        return Versions.IsBeforeBasil(version) ? OlderVersions.Render(tx, stored, json, version) : json;
    }

    /// <summary>The objects that a refusal shows, in the caller's version.</summary>
    public static void Refusal(Transaction tx, JsonObject more, string version)
    {
        foreach (var name in (string[])["payment_intent", "payment_method", "setup_intent"])
        {
            if ((more[name] as JsonObject)?.Text("id") is { } id && tx.Find(name, id) is { } shown)
            {
                more[name] = Present(tx, shown, version);
            }
        }
    }

    /// <summary>A sub-list as objects embed it: the first ten, and where the rest is.</summary>
    public static JsonObject Embedded(Transaction tx, IEnumerable<Stored> all, string url, string version)
    {
        var some = all.Take(11).ToList();
        return new JsonObject
        {
            ["object"] = "list",
            ["data"] = new JsonArray([.. some.Take(10).Select(s => Present(tx, s, version))]),
            ["has_more"] = some.Count > 10,
            ["url"] = url,
        };
    }

    private static JsonObject Page(Transaction tx, Reply.Many many, string version)
    {
        var page = new JsonObject
        {
            ["object"] = many.Search ? "search_result" : "list",
            ["url"] = many.Url,
            ["has_more"] = many.HasMore,
            ["data"] = new JsonArray([.. many.Data.Select(s => Present(tx, s, version))]),
        };
        if (many.Search)
        {
            page["next_page"] = many.NextPage;
            if (many.TotalCount is { } total)
            {
                page[Reply.Many.Total] = total;
            }
        }

        return page;
    }
}
