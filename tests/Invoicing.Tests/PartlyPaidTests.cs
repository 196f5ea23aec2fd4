using System.Net;
using Marketplace.Testing;

namespace Marketplace.Invoicing.Tests;

/// <summary>Stripe voids no invoice that was paid in part.</summary>
public sealed class PartlyPaidTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_was_paid_in_part_for_a_subscription_that_never_began_goes_back_and_its_lane_goes_on(bool heard)
    {
        var invoice = await PaidInvoices.Open(app);
        await Pay(invoice, 1000, heard);

        await app.Make<VoidOnCancellation>().Handle(new(invoice.Approved.SubscriptionId, invoice.Approved.OrganizationId, "never_paid", app.Clock.GetUtcNow()), default);

        await invoice.Seller.Until(invoice.Id, "paid");
        await Eventually.Until(async () => (await invoice.Seller.Jobs()).Count == 0, "nothing is left to do", TimeSpan.FromSeconds(60));
        var notes = (await invoice.SettledNotes()).Select(n => (
            n.GetProperty("kind").GetString(), n.GetProperty("origin").GetString(), n.GetProperty("status").GetString(), n.GetProperty("amount").GetProperty("amount").GetInt64()));
        Assert.Equal([("balance", "late_payment", "issued", 1000L), ("reduction", "void", "issued", 1500L)], notes.Order());
        var customer = (await invoice.Client.V1.Invoices.GetAsync(invoice.StripeId)).CustomerId;
        Assert.Equal(-1000, (await invoice.Client.V1.Customers.GetAsync(customer)).Balance);
        await Behind(invoice);
    }

    [Fact]
    public async Task What_it_took_over_from_the_balance_cannot_be_credited_so_that_it_waits_for_a_person()
    {
        var invoice = await (await PaidInvoices.Paid(app)).Next(2500, balance: 1500);
        await Pay(invoice, 1000, heard: true);

        await app.Make<VoidOnCancellation>().Handle(new(invoice.Approved.SubscriptionId, invoice.Approved.OrganizationId, "never_paid", app.Clock.GetUtcNow()), default);

        await Refused(invoice);
        Assert.Empty(await invoice.Notes());
        await Behind(invoice);
    }

    [Fact]
    public async Task A_provider_is_told_that_a_partly_paid_invoice_is_credited_and_not_voided()
    {
        var invoice = await PaidInvoices.Open(app);
        await Pay(invoice, 1000, heard: true);
        await invoice.Seller.Owner.Post($"/v1/invoices/{invoice.Id}/void").ExpectProblem(HttpStatusCode.Conflict, "invoice_partly_paid");
        Assert.Empty(await invoice.Seller.Jobs());

        // What the refusal says to do.
        await invoice.Seller.Owner.Post($"/v1/invoices/{invoice.Id}/credit").Expect(HttpStatusCode.Accepted);
        await invoice.Seller.Until(invoice.Id, "paid");
        await invoice.Seller.Owner.Post($"/v1/invoices/{invoice.Id}/refund").Expect(HttpStatusCode.Accepted);
        await invoice.SettledNotes();
        Assert.Equal(1000, await invoice.Amount("amountRefunded"));
    }

    [Fact]
    public async Task What_Stripe_does_not_void_says_so_and_its_lane_goes_on()
    {
        var invoice = await PaidInvoices.Open(app);
        await Pay(invoice, 1000, heard: false);

        await invoice.Seller.Owner.Post($"/v1/invoices/{invoice.Id}/void").Expect(HttpStatusCode.Accepted);

        await Refused(invoice);
        await Behind(invoice);
        // Asked for again it is told at once.
        await invoice.Seller.Owner.Post($"/v1/invoices/{invoice.Id}/void").ExpectProblem(HttpStatusCode.Conflict, "invoice_partly_paid");
    }

    [Fact]
    public async Task A_deleted_customer_s_partly_paid_invoice_stops_no_lane()
    {
        var invoice = await PaidInvoices.Open(app);
        await Pay(invoice, 1000, heard: true);
        var customer = (await invoice.Client.V1.Invoices.GetAsync(invoice.StripeId)).CustomerId;
        await invoice.Client.V1.Customers.DeleteAsync(customer);

        await invoice.Seller.Hear(customer, "customer.deleted", objectType: "customer");

        await Refused(invoice);
        await Behind(invoice);
    }

    [Theory]
    [InlineData("another default is chosen after a decline")]
    [InlineData("it is retried")]
    public async Task What_Stripe_does_not_void_is_collected_like_every_other_invoice(string once)
    {
        var (invoice, holder) = await Held(declined: once != "it is retried");
        await Pay(invoice, 1000, heard: false);
        await invoice.Seller.Owner.Post($"/v1/invoices/{invoice.Id}/void").Expect(HttpStatusCode.Accepted);
        await Refused(invoice);
        // Whether it is to be charged after all is not decided here.
        Assert.Empty(await invoice.Seller.Jobs());

        var good = await holder.Store(CardHolder.Good, "Full");
        // A card that is stored decides nothing either.
        await Eventually.Until(async () => (await invoice.Seller.Jobs()).Count == 0, "nothing is left to do", TimeSpan.FromSeconds(60));
        await Refused(invoice);
        await (once == "it is retried" ? invoice.Seller.Owner.Post($"/v1/invoices/{invoice.Id}/retry")
            : holder.Admin.Post($"/v1/payment-methods/{good.GetProperty("id").GetString()}/default")).Expect();

        await invoice.Seller.Until(invoice.Id, "paid");
    }

    [Fact]
    public async Task The_first_invoice_of_what_has_ended_is_not_charged_because_Stripe_does_not_void_it()
    {
        var (invoice, holder) = await Held(declined: true);
        await Pay(invoice, 1000, heard: false);
        await app.Make<VoidOnCancellation>().Handle(new(invoice.Approved.SubscriptionId, invoice.Approved.OrganizationId, "cancelled", app.Clock.GetUtcNow()), default);
        await Refused(invoice);

        var good = await holder.Store(CardHolder.Good, "Full");
        await holder.Admin.Post($"/v1/payment-methods/{good.GetProperty("id").GetString()}/default").Expect();
        await Eventually.Until(async () => (await invoice.Seller.Jobs()).Count == 0, "nothing is left to do", TimeSpan.FromSeconds(60));
        // Stripe is asked to void it once more, and no card is charged.
        await invoice.Seller.Owner.Post($"/v1/invoices/{invoice.Id}/retry").Expect();
        await Eventually.Until(async () => (await invoice.Seller.Jobs()).Count == 0, "nothing is left to do", TimeSpan.FromSeconds(60));
        await Refused(invoice);
    }

    // Of an organization that keeps payment methods: one whose card was declined, or that has none.
    private async Task<(PaidInvoices Invoice, CardHolder Holder)> Held(bool declined)
    {
        var seller = await Seller.Open(app, mayAll: true);
        var holder = await CardHolder.Open(app, seller);
        await (declined ? holder.Store(CardHolder.DeclinedWhenCharged, "Empty") : Task.CompletedTask);
        var approved = holder.Approved(Plans.Of(basePrice: 2500));
        var id = await seller.Charge(approved);
        await Eventually.Until(
            () => seller.Invoice(id), i => i.GetProperty("status").GetString() == "open" && i.GetProperty("reasons").GetArrayLength() == (declined ? 1 : 0), "it is open", TimeSpan.FromSeconds(60));
        return (new(app, seller, approved, id, await seller.StripeId(id), app.Stripe.Client(seller.Account)), holder);
    }

    private static async Task Refused(PaidInvoices invoice)
    {
        var shown = await Eventually.Until(
            invoice.Read, i => i.GetProperty("reasons").EnumerateArray().Any(reason => reason.GetProperty("type").GetString() == "not_voided"), "it says why it is not void", TimeSpan.FromSeconds(60));
        Assert.Equal(("open", "error"), (shown.GetProperty("status").GetString(), shown.GetProperty("level").GetString()));
        Assert.Equal(1000, shown.GetProperty("amountPaid").GetProperty("amount").GetInt64());
    }

    // What comes after it in the same lane is issued.
    private static async Task Behind(PaidInvoices invoice)
    {
        var next = await invoice.Seller.Charge(invoice.Seller.Approved(Plans.Of(basePrice: 900), invoice.Approved.OrganizationId));
        await Eventually.Until(async () => (await invoice.Seller.Invoice(next)).GetProperty("status").GetString() is "open" or "paid", "the lane goes on", TimeSpan.FromSeconds(60));
        await Eventually.Until(async () => (await invoice.Seller.Jobs()).Count == 0, "no job is stuck", TimeSpan.FromSeconds(60));
    }

    private static async Task Pay(PaidInvoices invoice, long amount, bool heard)
    {
        await PaidInvoices.PayInPart(invoice.Client, invoice.StripeId, amount);
        if (heard)
        {
            await invoice.Hear();
        }
    }
}
