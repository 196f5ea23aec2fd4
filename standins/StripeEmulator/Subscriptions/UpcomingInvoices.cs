using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;

namespace Marketplace.StripeEmulator.Subscriptions;

/// <summary>GET /v1/invoices/upcoming: what versions before 2025-03-31.basil had for the preview, with names of its own.</summary>
public static class UpcomingInvoices
{
    private const string Prefix = "subscription_";

    public static Reply Retrieve(Call call) => Preview.Create(Renamed(call));

    /// <summary>The first lines of it; a preview keeps no ids to page by.</summary>
    public static Reply Lines(Call call)
    {
        Parameters.NotEmulated(call, "starting_after", "ending_before");
        var shown = (Reply.Raw)Preview.Create(Renamed(call));
        var lines = shown.Body["lines"]!.AsObject().Clone();
        lines["url"] = "/v1/invoices/upcoming/lines";
        var limit = (int)Paging.Limit(call);
        var data = lines["data"]!.AsArray();
        lines["has_more"] = lines.Is("has_more") || data.Count > limit;
        while (data.Count > limit)
        {
            data.RemoveAt(data.Count - 1);
        }

        return lines;
    }

    private static Call Renamed(Call call)
    {
        if (!Versions.IsBeforeBasil(call.Version))
        {
            throw StripeException.NotFound("invoice", "upcoming", "invoice");
        }

        var (sent, details) = (new JsonObject(), call.Hash("subscription_details")?.Clone() ?? []);
        foreach (var (name, value) in call.Params)
        {
            if (name == "coupon")
            {
                sent["discounts"] = value is null ? new JsonArray() : new JsonArray(new JsonObject { ["coupon"] = value.DeepClone() });
            }
            else if (name.StartsWith(Prefix, StringComparison.Ordinal) && name != "subscription_details")
            {
                details[name[Prefix.Length..]] = value?.DeepClone();
            }
            else if (name is not ("expand" or "limit"))
            {
                sent[name] = value?.DeepClone();
            }
        }

        if (details.Count > 0)
        {
            sent["subscription_details"] = details;
        }

        return new Call(call.Tx, sent, [""], call.Version, call.Key);
    }
}
