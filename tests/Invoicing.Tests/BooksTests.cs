using System.Net;
using System.Text.Json;
using Marketplace.Testing;
using Stripe;

namespace Marketplace.Invoicing.Tests;

/// <summary>What this service tells for the comparison of all services' books.</summary>
public sealed class BooksTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    private HttpClient Operator => app.ClientFor(TestCaller.Operator());

    [Fact]
    public async Task A_closure_is_taken_over_once_however_often_it_is_heard_also_when_it_costs_nothing()
    {
        var seller = await Seller.Open(app);
        var charged = seller.Approved(Plans.Of(model: "unit", unitAmount: "1"));
        var free = seller.Approved(Plans.Of(basePrice: 2500));
        await seller.Charge(charged);
        await seller.Charge(free);

        foreach (var closed in new[] { Seller.Closed(charged, 321, last: true), Seller.Closed(free, 70, last: true) })
        {
            await app.Make<ChargeClosedPeriod>().Handle(closed, default);
            await app.Make<ChargeClosedPeriod>().Handle(closed, default);
        }

        Assert.Equal(("transactions", 321L), await UnitsOf(charged.SubscriptionId));
        Assert.Equal(("transactions", 70L), await UnitsOf(free.SubscriptionId));
    }

    [Fact]
    public async Task What_Stripe_lists_with_our_metadata_is_told_page_by_page_and_nothing_else()
    {
        var seller = await Seller.Open(app);
        var id = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)));
        await seller.Until(id, "open");
        var stripe = app.Stripe.Client(seller.Account);
        for (var other = 0; other < 100; other++)
        {
            await stripe.V1.Customers.CreateAsync(new CustomerCreateOptions { Email = "someone@example.com" });
        }

        var first = await Operator.Get($"/v1/operations/invoicing/stripe-objects/{seller.Integration}/customer");
        Assert.Empty(first.GetProperty("data").EnumerateArray());
        var second = await Operator.Get($"/v1/operations/invoicing/stripe-objects/{seller.Integration}/customer?startingAfter={first.GetProperty("nextStartingAfter").GetString()}");
        Assert.Equal(JsonValueKind.Null, second.GetProperty("nextStartingAfter").ValueKind);
        var listed = Assert.Single(second.GetProperty("data").EnumerateArray());
        Assert.Equal(await seller.StripeId(listed.GetProperty("ourId").GetString()!), listed.GetProperty("stripeId").GetString());
        var recorded = (await Operator.Get("/v1/operations/invoicing/stripe-objects?limit=100")).GetProperty("data").EnumerateArray()
            .Single(entry => entry.GetProperty("ourId").GetString() == id);
        Assert.Equal((await seller.StripeId(id), "invoice", seller.Integration),
            (recorded.GetProperty("stripeId").GetString(), recorded.GetProperty("objectType").GetString(), recorded.GetProperty("integrationId").GetString()));
    }

    [Fact]
    public async Task An_invoice_s_total_is_told_with_its_tax_as_others_hear_it()
    {
        var seller = await Seller.Open(app);
        var approved = seller.Approved(Plans.Of(basePrice: 2500));
        var id = await seller.Charge(approved);
        await seller.Until(id, "open");
        await app.Database.Execute("update invoices set tax = 475 where id = $1", id);

        var book = (await Operator.Get("/v1/operations/invoicing/books?limit=100")).GetProperty("data").EnumerateArray()
            .Single(b => b.GetProperty("subscriptionId").GetString() == approved.SubscriptionId);
        Assert.Equal(2975, Assert.Single(book.GetProperty("invoices").EnumerateArray()).GetProperty("total").GetInt64());
    }

    [Fact]
    public async Task What_was_made_or_deleted_at_Stripe_and_what_no_key_reads_any_more_need_not_be_listed()
    {
        var invoice = await PaidInvoices.Paid(app);
        var made = await invoice.Client.V1.CreditNotes.CreateAsync(new CreditNoteCreateOptions { Invoice = invoice.StripeId, Amount = 600, RefundAmount = 600 });
        await invoice.Seller.Hear(made.Id, "credit_note.created", objectType: "credit_note");
        var customer = (await invoice.Client.V1.Invoices.GetAsync(invoice.StripeId)).CustomerId;
        Assert.Equal([(customer, true), (invoice.StripeId, true), (made.Id, false)], await Recorded());

        await invoice.Client.V1.Customers.DeleteAsync(customer);
        await invoice.Seller.Hear(customer, "customer.deleted", objectType: "customer");
        Assert.Equal([(customer, false), (invoice.StripeId, true), (made.Id, false)], await Recorded());

        await app.Database.Execute("update billing_integrations set deleted_at = now() where id = $1", invoice.Seller.Integration);
        Assert.All(await Recorded(), entry => Assert.False(entry.Listed));

        async Task<List<(string StripeId, bool Listed)>> Recorded()
        {
            var entries = (await Operator.Get("/v1/operations/invoicing/stripe-objects?limit=100")).GetProperty("data").EnumerateArray()
                .Where(e => e.GetProperty("integrationId").GetString() == invoice.Seller.Integration && e.GetProperty("objectType").GetString() != "refund");
            return [.. entries.Select(e => (Id: e.GetProperty("stripeId").GetString()!, Listed: e.GetProperty("listed").GetBoolean()))
                .OrderBy(e => e.Id == customer ? 0 : e.Id == invoice.StripeId ? 1 : 2)];
        }
    }

    [Fact]
    public async Task A_void_invoice_is_told_to_charge_nothing_and_refunds_are_not_listed()
    {
        var invoice = await PaidInvoices.Open(app);
        Assert.False(await Idle());
        await invoice.Client.V1.Invoices.VoidInvoiceAsync(invoice.StripeId);
        Assert.True(await Idle());
        await Operator.GetAsync($"/v1/operations/invoicing/stripe-objects/{invoice.Seller.Integration}/refund").ExpectProblem(HttpStatusCode.NotFound, "not_found");

        async Task<bool> Idle() => Assert.Single(
            (await Operator.Get($"/v1/operations/invoicing/stripe-objects/{invoice.Seller.Integration}/invoice")).GetProperty("data").EnumerateArray()).GetProperty("idle").GetBoolean();
    }

    [Fact]
    public async Task What_cannot_be_listed_is_refused_with_the_reason()
    {
        var seller = await Seller.Open(app);

        await Operator.GetAsync($"/v1/operations/invoicing/stripe-objects/{seller.Integration}/nothing").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await Operator.GetAsync("/v1/operations/invoicing/stripe-objects/bil_none/customer").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await Operator.GetAsync($"/v1/operations/invoicing/stripe-objects/{seller.Integration}/product").ExpectProblem(HttpStatusCode.Conflict, "stripe_list_refused");
        await seller.Owner.GetAsync("/v1/operations/invoicing/books").ExpectProblem(HttpStatusCode.Forbidden, "forbidden");
    }

    private async Task<(string?, long)> UnitsOf(string subscription)
    {
        var book = (await Operator.Get("/v1/operations/invoicing/books?limit=100")).GetProperty("data").EnumerateArray().Single(b => b.GetProperty("subscriptionId").GetString() == subscription);
        var units = Assert.Single(book.GetProperty("units").EnumerateArray());
        return (units.GetProperty("unit").GetString(), units.GetProperty("quantity").GetInt64());
    }
}
