using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>
/// The account's own money: one balance transaction for every movement, and the balance that they sum up to. Nothing is charged
/// for a payment here, so that fees are zero and net is the amount.
/// </summary>
public static class BalanceTransactions
{
    private const string Url = "/v1/balance_transactions";
    private const long HeldSeconds = 2 * 86_400;

    /// <summary>What a card brought in is held for two days, everything else counts at once.</summary>
    public static string Record(Transaction tx, string type, long amount, string currency, string source, string? description, bool held = false)
    {
        var id = tx.Ids.New("txn");
        tx.Add("balance_transaction", id, new JsonObject
        {
            ["id"] = id, ["object"] = "balance_transaction", ["amount"] = amount, ["available_on"] = held ? tx.Now + HeldSeconds : tx.Now, ["balance_type"] = "payments",
            ["created"] = tx.Now, ["currency"] = currency, ["description"] = description, ["exchange_rate"] = null, ["fee"] = 0, ["fee_details"] = new JsonArray(),
            ["net"] = amount, ["reporting_category"] = Category(type, amount), ["source"] = source, ["status"] = "pending", ["type"] = type,
        });
        return id;
    }

    /// <summary>Pending money becomes available by the clock alone.</summary>
    public static void Complete(Transaction tx, JsonObject json) => json["status"] = Available(tx, json) ? "available" : "pending";

    public static Reply Balance(Call call)
    {
        var tx = call.Tx;
        var all = tx.Store.OfKind(tx.Scope, "balance_transaction").Select(s => s.Value).ToList();
        var currencies = all.Select(t => t.Text("currency")!).Append(Accounts.Of(tx).Text("default_currency")!).Distinct().Order(StringComparer.Ordinal).ToList();
        JsonArray Sums(bool available) => new([.. currencies.Select(currency => (JsonNode)Sum(all.Where(t => t.Text("currency") == currency && Available(tx, t) == available), currency))]);
        return new JsonObject
        {
            ["object"] = "balance",
            ["available"] = Sums(true),
            ["livemode"] = tx.Scope.Livemode,
            ["pending"] = Sums(false),
        };
    }

    public static Reply Retrieve(Call call) => call.Named("balance_transaction");

    public static Reply List(Call call)
    {
        Parameters.NotEmulated(call, "payout");
        return Paging.List(call, "balance_transaction", Url, s =>
            Paging.InRange(call, "created", s.Value["created"]) && Paging.Same(call, "currency", s) && Paging.Same(call, "source", s) && Paging.Same(call, "type", s));
    }

    private static bool Available(Transaction tx, JsonObject transaction) => transaction.Long("available_on") <= tx.Now;

    private static JsonObject Sum(IEnumerable<JsonObject> transactions, string currency)
    {
        var (card, bank) = (0L, 0L);
        foreach (var transaction in transactions)
        {
            if (transaction.Text("type")!.StartsWith("payment", StringComparison.Ordinal))
            {
                bank += transaction.Long("net");
            }
            else
            {
                card += transaction.Long("net");
            }
        }

        var types = new JsonObject { ["card"] = card };
        if (bank != 0)
        {
            types["bank_account"] = bank;
        }

        return new JsonObject { ["amount"] = card + bank, ["currency"] = currency, ["source_types"] = types };
    }

    private static string Category(string type, long amount) => type switch
    {
        "payment" => "charge",
        "payment_refund" => "refund",
        "adjustment" => amount < 0 ? "dispute" : "dispute_reversal",
        "payment_failure_refund" or "refund_failure" => "refund_failure",
        _ => type,
    };
}
