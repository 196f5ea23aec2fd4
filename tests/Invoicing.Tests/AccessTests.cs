using System.Net;
using System.Text.Json;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;

namespace Marketplace.Invoicing.Tests;

/// <summary>Who may do what: strangers, members without the role, and those who may.</summary>
public sealed class AccessTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    [Fact]
    public async Task Strangers_see_no_route_s_object_and_members_without_the_role_are_told_so()
    {
        var seller = await Seller.Open(app);
        var approved = seller.Approved(Plans.Of(basePrice: 2500));
        var invoice = await seller.Charge(approved);
        await seller.Until(invoice, "open");
        var stranger = app.ClientFor(TestCaller.Stranger());
        var viewer = app.ClientFor(TestCaller.Provider(seller.Organization, Roles.ProductManager, Roles.Viewer));
        var integration = $"/v1/billing-integrations/{seller.Integration}";
        var keys = new { publishableKey = EmulatedStripe.Publishable(seller.Account), secretKey = EmulatedStripe.Secret(seller.Account) };
        Func<HttpClient, Task<HttpResponseMessage>>[] routes =
        [
            c => c.GetAsync(integration), c => c.Patch(integration, new { title = "Mine" }, "*"), c => c.Delete(integration, "*"), c => c.Post(integration + "/keys", keys),
            c => c.GetAsync(integration + "/permissions"), c => c.GetAsync(integration + "/webhook-endpoint"), c => c.Post(integration + "/webhook-endpoint/repair"),
            c => c.Post(integration + "/webhook-endpoint/rotate"), c => c.Post(integration + "/webhook-endpoint/retire"),
            c => c.GetAsync(integration + "/jobs"), c => c.Delete(integration + "/jobs?confirm=clear"), c => c.GetAsync(integration + "/jobs/job_1"),
            c => c.Delete(integration + "/jobs/job_1"), c => c.Post(integration + "/jobs/retry?confirm=retry"), c => c.GetAsync(integration + "/job-queue"), c => c.GetAsync(integration + "/finished-jobs"),
            c => c.Post("/v1/billing-integrations", seller.Body(seller.Key)),
            c => c.Post($"/v1/invoices/{invoice}/retry"), c => c.Post($"/v1/invoices/{invoice}/void"),
        ];
        foreach (var route in routes)
        {
            await route(stranger).ExpectProblem(HttpStatusCode.NotFound, "not_found");
            await route(viewer).ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
            using var nobody = await route(app.Anonymous());
            Assert.Equal(HttpStatusCode.Unauthorized, nobody.StatusCode);
        }

        await stranger.GetAsync($"/v1/invoices/{invoice}").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        Assert.Empty((await stranger.Get("/v1/invoices")).GetProperty("data").EnumerateArray());
        Assert.Empty((await stranger.Get("/v1/billing-integrations")).GetProperty("data").EnumerateArray());
        Assert.Empty((await viewer.Get("/v1/billing-integrations")).GetProperty("data").EnumerateArray());
        Assert.Equal("open", (await seller.Invoice(invoice)).GetProperty("status").GetString());
    }

    [Theory]
    [InlineData(Roles.Admin, true)]
    [InlineData(Roles.Subscriber, true)]
    [InlineData(Roles.Billing, true)]
    [InlineData(Roles.Developer, false)]
    public async Task A_consumer_s_billing_roles_read_its_invoices_and_change_none(string role, bool reads)
    {
        var seller = await Seller.Open(app);
        var approved = seller.Approved(Plans.Of(basePrice: 2500));
        var invoice = await seller.Charge(approved);
        await seller.Until(invoice, "open");
        var member = app.ClientFor(TestCaller.Consumer(approved.OrganizationId, approved.CatalogId, role));
        var listed = (await member.Get("/v1/invoices")).GetProperty("data").EnumerateArray().Select(i => i.GetProperty("id").GetString());
        Assert.Equal(reads ? [invoice] : [], listed);
        if (reads)
        {
            Assert.Equal(2500, (await member.Get($"/v1/invoices/{invoice}")).GetProperty("lines")[0].GetProperty("amount").GetProperty("amount").GetInt64());
        }
        else
        {
            await member.GetAsync($"/v1/invoices/{invoice}").ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
        }

        await member.Post($"/v1/invoices/{invoice}/void").ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
    }

    [Fact]
    public async Task A_membership_without_a_role_as_in_a_disabled_provider_shows_nothing()
    {
        var paid = await PaidInvoices.Paid(app);
        await paid.Seller.Owner.Post($"/v1/invoices/{paid.Id}/refund", new { amount = 100 }).Expect(HttpStatusCode.Accepted);
        await paid.Seller.Hear(await app.Stripe.Dispute(await paid.Intent()), "charge.dispute.created", objectType: "dispute");
        string[] lists = ["/v1/invoices", "/v1/disputes", "/v1/credit-notes", "/v1/billing-integrations", "/v1/reconciliation"];
        foreach (var list in lists[..3])
        {
            Assert.NotEmpty((await paid.Seller.Owner.Get(list)).GetProperty("data").EnumerateArray());
        }

        var note = (await paid.Notes())[0].GetProperty("id").GetString();
        foreach (var member in (TestCaller[])[TestCaller.Provider(paid.Seller.Organization), TestCaller.Consumer(paid.Approved.OrganizationId, paid.Approved.CatalogId)])
        {
            var client = app.ClientFor(member);
            foreach (var list in lists)
            {
                Assert.Empty((await client.Get(list)).GetProperty("data").EnumerateArray());
            }

            await client.GetAsync($"/v1/invoices/{paid.Id}").ExpectProblem(HttpStatusCode.NotFound, "not_found");
            await client.GetAsync($"/v1/credit-notes/{note}").ExpectProblem(HttpStatusCode.NotFound, "not_found");
            await client.GetAsync($"/v1/billing-integrations/{paid.Seller.Integration}").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        }
    }

    [Theory]
    [InlineData("/v1/invoices")]
    [InlineData("/v1/disputes")]
    [InlineData("/v1/credit-notes")]
    public async Task A_status_that_there_is_not_is_refused(string list) => await app.ClientFor(TestCaller.Stranger()).GetAsync($"{list}?status=bogus")
        .ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "status");

    [Fact]
    public async Task Invoices_are_filtered_and_paged()
    {
        var seller = await Seller.Open(app);
        var organization = TestCaller.NewId("org");
        var first = seller.Approved(Plans.Of(basePrice: 100), organization);
        var ids = new List<string> { await seller.Charge(first) };
        for (var n = 0; n < 4; n++)
        {
            ids.Add(await seller.Charge(seller.Approved(Plans.Of(basePrice: 100))));
        }

        ids.Reverse();
        var seen = new List<string>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await seller.Owner.Get($"/v1/invoices?limit=2{(cursor.Length > 0 ? $"&cursor={cursor}" : "")}");
            seen.AddRange(page.GetProperty("data").EnumerateArray().Select(i => i.GetProperty("id").GetString()!));
            cursor = page.GetProperty("nextCursor").GetString();
        }

        Assert.Equal(ids.Order().Reverse(), seen);
        await Eventually.Until(async () => (await Count("status=open")) == 5, "all are open");
        Assert.Equal(1, await Count($"subscription={first.SubscriptionId}"));
        Assert.Equal(1, await Count($"organization={organization}"));
        Assert.Equal(0, await Count("status=paid"));
        var tomorrow = Uri.EscapeDataString(app.Clock.GetUtcNow().AddDays(1).ToString("O"));
        Assert.Equal((0, 5), (await Count($"createdFrom={tomorrow}"), await Count($"createdBefore={tomorrow}")));
        Assert.Equal((5, 0), (await Count($"dueFrom={tomorrow}"), await Count($"dueBefore={tomorrow}")));

        async Task<int> Count(string filter) => (await seller.Owner.Get($"/v1/invoices?limit=100&{filter}")).GetProperty("data").GetArrayLength();
    }

    [Fact]
    public async Task The_OpenAPI_document_has_every_route()
    {
        var paths = (await app.Anonymous().Get("/openapi/v1.json")).GetProperty("paths");
        string[] expected =
        [
            "/v1/billing-integrations", "/v1/billing-integrations/{id}", "/v1/billing-integrations/{id}/keys", "/v1/billing-integrations/{id}/jobs", "/v1/billing-integrations/{id}/permissions", "/v1/billing-integrations/{id}/webhook-endpoint",
            "/v1/billing-integrations/{id}/webhook-endpoint/repair", "/v1/billing-integrations/{id}/webhook-endpoint/rotate", "/v1/billing-integrations/{id}/webhook-endpoint/retire",
            "/v1/operations/invoicing/encryption", "/v1/operations/invoicing/queues", "/v1/billing-integrations/{id}/job-queue", "/v1/billing-integrations/{id}/finished-jobs", "/v1/operations/invoicing/stripe",
            "/v1/billing-integrations/{id}/jobs/{jobId}", "/v1/billing-integrations/{id}/jobs/retry", "/v1/invoices", "/v1/invoices/{id}", "/v1/invoices/{id}/retry", "/v1/invoices/{id}/void",
        ];
        Assert.Equal([], expected.Except(paths.EnumerateObject().Select(p => p.Name.TrimEnd('/'))));
    }

    [Fact]
    public async Task A_platform_operator_sees_every_queue()
    {
        var seller = await Seller.Open(app);
        var queue = await app.ClientFor(TestCaller.Operator()).Get<JsonElement>($"/v1/billing-integrations/{seller.Integration}/jobs");
        Assert.Equal(0, queue.GetProperty("data").GetArrayLength());
    }
}
