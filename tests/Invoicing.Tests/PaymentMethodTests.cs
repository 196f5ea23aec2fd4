using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Invoicing;
using Marketplace.Testing;
using Stripe;

namespace Marketplace.Invoicing.Tests;

/// <summary>Cards are stored on Stripe's page, whatever way the news of it takes.</summary>
public sealed class PaymentMethodTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    [Theory]
    [InlineData("page")]
    [InlineData("invoice")]
    [InlineData("terms")]
    public async Task A_customer_made_again_after_its_deletion_goes_on_with_the_versions_of_the_one_before(string madeBy)
    {
        var seller = await Seller.Open(app, mayAll: true);
        var holder = await CardHolder.Open(app, seller);
        await holder.Store(CardHolder.Good, "First");
        var customer = await holder.Customer();
        await app.Stripe.Client(seller.Account).V1.Customers.DeleteAsync(customer);
        await seller.Hear(customer, "customer.deleted", objectType: "customer");
        var earlier = await app.Announced<PaymentMethodChanged>(m => m.OrganizationId == holder.Organization);
        if (madeBy == "invoice")
        {
            await seller.Until(await seller.Charge(holder.Approved(Plans.Of(basePrice: 2500))), "open");
        }
        else if (madeBy == "terms")
        {
            await seller.Owner.Put($"/v1/billing-integrations/{seller.Integration}/customers/{holder.Organization}/payment-terms", new { days = 30 }, "*").Expect();
        }

        await holder.Store(CardHolder.OtherGood, "Second");

        var told = (await app.Announced<PaymentMethodChanged>(m => m.OrganizationId == holder.Organization)).Skip(earlier.Count).ToList();
        Assert.NotEmpty(earlier);
        Assert.NotNull(Assert.Single(told).Default);
        Assert.True(told[0].Version > earlier.Max(m => m.Version), "a hearer keeps the newest version only");
    }

    [Fact]
    public async Task A_card_is_stored_on_Stripe_s_page_shown_without_its_token_and_the_first_becomes_the_default_there_too()
    {
        var seller = await Seller.Open(app, mayAll: true);
        var holder = await CardHolder.Open(app, seller);
        Assert.Empty(await holder.Methods());
        var asked = await holder.Admin.Post("/v1/payment-methods", holder.Body("Company card")).Expect<JsonElement>(HttpStatusCode.Created);
        Assert.Equal(("Company card", "card", seller.Integration), (asked.GetProperty("title").GetString(), asked.GetProperty("type").GetString(), asked.GetProperty("billingIntegrationId").GetString()));
        var page = new Uri(asked.GetProperty("setupSession").GetProperty("url").GetString()!);
        Assert.True(asked.GetProperty("setupSession").GetProperty("expiresAt").GetDateTimeOffset() > app.Clock.GetUtcNow());
        var session = asked.GetProperty("setupSession").GetProperty("id").GetString()!;
        Assert.Equal("open", (await holder.Return(session)).GetProperty("status").GetString());

        var (status, next) = await CardHolder.Type(page, CardHolder.Good);
        Assert.Equal(HttpStatusCode.SeeOther, status);
        Assert.StartsWith("https://shop.example.com/paid?session=cs_", next!.ToString(), StringComparison.Ordinal);
        var returned = await holder.Return(session);
        Assert.Equal(("complete", JsonValueKind.Null), (returned.GetProperty("status").GetString(), returned.GetProperty("url").ValueKind));

        var method = Assert.Single(await holder.Methods());
        Assert.Equal(
            ("Company card", "card", "visa", "4242", "************4242", "Ada Lovelace", true, "stored"),
            (method.GetProperty("title").GetString(), method.GetProperty("type").GetString(), method.GetProperty("brand").GetString(), method.GetProperty("last4").GetString(),
                method.GetProperty("display").GetString(), method.GetProperty("ownerName").GetString(), method.GetProperty("isDefault").GetBoolean(), method.GetProperty("status").GetString()));
        Assert.EndsWith("@example.com", method.GetProperty("ownerEmail").GetString(), StringComparison.Ordinal);
        Assert.Equal((12, 2034, "good"), (method.GetProperty("expiry").GetProperty("month").GetInt32(), method.GetProperty("expiry").GetProperty("year").GetInt32(), method.GetProperty("expiry").GetProperty("status").GetString()));
        var token = await holder.Token(method);
        Assert.DoesNotContain(token, (await holder.Admin.Get($"/v1/payment-methods/{method.GetProperty("id").GetString()}")).GetRawText() + method.GetRawText(), StringComparison.Ordinal);
        await Eventually.Until(holder.DefaultAtStripe, atStripe => atStripe == token, "the default is set at Stripe");
        var told = Assert.Single(await app.Announced<PaymentMethodChanged>(m => m.OrganizationId == holder.Organization));
        Assert.Equal(("4242", 1L, seller.Integration), (told.Default?.Last4, told.Version, told.BillingIntegrationId));
        Assert.DoesNotContain("Ada", await app.Database.Scalar<string>("select owner_name from payment_methods where organization_id = $1", holder.Organization), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Webhooks_of_every_kind_in_any_order_before_the_browser_returns_store_the_card_once_under_its_title()
    {
        var seller = await Seller.Open(app, mayAll: true);
        var holder = await CardHolder.Open(app, seller);
        var (session, page) = await holder.Ask("Heard of");
        await CardHolder.Type(page, CardHolder.Good);
        var stripe = app.Stripe.Client(seller.Account);
        var customer = await holder.Customer();
        var token = (await stripe.V1.Customers.PaymentMethods.ListAsync(customer)).Data.Single().Id;
        var checkout = await seller.StripeId(session);
        var intent = (await stripe.V1.Checkout.Sessions.GetAsync(checkout)).SetupIntentId;
        await seller.Hear(token, "payment_method.attached", objectType: "payment_method");
        Assert.Equal("Visa 4242", Assert.Single(await holder.Methods()).GetProperty("title").GetString());
        await Task.WhenAll(
            seller.Hear(checkout, "checkout.session.completed", objectType: "checkout.session"), seller.Hear(intent, "setup_intent.succeeded", objectType: "setup_intent"),
            seller.Hear(customer, "customer.updated", objectType: "customer"), seller.Hear(checkout, "checkout.session.completed", objectType: "checkout.session"));
        await holder.Return(session);
        Assert.Equal("Heard of", Assert.Single(await holder.Methods()).GetProperty("title").GetString());
        Assert.Equal(5, (await app.Announced<StripeEventHandled>(m => m.BillingIntegrationId == seller.Integration && m.Outcome == "handled")).Count);
        Assert.Equal("complete", (await holder.Return(session)).GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_card_is_stored_though_no_webhook_comes_and_the_browser_was_closed()
    {
        var seller = await Seller.Open(app, mayAll: true);
        var holder = await CardHolder.Open(app, seller);
        var (session, page) = await holder.Ask();
        await CardHolder.Type(page, CardHolder.Good);
        Assert.Empty(await holder.Methods());
        await app.Database.Execute("update checkout_sessions set look_at = now() where id = $1", session);
        await app.Make<LookAtCheckouts>().Run(default);
        await Eventually.Until(holder.Methods, methods => methods.Count == 1, "the poll of open checkouts has stored the card");
        Assert.Equal("complete", await app.Database.Scalar<string>("select status from checkout_sessions where id = $1", session));
    }

    [Fact]
    public async Task A_declined_card_leaves_the_page_open_for_another_one()
    {
        var seller = await Seller.Open(app, mayAll: true);
        var holder = await CardHolder.Open(app, seller);
        var (session, page) = await holder.Ask();
        Assert.Equal(HttpStatusCode.PaymentRequired, (await CardHolder.Type(page, CardHolder.Declined)).Status);
        var still = await holder.Return(session);
        Assert.Equal(("open", page.ToString()), (still.GetProperty("status").GetString(), still.GetProperty("url").GetString()));
        Assert.Empty(await holder.Methods());
        await CardHolder.Type(page, CardHolder.OtherGood);
        Assert.Equal("complete", (await holder.Return(session)).GetProperty("status").GetString());
        Assert.Equal("mastercard", Assert.Single(await holder.Methods()).GetProperty("brand").GetString());
    }

    [Fact]
    public async Task A_card_that_wants_3_D_Secure_is_stored_once_that_is_passed_and_not_when_it_fails()
    {
        var seller = await Seller.Open(app, mayAll: true);
        var holder = await CardHolder.Open(app, seller);
        var (session, page) = await holder.Ask();
        var (_, bank) = await CardHolder.Type(page, CardHolder.AuthenticatedOnce);
        Assert.Contains("/authenticate/", bank!.ToString(), StringComparison.Ordinal);
        Assert.Equal("open", (await holder.Return(session)).GetProperty("status").GetString());
        await CardHolder.Authenticate(bank, passes: false);
        Assert.Equal("open", (await holder.Return(session)).GetProperty("status").GetString());
        Assert.Empty(await holder.Methods());
        (_, bank) = await CardHolder.Type(page, CardHolder.AuthenticatedOnce);
        await CardHolder.Authenticate(bank!, passes: true);
        Assert.Equal("complete", (await holder.Return(session)).GetProperty("status").GetString());
        Assert.Equal("3155", Assert.Single(await holder.Methods()).GetProperty("last4").GetString());
    }

    [Fact]
    public async Task A_page_that_nobody_used_expires_and_stores_nothing()
    {
        var seller = await Seller.Open(app, mayAll: true);
        var holder = await CardHolder.Open(app, seller);
        var (session, _) = await holder.Ask();
        var checkout = await seller.StripeId(session);
        await app.Stripe.Client(seller.Account).V1.Checkout.Sessions.ExpireAsync(checkout);
        await seller.Hear(checkout, "checkout.session.expired", objectType: "checkout.session");
        await seller.Hear(checkout, "checkout.session.completed", objectType: "checkout.session");
        var expired = await holder.Return(session);
        Assert.Equal(("expired", JsonValueKind.Null), (expired.GetProperty("status").GetString(), expired.GetProperty("url").ValueKind));
        Assert.Empty(await holder.Methods());
    }

    [Theory]
    [InlineData("open", "complete", "complete")]
    [InlineData("open", "expired", "expired")]
    [InlineData("open", "open", null)]
    [InlineData("complete", "expired", null)]
    [InlineData("expired", "complete", null)]
    public void What_is_over_stays_as_it_ended(string status, string atStripe, string? next) => Assert.Equal(
        next, new CheckoutSession { Id = "chk_1", Purpose = CheckoutPurpose.Setup, IntegrationId = "bil_1", OrganizationId = "org_1", CustomerId = "cst_1", OpenedBy = "usr_1", Status = status }
            .After(atStripe, DateTimeOffset.UnixEpoch)?.Status);

    [Theory]
    [InlineData(null, false, "a,b", null, "b", true)]
    [InlineData(null, false, "a", "a", "a", false)]
    [InlineData("a", false, "a,b", "b", "b", false)]
    [InlineData("a", true, "a,b", "b", "a", true)]
    [InlineData("a", false, "a,b", null, "a", true)]
    [InlineData("a", true, "b", "a", "b", true)]
    [InlineData("a", false, "", "a", null, false)]
    public void The_default_is_ours_until_Stripe_knows_it_then_Stripe_s_and_there_is_one_while_there_is_a_method(
        string? ours, bool unsent, string stored, string? atStripe, string? next, bool tell) => Assert.Equal(
        (next, tell), new PayingCustomer { Id = "cst_1", IntegrationId = "bil_1", OrganizationId = "org_1", DefaultMethodId = ours, DefaultUnsent = unsent }
            .NextDefault(stored.Split(',', StringSplitOptions.RemoveEmptyEntries), atStripe));

    [Fact]
    public async Task Another_default_is_told_to_Stripe_and_one_that_was_chosen_there_is_taken_over()
    {
        var seller = await Seller.Open(app, mayAll: true);
        var holder = await CardHolder.Open(app, seller);
        var first = await holder.Store(CardHolder.Good, "First");
        var second = await holder.Store(CardHolder.OtherGood, "Second");
        Assert.Equal((true, false), (await IsDefault("First"), await IsDefault("Second")));
        await holder.Admin.Post($"/v1/payment-methods/{second.GetProperty("id").GetString()}/default").Expect();
        Assert.Equal((false, true), (await IsDefault("First"), await IsDefault("Second")));
        var (firstToken, secondToken) = (await holder.Token(first), await holder.Token(second));
        await Eventually.Until(holder.DefaultAtStripe, atStripe => atStripe == secondToken, "Stripe knows the other default");
        await Eventually.Until(async () => (await seller.Jobs()).Count, jobs => jobs == 0, "the job is done");

        await app.Stripe.Client(seller.Account).V1.Customers.UpdateAsync(
            await holder.Customer(), new CustomerUpdateOptions { InvoiceSettings = new CustomerInvoiceSettingsOptions { DefaultPaymentMethod = firstToken } });
        await seller.Hear(await holder.Customer(), "customer.updated", objectType: "customer");
        Assert.Equal((true, false), (await IsDefault("First"), await IsDefault("Second")));
        Assert.Equal(["First", "Second", "First"], (await app.Announced<PaymentMethodChanged>(m => m.OrganizationId == holder.Organization)).Select(m => m.Default?.Title));

        async Task<bool> IsDefault(string title) => (await holder.Methods()).Single(m => m.GetProperty("title").GetString() == title).GetProperty("isDefault").GetBoolean();
    }

    [Fact]
    public async Task A_card_that_the_networks_renew_or_the_provider_detaches_is_mirrored()
    {
        var seller = await Seller.Open(app, mayAll: true);
        var holder = await CardHolder.Open(app, seller);
        var method = await holder.Store();
        var token = await holder.Token(method);
        var now = app.Clock.GetUtcNow();
        await app.Stripe.Renew(token, now.AddMonths(1));
        await seller.Hear(token, "payment_method.automatically_updated", objectType: "payment_method");
        Assert.Equal("expiring", Assert.Single(await holder.Methods()).GetProperty("expiry").GetProperty("status").GetString());
        Assert.Equal(now.AddMonths(1).Month, (await app.Announced<PaymentMethodChanged>(m => m.OrganizationId == holder.Organization))[^1].Default!.ExpiryMonth);

        await app.Stripe.Client(seller.Account).V1.PaymentMethods.DetachAsync(token);
        await seller.Hear(token, "payment_method.detached", objectType: "payment_method");
        Assert.Empty(await holder.Methods());
        await holder.Admin.GetAsync($"/v1/payment-methods/{method.GetProperty("id").GetString()}").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        Assert.Null((await app.Announced<PaymentMethodChanged>(m => m.OrganizationId == holder.Organization))[^1].Default);
    }

    [Fact]
    public async Task An_answer_that_was_overtaken_brings_no_removed_card_back()
    {
        var seller = await Seller.Open(app, mayAll: true);
        var holder = await CardHolder.Open(app, seller);
        var token = await holder.Token(await holder.Store());
        var integration = await BillingIntegration.Find(app.Make<InvoicingDatabase>().Database, seller.Integration, default);
        var mirror = app.Make<MirrorPaymentMethods>();
        var slow = await mirror.Ask(integration!.Keys, await holder.Customer(), null, default);
        await app.Stripe.Client(seller.Account).V1.PaymentMethods.DetachAsync(token);
        await seller.Hear(token, "payment_method.detached", objectType: "payment_method");
        await using (var transaction = await app.Make<InvoicingDatabase>().Database.Begin(default))
        {
            Assert.Null(await slow(transaction, default));
            await transaction.Commit(default);
        }

        Assert.Empty(await holder.Methods());
    }

    [Fact]
    public async Task What_changed_without_any_event_is_found_by_the_daily_look()
    {
        var seller = await Seller.Open(app, mayAll: true);
        var holder = await CardHolder.Open(app, seller);
        await app.Stripe.Client(seller.Account).V1.PaymentMethods.DetachAsync(await holder.Token(await holder.Store()));
        await app.Database.Execute("update customers set methods_look_at = now() where organization_id = $1", holder.Organization);
        await app.Make<LookAtPaymentMethods>().Run(default);
        await Eventually.Until(holder.Methods, methods => methods.Count == 0, "the daily look has seen that the card is gone");
    }
}

/// <summary>The service's database, as its own classes get it.</summary>
public sealed record InvoicingDatabase(Storage.Database Database);
