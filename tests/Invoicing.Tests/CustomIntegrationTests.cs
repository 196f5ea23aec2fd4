using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Accounts;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Invoicing;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Invoicing.Tests;

/// <summary>A billing integration without a Stripe account.</summary>
public sealed class CustomIntegrationTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    [Fact]
    public async Task It_has_nothing_of_Stripe_and_can_bill_at_once()
    {
        var seller = await OwnBilling.Open(app);
        var integration = await seller.Owner.Get($"/v1/billing-integrations/{seller.Integration}");
        Assert.Equal(("custom", "sap", false), (integration.GetProperty("billingModel").GetString(), integration.GetProperty("name").GetString(), integration.GetProperty("livemode").GetBoolean()));
        foreach (var absent in (string[])["accountId", "publishableKey", "secretKey", "webhookUrl", "webhook", "jobQueue", "stripe"])
        {
            Assert.Equal(JsonValueKind.Null, integration.GetProperty(absent).ValueKind);
        }

        var told = (await app.Announced<BillingIntegrationChanged>()).Single(i => i.BillingIntegrationId == seller.Integration);
        Assert.Equal(("custom", "", true, 0), (told.BillingModel, told.AccountId, told.Ready, told.SigningSecrets.Count));
        var permissions = (await seller.Owner.Get($"/v1/billing-integrations/{seller.Integration}/permissions")).GetProperty("billingModels")[0];
        Assert.Equal((true, true, 0), (permissions.GetProperty("inUse").GetBoolean(), permissions.GetProperty("sufficient").GetBoolean(), permissions.GetProperty("permissions").GetArrayLength()));
        Assert.Equal(0, await app.Database.Scalar<long>("select count(*) from webhook_checks where integration_id = $1", seller.Integration));
        await seller.Owner.Delete($"/v1/billing-integrations/{seller.Integration}", "*").Expect(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task It_takes_no_keys_and_says_itself_whether_it_charges_real_money()
    {
        var owner = (await OwnBilling.Open(app)).Owner;
        var organization = (await owner.Get("/v1/billing-integrations")).GetProperty("data")[0].GetProperty("organizationId").GetString();
        await Refused(new { organizationId = organization, title = "SAP", billingModel = "custom" }, "validation_failed", "livemode");
        await Refused(new { organizationId = organization, title = "SAP", billingModel = "custom", livemode = true, publishableKey = "pk_test_x" }, "read_only_field", "publishableKey");
        await Refused(new { organizationId = organization, title = "SAP", billingModel = "custom", livemode = true, secretKey = "sk_test_x" }, "read_only_field", "secretKey");
        await Refused(new { organizationId = organization, title = "SAP", billingModel = "custom", livemode = true, webhookSigningSecret = "whsec_0123456789abcdef" }, "read_only_field", "webhookSigningSecret");
        await Refused(new { organizationId = organization, title = "SAP", billingModel = "custom", livemode = true, lanes = 1 }, "read_only_field", "lanes");
        await Refused(new { organizationId = organization, title = "Stripe", billingModel = "invoices", livemode = true, publishableKey = "pk_test_x", secretKey = "sk_test_x" }, "read_only_field", "livemode");
        await Refused(new { organizationId = organization, title = "Stripe", secretKey = "sk_test_x" }, "validation_failed", "publishableKey");
        await Refused(new { organizationId = organization, title = "Stripe", publishableKey = "pk_test_x" }, "validation_failed", "secretKey");
        var live = await owner.Post("/v1/billing-integrations", new { organizationId = organization, title = "SAP", billingModel = "custom", livemode = true }).Expect<JsonElement>(HttpStatusCode.Created);
        Assert.Equal(("sap-2", true), (live.GetProperty("name").GetString(), live.GetProperty("livemode").GetBoolean()));

        Task Refused(object body, string code, string field) => owner.Post("/v1/billing-integrations", body).ExpectProblem(HttpStatusCode.BadRequest, code, field);
    }

    [Fact]
    public async Task What_is_about_Stripe_is_refused_by_name()
    {
        var seller = await OwnBilling.Open(app);
        var path = $"/v1/billing-integrations/{seller.Integration}";
        foreach (var get in (string[])["webhook-endpoint", "job-queue"])
        {
            await seller.Owner.GetAsync($"{path}/{get}").ExpectProblem(HttpStatusCode.Conflict, "not_billed_by_stripe");
        }

        foreach (var post in (string[])["webhook-endpoint/repair", "webhook-endpoint/rotate", "webhook-endpoint/retire"])
        {
            await seller.Owner.Post($"{path}/{post}").ExpectProblem(HttpStatusCode.Conflict, "not_billed_by_stripe");
        }

        await seller.Owner.Post($"{path}/keys", new { publishableKey = "pk_test_x", secretKey = "sk_test_x" }).ExpectProblem(HttpStatusCode.Conflict, "not_billed_by_stripe");
        await seller.Owner.Patch(path, new { webhookSigningSecret = "whsec_0123456789abcdef" }, "*").ExpectProblem(HttpStatusCode.Conflict, "not_billed_by_stripe", "webhookSigningSecret");
        await seller.Owner.Patch(path, new { latePayments = "credit" }, "*").ExpectProblem(HttpStatusCode.Conflict, "not_billed_by_stripe", "latePayments");
        await seller.Owner.Patch(path, new { tax = new { mode = "automatic" } }, "*").ExpectProblem(HttpStatusCode.UnprocessableEntity, "tax_not_billable");
        Assert.Equal("SAP S/4", (await seller.Owner.Patch(path, new { title = "SAP S/4", tax = new { mode = "none" } }, "*").Expect<JsonElement>()).GetProperty("title").GetString());
        await seller.Owner.Post("/v1/reconciliation", new { billingIntegrationId = seller.Integration }).ExpectProblem(HttpStatusCode.Conflict, "not_billed_by_stripe");
        Assert.Empty((await seller.Owner.Get($"{path}/jobs")).GetProperty("data").EnumerateArray());
        await seller.Owner.Post($"{path}/jobs/retry?confirm=retry").ExpectProblem(HttpStatusCode.Conflict, "queue_not_stuck");
    }

    [Fact]
    public async Task No_timer_and_no_table_of_operators_looks_for_it_at_Stripe()
    {
        var (seller, other) = (await OwnBilling.Open(app), await Seller.Open(app));
        var queues = (await app.ClientFor(TestCaller.Operator()).Get("/v1/operations/invoicing/queues?limit=100")).GetProperty("data").EnumerateArray().Select(q => q.GetProperty("billingIntegrationId").GetString()).ToList();
        Assert.Contains(other.Integration, queues);
        Assert.DoesNotContain(seller.Integration, queues);
        await app.ClientFor(TestCaller.Operator()).GetAsync($"/v1/operations/invoicing/stripe-objects/{seller.Integration}/invoice").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await StartReconciliation.WhatIsDue(new Daily(app.Services), app.Clock.GetUtcNow(), default);
        Assert.Equal((0, 1), (await Scheduled(seller.Integration), await Scheduled(other.Integration)));

        Task<long> Scheduled(string integration) => app.Database.Scalar<long>("select count(*) from reconciliation_schedule where integration_id = $1", integration);
    }

    [Fact]
    public async Task Its_consumers_keep_no_payment_methods_here_and_their_details_make_no_job()
    {
        var seller = await OwnBilling.Open(app);
        var (organization, catalog) = (TestCaller.NewId("org"), TestCaller.NewId("cat"));
        await app.Make<KeepCatalog>().Handle(new CatalogSettingsChanged(catalog, seller.Organization, "sandbox", true, 1, BillingIntegrationId: seller.Integration, PaymentMethods: true), default);
        await app.Make<KeepOrganization>().Handle(new OrganizationCreated(organization, "consumer", "Consumer Ltd", catalog, "bills@consumer.example", true, 1), default);
        var buyer = app.ClientFor(TestCaller.Consumer(organization, catalog, Roles.Admin));
        await buyer.Post("/v1/payment-methods", new { organizationId = organization, title = "Card", successUrl = "https://a.example", cancelUrl = "https://a.example" }).ExpectProblem(HttpStatusCode.Conflict, "not_billed_by_stripe");
        await buyer.Post("/v1/portal-sessions", new { organizationId = organization, returnUrl = "https://a.example" }).ExpectProblem(HttpStatusCode.Conflict, "not_billed_by_stripe");

        // Terms of its own hold for it as for any other.
        await seller.Owner.Put($"/v1/billing-integrations/{seller.Integration}/customers/{organization}/payment-terms", new { days = 45 }, "*").Expect();
        var id = await seller.Charge(seller.Approved(Plans.Of(basePrice: 2500)) with { OrganizationId = organization, CatalogId = catalog });
        Assert.Equal(45, (await seller.Invoice(id)).GetProperty("paymentTermDays").GetInt32());
        await buyer.Put($"/v1/billing-details/{organization}", new { address = new { country = "DE", line1 = "Weg 1", city = "Berlin", postalCode = "10115" } }, "*").Expect();
        Assert.Equal(0, await app.Database.Scalar<long>("select count(*) from stripe_jobs where integration_id = $1", seller.Integration));
    }

    // The app's own services, with daily reconciliation on.
    private sealed class Daily(IServiceProvider services) : IServiceProvider
    {
        public object? GetService(Type serviceType) => serviceType == typeof(Microsoft.Extensions.Configuration.IConfiguration)
            ? new Microsoft.Extensions.Configuration.ConfigurationManager { ["Reconciliation:Daily"] = "true" }
            : services.GetService(serviceType);
    }
}
