using System.Net;
using System.Text.Json;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;
using Stripe;

namespace Marketplace.Invoicing.Tests;

/// <summary>Where a consumer organization is billed, from its own members to every Stripe account that bills it, and its balance back from there.</summary>
public sealed class BillingDetailsTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    private readonly string organization = TestCaller.NewId("org");

    private string Address => $"/v1/billing-details/{organization}";

    [Fact]
    public async Task They_reach_the_customer_at_every_account_and_again_when_they_change()
    {
        Seller[] sellers = [await Seller.Open(app), await Seller.Open(app)];
        foreach (var seller in sellers)
        {
            await seller.Until(await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500), organization)), "open");
        }

        var admin = Member(Roles.Admin);
        Assert.Equal((JsonValueKind.Null, 2), (await admin.Get(Address)) is var empty ? (empty.GetProperty("address").ValueKind, empty.GetProperty("balances").GetArrayLength()) : default);
        await admin.Put(Address, new { name = "Consumer GmbH", address = new { country = "DE", line1 = "Am Markt 1", line2 = "Hof", city = "Berlin", postalCode = "10115" }, taxId = new { type = "eu_vat", value = "DE123456789" } }, "\"0\"").Expect();
        foreach (var seller in sellers)
        {
            var customer = await Until(seller, c => c.Address?.Line1 == "Am Markt 1" && c.Name == "Consumer GmbH");
            await Eventually.Until(async () => (await TaxIds(seller, customer)).SequenceEqual(["DE123456789"]), "the tax id is there");
        }

        await admin.Put(Address, new { address = new { country = "AT", line1 = "Ring 2", city = "Wien" }, taxId = new { type = "eu_vat", value = "ATU12345678" } }, "\"1\"").Expect();
        foreach (var seller in sellers)
        {
            var customer = await Until(seller, c => c.Address?.Country == "AT" && c.Name == "Consumer Ltd");
            Assert.True(string.IsNullOrEmpty(customer.Address.Line2) && string.IsNullOrEmpty(customer.Address.PostalCode));
            await Eventually.Until(async () => (await TaxIds(seller, customer)).SequenceEqual(["ATU12345678"]), "the old tax id has gone and the new one come");
        }
    }

    [Fact]
    public async Task A_tax_id_that_Stripe_does_not_take_stops_nothing_and_is_told_to_who_gave_it()
    {
        var seller = await Seller.Open(app);
        await seller.Until(await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500), organization)), "open");
        var billing = Member(Roles.Billing);
        await billing.Put(Address, new { address = new { country = "DE" }, taxId = new { type = "eu_vat", value = "nonsense" } }, "*").Expect();

        var told = await Eventually.Until(() => billing.Get(Address), d => d.GetProperty("balances")[0].GetProperty("detailsProblem").ValueKind == JsonValueKind.String, "the refusal is told");
        Assert.Contains("tax id", told.GetProperty("balances")[0].GetProperty("detailsProblem").GetString(), StringComparison.Ordinal);
        Assert.Equal("DE", (await Until(seller, c => c.Address is not null)).Address.Country);
        await Eventually.Until(async () => (await seller.Jobs()).Count == 0, "the lane is free");
    }

    [Fact]
    public async Task Its_billing_roles_read_them_and_its_administrators_and_billing_members_write_them()
    {
        var body = new { address = new { country = "DE" } };
        foreach (var (role, reads, writes) in ((string, bool, bool)[])[(Roles.Admin, true, true), (Roles.Billing, true, true), (Roles.Subscriber, true, false), (Roles.Developer, false, false)])
        {
            await Allowed(Member(role).GetAsync(Address), reads);
            await Allowed(Member(role).Put(Address, body, "*"), writes);
        }

        foreach (var stranger in (TestCaller[])[TestCaller.Stranger(), TestCaller.Provider(TestCaller.NewId("org"), Roles.Owner)])
        {
            await app.ClientFor(stranger).GetAsync(Address).ExpectProblem(HttpStatusCode.NotFound, "not_found");
            await app.ClientFor(stranger).Put(Address, body, "*").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        }

        await app.ClientFor(TestCaller.Operator()).Get(Address);
        await app.ClientFor(TestCaller.Operator()).Put(Address, body, "*").ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
        await app.Anonymous().GetAsync(Address).Expect(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task What_taxes_cannot_be_reckoned_with_is_refused_by_its_field()
    {
        var admin = Member(Roles.Admin);
        await Put(new { }).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed");
        await Put(new { address = new { country = "XX" } }).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "address.country");
        await Put(new { address = new { country = "US", state = "NY" } }).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "address.postalCode");
        await Put(new { address = new { country = "CA" } }).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "address.postalCode");
        await Put(new { address = new { country = "DE", line1 = new string('x', 201) } }).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed");
        await Put(new { address = new { country = "DE", city = "Ber\u0000lin" } }).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed");
        await Put(new { address = new { country = "DE" }, taxId = new { type = "VAT", value = "DE1" } }).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed");
        await Put(new { address = new { country = "DE" } }).Expect();
        await admin.Put(Address, new { address = new { country = "DE" } }, "\"7\"").ExpectProblem(HttpStatusCode.PreconditionFailed, "version_mismatch");
        await admin.Put(Address, new { address = new { country = "DE" } }).ExpectProblem(HttpStatusCode.PreconditionRequired, "if_match_required");

        Task<HttpResponseMessage> Put(object body) => admin.Put(Address, body, "*");
    }

    [Fact]
    public async Task A_credit_shows_on_the_balance_and_is_gone_once_an_invoice_took_it()
    {
        var seller = await Seller.Open(app);
        var approved = seller.Approved(Plans.Priced(new("volume", 0, null, Plans.Tiers)), organization);
        await seller.Charge(approved);
        var late = Seller.Closed(approved, 200, last: true);
        await app.Make<ChargeClosedPeriod>().Handle(late with { PeriodStart = late.PeriodEnd, Usage = [late.Usage[0] with { Before = 400 }] }, default);
        var credit = await seller.Until(await seller.InvoiceOf(approved.SubscriptionId, "final"), "paid");
        Assert.Equal(("credit_kept", "190.00 USD"), (credit.GetProperty("reasons")[0].GetProperty("type").GetString(), credit.GetProperty("reasons")[0].GetProperty("detail").GetString()![..10]));
        Assert.Equal((-19_000L, "usd"), await Balance());

        var next = await seller.Until(await seller.Charge(seller.Approved(Plans.Of(basePrice: 12_000), organization)), "paid");
        Assert.Equal(("paid_from_balance", -12_000L, 0L), (next.GetProperty("reasons")[0].GetProperty("type").GetString(), Of(next, "balanceApplied"), Of(next, "amountDue")));
        Assert.Equal((-7_000L, "usd"), await Balance());

        var last = await seller.Until(await seller.Charge(seller.Approved(Plans.Of(basePrice: 25_000), organization)), "open");
        Assert.Equal((25_000, -7_000, 18_000, 18_000), (Of(last, "total"), Of(last, "balanceApplied"), Of(last, "amountDue"), Of(last, "due")));
        Assert.Equal((0L, "usd"), await Balance());

        // Changed by hand at Stripe: heard by its event.
        var stripeId = (await app.Stripe.Client(seller.Account).V1.Invoices.GetAsync(await seller.StripeId(last.GetProperty("id").GetString()!))).CustomerId;
        await app.Stripe.Client(seller.Account).V1.Customers.BalanceTransactions.CreateAsync(stripeId, new CustomerBalanceTransactionCreateOptions { Amount = -500, Currency = "usd" });
        await seller.Hear(stripeId, "customer.updated", objectType: "customer");
        Assert.Equal((-500L, "usd"), await Balance());
        Assert.Equal(-500, (await seller.Owner.Get($"/v1/billing-integrations/{seller.Integration}/customers/{organization}")).GetProperty("balance").GetProperty("amount").GetInt64());

        async Task<(long, string?)> Balance()
        {
            var balance = (await Member(Roles.Billing).Get(Address)).GetProperty("balances")[0].GetProperty("balance");
            return (balance.GetProperty("amount").GetInt64(), balance.GetProperty("currency").GetString());
        }
    }

    [Fact]
    public async Task Less_than_Stripe_charges_is_paid_at_once_says_where_it_went_and_comes_with_the_next_invoice()
    {
        var seller = await Seller.Open(app);
        var small = await seller.Until(await seller.Charge(seller.Approved(Plans.Of(basePrice: 7), organization)), "paid");
        Assert.Equal(("below_minimum", "success", 0L), (small.GetProperty("reasons")[0].GetProperty("type").GetString(), small.GetProperty("level").GetString(), Of(small, "amountDue")));

        var next = await seller.Until(await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500), organization)), "open");
        Assert.Equal((2500, 7, 2507), (Of(next, "total"), Of(next, "balanceApplied"), Of(next, "amountDue")));
    }

    private static Task Allowed(Task<HttpResponseMessage> answer, bool allowed) =>
        allowed ? answer.Expect() : answer.ExpectProblem(HttpStatusCode.Forbidden, "role_missing");

    private static long Of(JsonElement invoice, string name) => invoice.GetProperty(name).GetProperty("amount").GetInt64();

    private HttpClient Member(string role) => app.ClientFor(TestCaller.Consumer(organization, "cat_1", role));

    private async Task<Customer> Until(Seller seller, Func<Customer, bool> done)
    {
        var id = (await app.Stripe.Client(seller.Account).V1.Customers.ListAsync()).Data.Single().Id;
        return await Eventually.Until(() => app.Stripe.Client(seller.Account).V1.Customers.GetAsync(id), done, "the details are at Stripe");
    }

    private async Task<IReadOnlyList<string>> TaxIds(Seller seller, Customer customer) =>
        [.. (await app.Stripe.Client(seller.Account).V1.Customers.TaxIds.ListAsync(customer.Id)).Data.Select(id => id.Value)];
}
