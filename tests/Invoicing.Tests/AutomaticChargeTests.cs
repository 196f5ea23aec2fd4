using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Invoicing;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;
using Stripe;

namespace Marketplace.Invoicing.Tests;

/// <summary>Invoices are charged to the default payment method without anybody doing anything; what is declined waits for a person.</summary>
public sealed class AutomaticChargeTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    [Fact]
    public async Task Money_moves_from_the_stored_card_for_the_first_invoice_and_for_every_later_one()
    {
        var seller = await Seller.Open(app, mayAll: true);
        var holder = await CardHolder.Open(app, seller);
        await holder.Store();
        var approved = holder.Approved(Plans.Of(basePrice: 2500));
        var first = await seller.Charge(approved);
        Assert.Equal(JsonValueKind.String, (await seller.Until(first, "paid")).GetProperty("paidAt").ValueKind);
        await app.Make<ChargeClosedPeriod>().Handle(Seller.Closed(approved, calls: 3), default);
        await seller.Until(await seller.InvoiceOf(approved.SubscriptionId, "period"), "paid");
        var atStripe = await app.Stripe.Client(seller.Account).V1.Invoices.ListAsync(new InvoiceListOptions { Customer = await holder.Customer() });
        Assert.All(atStripe.Data, invoice => Assert.Equal((invoice.Total, "paid"), (invoice.AmountPaid, invoice.Status)));
        var charges = await app.Stripe.Client(seller.Account).V1.Charges.ListAsync(new ChargeListOptions { Customer = await holder.Customer() });
        Assert.Equal(atStripe.Data.Select(i => i.Total).Order(), charges.Data.Select(c => c.Amount).Order());
        Assert.Empty(await seller.Jobs());
    }

    [Fact]
    public async Task A_decline_leaves_the_invoice_open_with_its_page_and_due_date_and_the_next_default_card_pays_it()
    {
        var seller = await Seller.Open(app, mayAll: true);
        var holder = await CardHolder.Open(app, seller);
        await holder.Store(CardHolder.DeclinedWhenCharged, "Empty");
        var invoice = await seller.Charge(holder.Approved(Plans.Of(basePrice: 2500)));
        var declined = await Eventually.Until(() => seller.Invoice(invoice), i => i.GetProperty("reasons").GetArrayLength() > 0, "the decline is told");
        Assert.Equal(("open", "pending", "payment_failed"), (declined.GetProperty("status").GetString(), declined.GetProperty("level").GetString(), declined.GetProperty("reasons")[0].GetProperty("type").GetString()));
        Assert.Contains("card_declined", declined.GetProperty("reasons")[0].GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal((JsonValueKind.String, JsonValueKind.String), (declined.GetProperty("hostedInvoiceUrl").ValueKind, declined.GetProperty("dueAt").ValueKind));
        Assert.Empty(await seller.Jobs());

        var other = await holder.Store(CardHolder.Good, "Full");
        Assert.Equal("open", (await seller.Invoice(invoice)).GetProperty("status").GetString());
        await holder.Admin.Post($"/v1/payment-methods/{other.GetProperty("id").GetString()}/default").Expect();
        var paid = await seller.Until(invoice, "paid");
        Assert.Equal(("success", 0), (paid.GetProperty("level").GetString(), paid.GetProperty("reasons").GetArrayLength()));
    }

    [Fact]
    public async Task The_next_default_card_pays_what_was_declined_also_after_the_due_date()
    {
        var seller = await Seller.Open(app, mayAll: true);
        var holder = await CardHolder.Open(app, seller);
        await holder.Store(CardHolder.DeclinedWhenCharged, "Empty");
        var invoice = await seller.Charge(holder.Approved(Plans.Of(basePrice: 2500, paymentTermDays: 14)));
        await Eventually.Until(() => seller.Invoice(invoice), i => i.GetProperty("reasons").GetArrayLength() > 0, "the decline is told");
        await app.Advance(TimeSpan.FromDays(15));
        Assert.Equal("past_due", Assert.Single((await seller.Until(invoice, "past_due")).GetProperty("reasons").EnumerateArray()).GetProperty("type").GetString());

        var other = await holder.Store(CardHolder.Good, "Full");
        await holder.Admin.Post($"/v1/payment-methods/{other.GetProperty("id").GetString()}/default").Expect();

        await seller.Until(invoice, "paid");
    }

    [Theory]
    [InlineData("open")]
    [InlineData("past_due")]
    [InlineData("draft")]
    public async Task A_card_that_is_stored_pays_what_was_to_be_charged_while_there_was_none(string status)
    {
        var seller = await Seller.Open(app, mayAll: true);
        var holder = await CardHolder.Open(app, seller);
        var gone = await holder.Store(CardHolder.Good, "Gone");
        await holder.Admin.DeleteAsync($"/v1/payment-methods/{gone.GetProperty("id").GetString()}").Expect(HttpStatusCode.Accepted);
        await Eventually.Until(holder.Methods, methods => methods.Count == 0, "the card is gone");
        await (status == "draft" ? app.Database.Execute("update billing_integrations set queue_status = 'paused' where id = $1", seller.Integration) : Task.CompletedTask);
        var invoice = await seller.Charge(holder.Approved(Plans.Of(basePrice: 2500, paymentTermDays: 14)));
        await (status == "draft" ? Task.CompletedTask : seller.Until(invoice, "open"));
        await (status == "past_due" ? app.Advance(TimeSpan.FromDays(15)) : Task.CompletedTask);
        await seller.Until(invoice, status);

        await holder.Store(CardHolder.OtherGood, "Stored");
        await app.Database.Execute("update billing_integrations set queue_status = 'running' where id = $1", seller.Integration);
        app.Services.GetRequiredService<JobQueue>().Wake();

        await seller.Until(invoice, "paid");
        Assert.Single((await app.Stripe.Client(seller.Account).V1.Charges.ListAsync(new ChargeListOptions { Customer = await holder.Customer() })).Data);
    }

    [Fact]
    public async Task A_card_that_always_wants_its_owner_leaves_the_invoice_to_be_paid_on_its_page()
    {
        var seller = await Seller.Open(app, mayAll: true);
        var holder = await CardHolder.Open(app, seller);
        var (session, page) = await holder.Ask();
        var (_, bank) = await CardHolder.Type(page, CardHolder.AuthenticatedAlways);
        await CardHolder.Authenticate(bank!, passes: true);
        await holder.Return(session);
        var invoice = await seller.Charge(holder.Approved(Plans.Of(basePrice: 2500)));
        var waiting = await Eventually.Until(() => seller.Invoice(invoice), i => i.GetProperty("reasons").GetArrayLength() > 0, "the bank's wish is told");
        Assert.Equal(("open", "payment_failed"), (waiting.GetProperty("status").GetString(), waiting.GetProperty("reasons")[0].GetProperty("type").GetString()));
        await app.Stripe.Pay(waiting.GetProperty("hostedInvoiceUrl").GetString()!);
        await seller.Hear(await seller.StripeId(invoice));
        Assert.Equal("paid", (await seller.Invoice(invoice)).GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_payment_whose_answer_is_lost_is_made_once()
    {
        var seller = await Seller.Open(app, mayAll: true);
        var holder = await CardHolder.Open(app, seller);
        await holder.Store();
        await app.Stripe.Fail(new { account = seller.Account, kind = "lost", method = "POST", path = "/v1/invoices/*/pay", times = 1 });
        var invoice = await seller.Charge(holder.Approved(Plans.Of(basePrice: 2500)));
        await Eventually.Until(seller.Jobs, jobs => jobs is [var job] && job.GetProperty("status").GetString() == "retrying", "the answer is lost");
        await app.Advance(TimeSpan.FromMinutes(1));
        await seller.Until(invoice, "paid");
        Assert.Single((await app.Stripe.Client(seller.Account).V1.Charges.ListAsync(new ChargeListOptions { Customer = await holder.Customer() })).Data);
    }

    [Fact]
    public async Task Without_a_method_and_where_the_catalog_has_them_off_an_invoice_waits_to_be_paid_by_hand()
    {
        var seller = await Seller.Open(app, mayAll: true);
        var without = await CardHolder.Open(app, seller);
        var open = await seller.Charge(without.Approved(Plans.Of(basePrice: 2500)));
        var off = await CardHolder.Open(app, seller);
        await off.Store();
        await off.Settings(version: 2, paymentMethods: false);
        await off.Admin.Post("/v1/payment-methods", off.Body()).ExpectProblem(HttpStatusCode.Conflict, "payment_methods_off");
        var unpaid = await seller.Charge(off.Approved(Plans.Of(basePrice: 2500)));
        await seller.Until(open, "open");
        await seller.Until(unpaid, "open");
        await Eventually.Until(seller.Jobs, jobs => jobs.Count == 0, "nothing is left to do");
        Assert.Equal(("open", "open"), ((await seller.Invoice(open)).GetProperty("status").GetString(), (await seller.Invoice(unpaid)).GetProperty("status").GetString()));
        Assert.Equal(0L, await app.Database.Scalar<long>("select count(*) from stripe_jobs_done where kind = 'charge_invoice' and integration_id = $1", seller.Integration));
    }

    [Fact]
    public async Task The_last_method_stays_while_subscriptions_are_charged_to_it_unless_they_are_to_be_paid_by_hand()
    {
        var seller = await Seller.Open(app, mayAll: true);
        var holder = await CardHolder.Open(app, seller);
        var method = await holder.Store();
        var (path, token) = ($"/v1/payment-methods/{method.GetProperty("id").GetString()}", await holder.Token(method));
        var approved = holder.Approved(Plans.Of(basePrice: 2500));
        await seller.Until(await seller.Charge(approved), "paid");
        await holder.Admin.DeleteAsync(path).ExpectProblem(HttpStatusCode.Conflict, "payment_method_in_use");
        await holder.Settings(version: 2, paymentMethodRequired: true);
        await holder.Admin.DeleteAsync(path + "?confirm=detach").ExpectProblem(HttpStatusCode.Conflict, "payment_method_in_use");
        await holder.Settings(version: 3);
        Assert.Equal("removing", (await holder.Admin.DeleteAsync(path + "?confirm=detach").Expect<JsonElement>(HttpStatusCode.Accepted)).GetProperty("status").GetString());
        await Eventually.Until(holder.Methods, methods => methods.Count == 0, "the card is gone");
        Assert.Null((await app.Stripe.Client(seller.Account).V1.PaymentMethods.GetAsync(token)).CustomerId);
        Assert.Null((await app.Announced<PaymentMethodChanged>(m => m.OrganizationId == holder.Organization))[^1].Default);
        await app.Make<ChargeClosedPeriod>().Handle(Seller.Closed(approved, calls: 0), default);
        await seller.Until(await seller.InvoiceOf(approved.SubscriptionId, "period"), "open");
    }

    [Fact]
    public async Task Of_several_the_newest_of_the_others_follows_a_default_that_is_removed()
    {
        var seller = await Seller.Open(app, mayAll: true);
        var holder = await CardHolder.Open(app, seller);
        var first = await holder.Store(CardHolder.Good, "First");
        var second = await holder.Store(CardHolder.OtherGood, "Second");
        await seller.Until(await seller.Charge(holder.Approved(Plans.Of(basePrice: 2500))), "paid");
        await holder.Admin.DeleteAsync($"/v1/payment-methods/{first.GetProperty("id").GetString()}").Expect(HttpStatusCode.Accepted);
        var left = (await Eventually.Until(holder.Methods, methods => methods.Count == 1, "the first is gone"))[0];
        Assert.Equal(("Second", true), (left.GetProperty("title").GetString(), left.GetProperty("isDefault").GetBoolean()));
        var token = await holder.Token(second);
        await Eventually.Until(holder.DefaultAtStripe, atStripe => atStripe == token, "Stripe has the other default");
    }

    [Fact]
    public async Task A_deleted_organization_pays_its_last_invoice_and_keeps_no_card_after_that()
    {
        var seller = await Seller.Open(app, mayAll: true);
        var holder = await CardHolder.Open(app, seller);
        var token = await holder.Token(await holder.Store());
        var approved = holder.Approved(Plans.Of(basePrice: 2500));
        await seller.Until(await seller.Charge(approved), "paid");
        await app.Make<KeepOrganization>().Handle(new Contracts.Accounts.OrganizationDeleted(holder.Organization, app.Clock.GetUtcNow(), 2), default);
        await app.Make<KeepOrganization>().Handle(new Contracts.Accounts.OrganizationCreated(holder.Organization, "consumer", "Late", holder.Catalog, "late@example.com", true, 1), default);
        await app.Make<ForgetPaymentMethods>().Run(default);
        Assert.Single(await holder.Methods());
        await app.Make<ChargeClosedPeriod>().Handle(Seller.Closed(approved with { Plan = Plans.Of("unit", unitAmount: "100") }, calls: 3, last: true), default);
        await seller.Until(await seller.InvoiceOf(approved.SubscriptionId, "final"), "paid");
        await app.Advance(ForgetPaymentMethods.After + TimeSpan.FromMinutes(1));
        await app.Make<ForgetPaymentMethods>().Run(default);
        await Eventually.Until(holder.Methods, methods => methods.Count == 0, "the card is forgotten");
        Assert.Null((await app.Stripe.Client(seller.Account).V1.PaymentMethods.GetAsync(token)).CustomerId);
    }

    [Fact]
    public async Task With_a_key_that_may_only_write_customers_and_invoices_pages_are_refused_by_permission_and_all_else_goes_on()
    {
        var seller = await Seller.Open(app);
        var holder = await CardHolder.Open(app, seller);
        await holder.Admin.Post("/v1/payment-methods", holder.Body()).ExpectProblem(HttpStatusCode.Conflict, "permission_missing");
        using var refusal = await holder.Admin.Post("/v1/portal-sessions", new { organizationId = holder.Organization, returnUrl = "https://shop.example.com/" });
        var problem = JsonDocument.Parse(await refusal.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal(
            ("permission_missing", "portal_session_write", "Customer portal: Write"),
            (problem.GetProperty("code").GetString(), problem.GetProperty("missing")[0].GetProperty("permission").GetString(), problem.GetProperty("missing")[0].GetProperty("dashboardName").GetString()));
        Assert.Equal("idle", (await seller.Queue()).GetProperty("status").GetString());
        await seller.Until(await seller.Charge(holder.Approved(Plans.Of(basePrice: 2500))), "open");

        var method = (await app.Stripe.Client(seller.Account).V1.PaymentMethods.AttachAsync("pm_card_visa", new PaymentMethodAttachOptions { Customer = await holder.Customer() })).Id;
        await seller.Hear(method, "payment_method.attached", objectType: "payment_method");
        Assert.Equal("idle", (await seller.Queue()).GetProperty("status").GetString());

        await seller.Owner.Patch($"/v1/billing-integrations/{seller.Integration}", new { customerPortalUrl = "https://billing.stripe.com/p/login/test_1" }, "*").Expect();
        var login = await holder.Admin.Post("/v1/portal-sessions", new { organizationId = holder.Organization, returnUrl = "https://shop.example.com/" }).Expect<JsonElement>();
        Assert.Equal(("https://billing.stripe.com/p/login/test_1", "login"), (login.GetProperty("url").GetString(), login.GetProperty("kind").GetString()));
    }

    [Fact]
    public async Task The_customer_portal_opens_for_the_organization_s_own_customer_who_is_made_once_though_a_job_makes_it_too()
    {
        var seller = await Seller.Open(app, mayAll: true);
        var holder = await CardHolder.Open(app, seller);
        var charge = seller.Charge(holder.Approved(Plans.Of(basePrice: 2500)));
        var opened = Enumerable.Range(0, 4).Select(_ => holder.Admin.Post("/v1/portal-sessions", new
        {
            organizationId = holder.Organization, billingIntegrationId = seller.Integration, returnUrl = "http://localhost:3000/account",
        }).Expect<JsonElement>()).ToList();
        foreach (var session in await Task.WhenAll(opened))
        {
            Assert.Equal("session", session.GetProperty("kind").GetString());
            using var browser = new HttpClient();
            Assert.Contains("Consumer Ltd", await browser.GetStringAsync(new Uri(session.GetProperty("url").GetString()!)), StringComparison.Ordinal);
        }

        await seller.Until(await charge, "open");
        Assert.Single((await app.Stripe.Client(seller.Account).V1.Customers.ListAsync(new CustomerListOptions { Limit = 100 })).Data);
    }

    [Theory]
    [InlineData("javascript:alert(1)")]
    [InlineData("/relative")]
    [InlineData("ftp://example.com/")]
    [InlineData("https://user:pass@example.com/")]
    [InlineData("https://exa mple.com/")]
    [InlineData("")]
    public async Task An_address_that_is_not_absolute_http_is_refused_by_field(string address)
    {
        var seller = await Seller.Open(app, mayAll: true);
        var holder = await CardHolder.Open(app, seller);
        await holder.Admin.Post("/v1/payment-methods", holder.Body(success: address)).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "successUrl");
        await holder.Admin.Post("/v1/portal-sessions", new { organizationId = holder.Organization, returnUrl = address }).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "returnUrl");
    }

    [Theory]
    [InlineData(Roles.Admin, true, true)]
    [InlineData(Roles.Billing, true, true)]
    [InlineData(Roles.Subscriber, true, false)]
    [InlineData(Roles.Developer, false, false)]
    public async Task Administrators_and_billing_members_keep_payment_methods_subscribers_see_them_and_strangers_do_not(string role, bool reads, bool writes)
    {
        var seller = await Seller.Open(app, mayAll: true);
        var holder = await CardHolder.Open(app, seller);
        var path = $"/v1/payment-methods/{(await holder.Store()).GetProperty("id").GetString()}";
        var (session, _) = await holder.Ask("Another");
        var member = app.ClientFor(TestCaller.Consumer(holder.Organization, holder.Catalog, role));
        var stranger = app.ClientFor(TestCaller.Stranger());
        Func<HttpClient, Task<HttpResponseMessage>>[] changes =
        [
            c => c.Patch(path, new { title = "Renamed" }, "*"), c => c.Post(path + "/default"), c => c.Post("/v1/payment-methods", holder.Body()), c => c.GetAsync($"/v1/checkout-sessions/{session}"),
            c => c.Post("/v1/portal-sessions", new { organizationId = holder.Organization, returnUrl = "https://shop.example.com/" }), c => c.DeleteAsync(path),
        ];
        Assert.Equal(reads ? 1 : 0, (await member.Get("/v1/payment-methods")).GetProperty("data").GetArrayLength());
        Assert.Equal(0, (await stranger.Get("/v1/payment-methods")).GetProperty("data").GetArrayLength());
        Assert.Equal(0, (await seller.Owner.Get("/v1/payment-methods")).GetProperty("data").GetArrayLength());
        using var seen = await member.GetAsync(path);
        Assert.Equal(reads ? HttpStatusCode.OK : HttpStatusCode.Forbidden, seen.StatusCode);
        await stranger.GetAsync(path).ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await seller.Owner.GetAsync(path).ExpectProblem(HttpStatusCode.NotFound, "not_found");
        foreach (var change in changes)
        {
            await change(stranger).ExpectProblem(HttpStatusCode.NotFound, "not_found");
            using var nobody = await change(app.Anonymous());
            Assert.Equal(HttpStatusCode.Unauthorized, nobody.StatusCode);
            using var answer = await change(member);
            Assert.Equal(writes, answer.IsSuccessStatusCode);
            Assert.True(writes || answer.StatusCode == HttpStatusCode.Forbidden);
        }
    }

    [Fact]
    public async Task An_organization_pays_through_its_own_catalog_only_and_is_told_when_nobody_bills_that()
    {
        var seller = await Seller.Open(app, mayAll: true);
        var other = await Seller.Open(app, mayAll: true);
        var holder = await CardHolder.Open(app, seller);
        object Body(string? integration = null, string? catalog = null) => new
        {
            organizationId = holder.Organization, billingIntegrationId = integration, catalogId = catalog, title = "T", successUrl = "https://a.example/", cancelUrl = "https://a.example/",
        };
        await holder.Admin.Post("/v1/payment-methods", Body(integration: other.Integration)).ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await holder.Admin.Post("/v1/payment-methods", Body(catalog: TestCaller.NewId("cat"))).ExpectProblem(HttpStatusCode.Conflict, "catalog_not_joined");
        await holder.Admin.Post("/v1/payment-methods", Body()).Expect(HttpStatusCode.Created);
        var nobody = TestCaller.NewId("org");
        var admin = app.ClientFor(TestCaller.Consumer(nobody, TestCaller.NewId("cat"), Roles.Admin));
        await admin.Post("/v1/portal-sessions", new { organizationId = nobody, returnUrl = "https://a.example/" }).ExpectProblem(HttpStatusCode.Conflict, "billing_integration_missing");
        var provider = app.ClientFor(TestCaller.Provider(seller.Organization, Roles.Owner));
        await provider.Post("/v1/portal-sessions", new { organizationId = seller.Organization, returnUrl = "https://a.example/" }).ExpectProblem(HttpStatusCode.Forbidden, "consumers_only");
    }
}
