using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Testing;
using Stripe;

namespace Marketplace.Invoicing.Tests;

/// <summary>A seller whose key may do all that payment life needs, and one invoice of it.</summary>
internal sealed record PaidInvoices(InvoicingApp App, Seller Seller, SubscriptionApproved Approved, string Id, string StripeId, StripeClient Client)
{
    public static readonly IReadOnlyDictionary<string, string> Permissions = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["customer"] = "write", ["invoice"] = "write", ["credit_note"] = "write", ["charge"] = "read", ["dispute"] = "read", ["payment_intent"] = "read",
    };

    /// <summary>An invoice over 25.00 USD, open at Stripe.</summary>
    public static async Task<PaidInvoices> Open(InvoicingApp app, PlanSnapshot? plan = null)
    {
        var seller = await Seller.Open(app);
        await app.Stripe.Permit(seller.Key, Permissions);
        var approved = seller.Approved(plan ?? Plans.Of(basePrice: 2500));
        var id = await seller.Charge(approved);
        await seller.Until(id, "open");
        return new(app, seller, approved, id, await seller.StripeId(id), app.Stripe.Client(seller.Account));
    }

    /// <summary>The same, paid by card and known to be.</summary>
    public static async Task<PaidInvoices> Paid(InvoicingApp app, string card = "4242424242424242", PlanSnapshot? plan = null)
    {
        var open = await Open(app, plan);
        await app.Stripe.Pay(await open.Url(), card);
        await open.Hear("invoice.paid");
        return open;
    }

    /// <summary>Another invoice of the same customer, open at Stripe, which begins with a balance: above zero it takes over what an earlier one left there, below zero that pays a part of it.</summary>
    public async Task<PaidInvoices> Next(long price, long balance)
    {
        var customer = (await Client.V1.Invoices.GetAsync(StripeId)).CustomerId;
        await Client.V1.Customers.BalanceTransactions.CreateAsync(customer, new CustomerBalanceTransactionCreateOptions { Amount = balance, Currency = "usd" });
        var approved = Seller.Approved(Plans.Of(basePrice: price), Approved.OrganizationId);
        var id = await Seller.Charge(approved);
        await Seller.Until(id, "open");
        return this with { Id = id, StripeId = await Seller.StripeId(id), Approved = approved };
    }

    /// <summary>A payment of a part of an open invoice, made at Stripe.</summary>
    public static async Task PayInPart(StripeClient client, string stripeId, long amount)
    {
        var intent = await client.V1.PaymentIntents.CreateAsync(new PaymentIntentCreateOptions
        {
            Amount = amount, Currency = "usd", PaymentMethod = "pm_card_visa", PaymentMethodTypes = ["card"], Confirm = true,
        });
        await client.V1.Invoices.AttachPaymentAsync(stripeId, new InvoiceAttachPaymentOptions { PaymentIntent = intent.Id });
    }

    public async Task<string> Url() => (await Read()).GetProperty("hostedInvoiceUrl").GetString()!;

    public Task<JsonElement> Read() => Seller.Invoice(Id);

    public async Task<long> Amount(string name) => (await Read()).GetProperty(name).GetProperty("amount").GetInt64();

    public Task Hear(string type = "invoice.updated") => Seller.Hear(StripeId, type);

    public async Task<string> Intent() =>
        (await Client.V1.InvoicePayments.ListAsync(new InvoicePaymentListOptions { Invoice = StripeId })).Data.Single(p => p.IsDefault).Payment.PaymentIntentId;

    public async Task<List<JsonElement>> Notes() => [.. (await Seller.Owner.Get($"/v1/credit-notes?invoice={Id}")).GetProperty("data").EnumerateArray()];

    /// <summary>Waits until no credit note is pending.</summary>
    public Task<List<JsonElement>> SettledNotes() => Eventually.Until(
        Look, notes => notes.Count > 0 && notes.All(n => n.GetProperty("status").GetString() != "pending"), "no credit note is pending", TimeSpan.FromSeconds(60));

    private async Task<List<JsonElement>> Look()
    {
        await App.Turn();
        return await Notes();
    }

    public async Task<long> RefundedAtStripe() =>
        (await Client.V1.Refunds.ListAsync(new RefundListOptions { PaymentIntent = await Intent(), Limit = 100 })).Data.Where(r => r.Status is "succeeded" or "pending").Sum(r => r.Amount);
}
