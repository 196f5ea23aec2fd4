using System.Globalization;
using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>Mandates: the customer's word that a bank account may be debited. Cards need none.</summary>
public static class Mandates
{
    public static Reply Retrieve(Call call) => call.Named("mandate");

    /// <summary>The mandate of a bank account, made on first use; null for a card.</summary>
    public static string? For(Transaction tx, Stored method, JsonObject? sent)
    {
        var type = method.Value.Text("type")!;
        if (type == "card")
        {
            return null;
        }

        if (method.Inner.Text("mandate") is { } known)
        {
            return known;
        }

        var acceptance = sent?["customer_acceptance"] as JsonObject;
        var kind = acceptance?.Text("type") ?? "offline";
        var id = tx.Ids.New("mandate");
        tx.Add("mandate", id, new JsonObject
        {
            ["id"] = id, ["object"] = "mandate",
            ["customer_acceptance"] = new JsonObject { ["accepted_at"] = At(acceptance) ?? tx.Now, ["type"] = kind, [kind] = acceptance?[kind]?.DeepClone() ?? new JsonObject() },
            ["livemode"] = tx.Scope.Livemode, ["multi_use"] = new JsonObject(), ["payment_method"] = method.Id,
            ["payment_method_details"] = new JsonObject { ["type"] = type, [type] = Details(tx, type, id) },
            ["status"] = "active", ["type"] = "multi_use",
        });
        tx.Edit(method);
        method.Inner["mandate"] = id;
        return id;
    }

    private static JsonObject Details(Transaction tx, string type, string id) => type == "sepa_debit"
        ? new JsonObject { ["reference"] = tx.Ids.Letter(16).ToUpperInvariant(), ["url"] = $"{tx.Engine.PublicUrl}/mandates/{id}" }
        : new JsonObject { ["collection_method"] = "paper" };

    private static long? At(JsonObject? acceptance) =>
        long.TryParse(acceptance?["accepted_at"]?.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var at) ? at : null;
}
