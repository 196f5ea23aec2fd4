using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>A customer's balance: below zero is credit, above is owed. Every move is a transaction that cannot be changed.</summary>
public static class CustomerBalances
{
    public static Reply Create(Call call)
    {
        Parameters.NotEmulated(call);
        var customer = call.Named("customer", param: "customer");
        var currency = Currencies.Check(call.Text("currency")!);
        if (customer.Value.Text("currency") is { } used && used != currency)
        {
            throw StripeException.Invalid($"The customer's currency is {used}; you cannot combine currencies on a single customer.", "currency");
        }

        var change = new Change(call.Tx, customer);
        call.Tx.Edit(customer)["currency"] = currency;
        var moved = Move(call.Tx, customer, call.Number("amount")!.Value, "adjustment", null);
        Parameters.Copy(call, moved.Value, "description");
        Metadata.Merge(call, moved.Value);
        change.Emit("customer.updated");
        return moved;
    }

    public static Reply List(Call call)
    {
        var customer = call.Named("customer", param: "customer");
        return Paging.Referring(call, "customer_balance_transaction", "customer", customer.Id, $"/v1/customers/{customer.Id}/balance_transactions", s =>
            Paging.InRange(call, "created", s.Value["created"]) && Paging.Same(call, "invoice", s));
    }

    public static Reply Retrieve(Call call) => Of(call);

    public static Reply Update(Call call)
    {
        var stored = Of(call);
        var value = call.Tx.Edit(stored);
        Parameters.Copy(call, value, "description");
        Metadata.Merge(call, value);
        return stored;
    }

    /// <summary>Moves the balance by the amount and records it. The caller tells of the customer's change.</summary>
    public static Stored Move(Transaction tx, Stored customer, long amount, string type, string? invoice)
    {
        var value = tx.Edit(customer);
        var balance = value.Long("balance") + amount;
        value["balance"] = balance;
        var id = tx.Ids.New("cbtxn");
        return tx.Add("customer_balance_transaction", id, new JsonObject
        {
            ["id"] = id,
            ["object"] = "customer_balance_transaction",
            ["amount"] = amount,
            ["checkout_session"] = null,
            ["created"] = tx.Now,
            ["credit_note"] = null,
            ["currency"] = value.Text("currency") ?? "usd",
            ["customer"] = customer.Id,
            ["customer_account"] = null,
            ["description"] = null,
            ["ending_balance"] = balance,
            ["invoice"] = invoice,
            ["livemode"] = tx.Scope.Livemode,
            ["metadata"] = new JsonObject(),
            ["type"] = type,
        });
    }

    private static Stored Of(Call call)
    {
        call.Named("customer", param: "customer");
        var stored = call.Named("customer_balance_transaction", call.SubId);
        return stored.Value.Text("customer") == call.Id ? stored : throw StripeException.NotFound("customer_balance_transaction", call.SubId);
    }
}
