using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Accounts;
using Marketplace.Contracts.Catalog;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;

namespace Marketplace.Invoicing.Tests;

/// <summary>How long a customer has to pay: its own terms before the plan's.</summary>
public sealed class PaymentTermsTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    [Fact]
    public async Task The_provider_s_terms_for_a_customer_come_before_the_plan_s_and_set_the_due_date()
    {
        var seller = await Seller.Open(app);
        var organization = TestCaller.NewId("org");
        var before = await seller.Until(await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500, paymentTermDays: 7), organization)), "open");
        Assert.Equal((7, 7), (before.GetProperty("paymentTermDays").GetInt32(), await Days(before)));

        await seller.Owner.Put(Terms(seller, organization), new { days = 45 }, "*").Expect();
        var own = await seller.Until(await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500, paymentTermDays: 7), organization)), "open");
        Assert.Equal((45, 45), (own.GetProperty("paymentTermDays").GetInt32(), await Days(own)));
        // Somebody else's are as they were, and so is what was written before.
        Assert.Equal(7, (await seller.Until(await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500, paymentTermDays: 7))), "open")).GetProperty("paymentTermDays").GetInt32());
        Assert.Equal(before.GetProperty("dueAt").GetDateTimeOffset(), (await seller.Invoice(before.GetProperty("id").GetString()!)).GetProperty("dueAt").GetDateTimeOffset());

        await seller.Owner.Delete(Terms(seller, organization), "*").Expect();
        Assert.Equal(7, (await seller.Until(await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500, paymentTermDays: 7), organization)), "open")).GetProperty("paymentTermDays").GetInt32());

        async Task<int> Days(JsonElement invoice) => (int)Math.Round((invoice.GetProperty("dueAt").GetDateTimeOffset() - await app.Stripe.Now()).TotalDays);
    }

    [Fact]
    public async Task Terms_can_be_agreed_before_there_is_anything_to_charge()
    {
        var seller = await Seller.Open(app);
        var (organization, catalog) = (TestCaller.NewId("org"), TestCaller.NewId("cat"));
        await seller.Owner.Put(Terms(seller, organization), new { days = 30 }, "*").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await app.Make<KeepCatalog>().Handle(new CatalogSettingsChanged(catalog, seller.Organization, "sandbox", true, 1), default);
        var newest = new OrganizationCreated(organization, "consumer", "Consumer Ltd", catalog, "bills@consumer.example", true, 2);
        await app.Make<KeepOrganization>().Handle(newest, default);
        await app.Make<KeepOrganization>().Handle(newest with { Title = "Old name", Version = 1 }, default);

        var customer = await seller.Owner.Put(Terms(seller, organization), new { days = 30 }, "\"0\"").Expect<JsonElement>();
        Assert.Equal(("Consumer Ltd", 30), (customer.GetProperty("name").GetString(), customer.GetProperty("paymentTermDays").GetInt32()));
        await seller.Owner.Put(Terms(seller, organization), new { days = 60 }, "\"0\"").ExpectProblem(HttpStatusCode.PreconditionFailed, "version_mismatch");
        await seller.Owner.Put(Terms(seller, organization), new { days = 60 }).ExpectProblem(HttpStatusCode.PreconditionRequired, "if_match_required");
        Assert.Equal(30, (await seller.Until(await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500), organization)), "open")).GetProperty("paymentTermDays").GetInt32());
        Assert.Equal([organization], (await seller.Owner.Get($"/v1/billing-integrations/{seller.Integration}/customers")).GetProperty("data").EnumerateArray().Select(c => c.GetProperty("organizationId").GetString()));
        // A catalog of another provider makes no customer of ours.
        var other = await Seller.Open(app);
        await other.Owner.Put(Terms(other, organization), new { days = 30 }, "*").ExpectProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(366)]
    [InlineData(null)]
    public async Task Terms_have_bounds(int? days)
    {
        var seller = await Seller.Open(app);
        await seller.Owner.Put(Terms(seller, "org_1"), new { days }, "*").ExpectProblem(HttpStatusCode.BadRequest, "validation_failed");
    }

    [Fact]
    public async Task Only_owners_and_administrators_of_the_provider_see_its_customers_and_set_their_terms()
    {
        var seller = await Seller.Open(app);
        var approved = seller.Approved(Plans.Of(basePrice: 2500));
        await seller.Charge(approved);
        var customers = $"/v1/billing-integrations/{seller.Integration}/customers";
        Func<HttpClient, Task<HttpResponseMessage>>[] routes =
        [
            c => c.GetAsync(customers), c => c.GetAsync($"{customers}/{approved.OrganizationId}"),
            c => c.Put(Terms(seller, approved.OrganizationId), new { days = 1 }, "*"), c => c.Delete(Terms(seller, approved.OrganizationId), "*"),
        ];
        foreach (var route in routes)
        {
            await route(app.ClientFor(TestCaller.Stranger())).ExpectProblem(HttpStatusCode.NotFound, "not_found");
            await route(app.ClientFor(TestCaller.Consumer(approved.OrganizationId, approved.CatalogId, Roles.Admin))).ExpectProblem(HttpStatusCode.NotFound, "not_found");
            await route(app.ClientFor(TestCaller.Provider(seller.Organization, Roles.ProductManager))).ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
            await route(app.Anonymous()).Expect(HttpStatusCode.Unauthorized);
            await route(app.ClientFor(TestCaller.Provider(seller.Organization, Roles.Admin))).Expect();
        }
    }

    private static string Terms(Seller seller, string organization) => $"/v1/billing-integrations/{seller.Integration}/customers/{organization}/payment-terms";
}
