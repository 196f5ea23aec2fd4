using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Testing;

namespace Marketplace.Catalog.Tests;

public sealed class PublicationTests(CatalogApp app) : IClassFixture<CatalogApp>
{
    [Fact]
    public async Task Only_a_released_product_is_published()
    {
        var provider = app.NewProvider();
        var catalog = await provider.SellingCatalog();
        var product = await provider.Product(Provider.Free());
        await Publishing(provider, catalog, product).ExpectProblem(HttpStatusCode.Conflict, "product_not_released", "productId");
        await Publishing(provider, catalog, TestCaller.NewId("prd")).ExpectProblem(HttpStatusCode.UnprocessableEntity, "product_unknown", "productId");
        await provider.Owner.Post($"/v1/catalogs/{catalog}/publications", new { productId = product, visibility = "secret" }).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "visibility");
    }

    [Fact]
    public async Task Paid_plans_are_published_only_with_billing_payment_methods_and_a_webhook_secret()
    {
        var provider = app.NewProvider();
        var product = await provider.Released(Provider.Flat(), Provider.Free());
        var catalog = await provider.Catalog();
        await Publishing(provider, catalog, product).ExpectProblem(HttpStatusCode.Conflict, "billing_required");

        var integration = await app.Integration(provider.Organization, ready: false);
        await provider.Owner.Put($"/v1/catalogs/{catalog}/billing-integration", new { billingIntegrationId = integration }, "*").Expect();
        await Publishing(provider, catalog, product).ExpectProblem(HttpStatusCode.Conflict, "webhook_secret_required");

        await provider.Owner.Put($"/v1/catalogs/{catalog}/settings", new { paymentMethods = false }, "*").Expect();
        await app.Integration(provider.Organization, ready: true, id: integration, version: 2);
        await Publishing(provider, catalog, product).ExpectProblem(HttpStatusCode.Conflict, "payment_methods_required");

        await provider.Owner.Put($"/v1/catalogs/{catalog}/settings", new { paymentMethods = true }, "*").Expect();
        await app.Integration(provider.Organization, livemode: true, id: integration, version: 3);
        await Publishing(provider, catalog, product).ExpectProblem(HttpStatusCode.Conflict, "livemode_mismatch");

        await app.Integration(provider.Organization, deleted: true, id: integration, version: 4);
        await Publishing(provider, catalog, product).ExpectProblem(HttpStatusCode.Conflict, "billing_required");

        var another = await app.Integration(provider.Organization);
        await provider.Owner.Put($"/v1/catalogs/{catalog}/billing-integration", new { billingIntegrationId = another }, "*").Expect();
        await Publishing(provider, catalog, product).Expect(HttpStatusCode.Created);
        Assert.Single(await app.Announced<ProductPublished>(p => p.ProductId == product));
    }

    [Fact]
    public async Task That_a_payment_method_is_demanded_is_told_with_everything_on_offer_and_needs_payment_methods()
    {
        var provider = app.NewProvider();
        var product = await provider.Released(Provider.Flat());
        var catalog = await provider.Catalog("sandbox", await app.Integration(provider.Organization));
        await Publishing(provider, catalog, product).Expect(HttpStatusCode.Created);
        var settings = $"/v1/catalogs/{catalog}/settings";
        await provider.Owner.Put(settings, new { paymentMethodRequired = true }, "*").Expect();
        await provider.Owner.Put(settings, new { paymentMethodRequired = false }, "*").Expect();
        Assert.Equal([false, true, false], (await app.Announced<ProductPublished>(p => p.ProductId == product)).Select(p => p.PaymentMethodRequired));
        Assert.Equal([false, true, false], (await app.Announced<CatalogSettingsChanged>(c => c.CatalogId == catalog)).Select(c => c.PaymentMethodRequired).TakeLast(3));

        var empty = await provider.Catalog();
        await provider.Owner.Put($"/v1/catalogs/{empty}/settings", new { paymentMethods = false }, "*").Expect();
        await provider.Owner.Put($"/v1/catalogs/{empty}/settings", new { paymentMethodRequired = true }, "*").ExpectProblem(HttpStatusCode.Conflict, "payment_methods_off", "paymentMethodRequired");
        await provider.Owner.Put($"/v1/catalogs/{empty}/settings", new { paymentMethods = true, paymentMethodRequired = true }, "*").Expect();
        Assert.True((await app.Announced<CatalogSettingsChanged>(c => c.CatalogId == empty))[^1] is { PaymentMethods: true, PaymentMethodRequired: true });
    }

    [Fact]
    public async Task A_webhook_secret_entered_a_moment_ago_is_waited_for()
    {
        var provider = app.NewProvider();
        var integration = await app.Integration(provider.Organization, ready: false);
        var catalog = await provider.Catalog("sandbox", integration);
        var publishing = Publishing(provider, catalog, await provider.Released(Provider.Flat()));
        await app.Integration(provider.Organization, ready: true, id: integration, version: 2);
        await publishing.Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Free_products_need_no_billing_and_name_none()
    {
        var provider = app.NewProvider();
        var product = await provider.Released(Provider.Free());
        await provider.Publish(await provider.Catalog(), product);
        Assert.Null(Assert.Single(await app.Announced<ProductPublished>(p => p.ProductId == product)).BillingIntegrationId);
    }

    [Fact]
    public async Task A_paid_plan_does_not_slip_into_a_catalog_that_cannot_bill()
    {
        var provider = app.NewProvider();
        var product = await provider.Released(Provider.Free());
        var catalog = await provider.Catalog();
        await provider.Publish(catalog, product);
        var paid = await provider.Plan(product);
        await provider.Owner.Post($"/v1/products/{product}/plans/{paid}/activate").ExpectProblem(HttpStatusCode.Conflict, "billing_required");
        await provider.Owner.Post($"/v1/products/{product}/releases", new { type = "minor" }).ExpectProblem(HttpStatusCode.Conflict, "billing_required");
        Assert.Equal("1.0.0", (await provider.Owner.Get($"/v1/products/{product}")).Text("release"));

        await provider.Owner.Put($"/v1/catalogs/{catalog}/billing-integration", new { billingIntegrationId = await app.Integration(provider.Organization) }, "*").Expect();
        await provider.Owner.Post($"/v1/products/{product}/plans/{paid}/activate").Expect();
    }

    [Fact]
    public async Task Every_change_of_what_is_on_offer_is_announced_whole_under_a_growing_version()
    {
        var provider = app.NewProvider();
        var catalog = await provider.SellingCatalog();
        var product = await provider.Released(Provider.Flat());
        var plan = (await provider.Owner.Get($"/v1/products/{product}")).GetProperty("plans")[0].Id();
        var publication = await provider.Publish(catalog, product);
        var free = await provider.Plan(product, Provider.Free());
        await provider.Owner.Post($"/v1/products/{product}/plans/{free}/activate").Expect();
        await provider.Owner.Post($"/v1/products/{product}/plans/{plan}/deprecate").Expect();
        await provider.Owner.Post($"/v1/products/{product}/plans/{plan}/archive").Expect();
        await provider.Release(product, "minor");
        await provider.Owner.Delete($"/v1/catalogs/{catalog}/publications/{publication}").Expect(HttpStatusCode.NoContent);
        await provider.Release(product, "minor");
        var again = await provider.Publish(catalog, product);

        var told = await app.Announced<ProductPublished>(p => p.ProductId == product);
        Assert.Equal([(1, "1.0.0", "active"), (2, "1.0.0", "active active"), (3, "1.0.0", "deprecated active"), (4, "1.0.0", "archived active"), (5, "1.1.0", "archived active"), (7, "1.2.0", "archived active")],
            told.Select(p => (p.Version, p.Release, string.Join(' ', p.Plans.Select(s => s.Status)))));
        Assert.Equal(new ProductWithdrawn(publication, catalog, product, 6), Assert.Single(await app.Announced<ProductWithdrawn>(p => p.ProductId == product)));
        Assert.Equal(publication, again);
    }

    [Fact]
    public async Task A_product_is_published_once_per_catalog_also_when_two_try_at_once()
    {
        var provider = app.NewProvider();
        var catalog = await provider.SellingCatalog();
        var product = await provider.Released(Provider.Flat());
        Task<HttpResponseMessage>[] sent;
        await using (await app.Database.HoldRow("products", product))
        {
            sent = [Publishing(provider, catalog, product), Publishing(provider, catalog, product)];
            await app.Database.UntilBlockedOnLocks(2);
        }

        Assert.Equal([HttpStatusCode.Created, HttpStatusCode.Conflict], (await Task.WhenAll(sent)).Select(answer => answer.StatusCode).Order());
        await Publishing(provider, catalog, product).ExpectProblem(HttpStatusCode.Conflict, "already_published", "productId");
        Assert.Single(await app.Announced<ProductPublished>(p => p.ProductId == product));
        Assert.Single((await provider.Owner.Get($"/v1/catalogs/{catalog}/publications")).Data());
    }

    [Fact]
    public async Task Publishing_and_activating_at_once_announce_both_in_order()
    {
        var provider = app.NewProvider();
        var catalog = await provider.SellingCatalog();
        var product = await provider.Released(Provider.Free());
        var plan = await provider.Plan(product);
        Task<HttpResponseMessage> publish, activate;
        await using (await app.Database.HoldRow("products", product))
        {
            publish = Publishing(provider, catalog, product);
            activate = provider.Owner.Post($"/v1/products/{product}/plans/{plan}/activate");
            await app.Database.UntilBlockedOnLocks(2);
        }

        await publish.Expect(HttpStatusCode.Created);
        await activate.Expect();
        var last = (await app.Announced<ProductPublished>(p => p.ProductId == product)).MaxBy(p => p.Version)!;
        Assert.Equal(["active", "active"], last.Plans.Select(p => p.Status));
    }

    [Fact]
    public async Task A_product_withdrawn_while_its_plan_is_activated_is_not_announced_again()
    {
        var provider = app.NewProvider();
        var catalog = await provider.Catalog();
        var product = await provider.Released();
        var publication = await provider.Publish(catalog, product);
        var plan = await provider.Plan(product, Provider.Free());
        Task<HttpResponseMessage> withdraw, activate;
        await using (await app.Database.HoldRow("publications", publication))
        {
            withdraw = provider.Owner.Delete($"/v1/catalogs/{catalog}/publications/{publication}");
            await app.Database.UntilBlockedOnLocks(1);
            activate = provider.Owner.Post($"/v1/products/{product}/plans/{plan}/activate");
            await app.Database.UntilBlockedOnLocks(2);
        }

        await withdraw.Expect(HttpStatusCode.NoContent);
        await activate.Expect();
        Assert.Single(await app.Announced<ProductPublished>(p => p.ProductId == product));
    }

    [Fact]
    public async Task A_publication_is_shown_to_others_without_being_withdrawn()
    {
        var provider = app.NewProvider();
        var catalog = await provider.Catalog();
        var product = await provider.Released();
        var path = $"/v1/catalogs/{catalog}/publications/{await provider.Publish(catalog, product, "none")}";
        Assert.Empty((await app.Anonymous().Get($"/v1/catalogs/{catalog}/storefront")).Data());
        Assert.Equal("public", (await provider.Owner.Patch(path, new { visibility = "public" }, "*").Expect<JsonElement>()).Text("visibility"));
        Assert.Single((await app.Anonymous().Get($"/v1/catalogs/{catalog}/storefront")).Data());
        await provider.Owner.Patch(path, new { visibility = "all" }, "*").ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "visibility");
        await provider.Owner.Delete(path).Expect(HttpStatusCode.NoContent);
        await provider.Owner.Patch(path, new { visibility = "public" }, "*").ExpectProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task A_reader_of_the_route_feed_skips_nothing_while_writers_overlap()
    {
        var provider = app.NewProvider();
        var catalog = await provider.Catalog();
        var (first, second) = (await provider.Released(), await provider.Released());
        await provider.Publish(catalog, first);
        var (api, start) = ((await provider.Owner.Get($"/v1/products/{first}")).GetProperty("apiIds")[0].GetString()!, (await Feed(0)).Position);

        // The first writer draws its position and is stopped before it commits; the second must not show a later one meanwhile.
        var added = await provider.Api("Added");
        await provider.Owner.Patch($"/v1/products/{first}", new { apiIds = new[] { added, api } }, "*").Expect();
        await provider.Owner.Patch($"/v1/apis/{api}", new { upstreamUrl = "https://moved.example.com" }, "*").Expect();
        Task<HttpResponseMessage> release, publish;
        await using (await app.Database.HoldRow("routes", api, "api_id"))
        {
            release = provider.Owner.Post($"/v1/products/{first}/releases", new { type = "minor" });
            await app.Database.UntilBlockedOnLocks(1);
            publish = Publishing(provider, await provider.Catalog(), second);
            await app.Database.UntilBlockedOnLocks(2);
            Assert.Equal(start, (await Feed(start)).Position);
        }

        await release.Expect(HttpStatusCode.Created);
        await publish.Expect(HttpStatusCode.Created);
        var after = await Feed(start);
        Assert.Equal([(first, added), (first, api)], after.Routes.Where(r => r.ProductId == first).Select(r => (r.ProductId, r.ApiId)));
        Assert.Equal("https://moved.example.com", after.Routes.Single(r => r.ApiId == api).UpstreamUrl);
        Assert.Single(after.Routes, r => r.ProductId == second);
    }

    [Fact]
    public async Task The_route_feed_comes_in_pages_and_repeats_nothing_unchanged()
    {
        var provider = app.NewProvider();
        var catalog = await provider.Catalog();
        var start = (await Feed(0)).Position;
        var products = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            products.Add(await provider.Released());
            await provider.Publish(catalog, products[i]);
        }

        var page = await app.ClientForService().Get<RoutePage>($"/internal/routes?after={start}&limit=2");
        Assert.True(page.More);
        var rest = await app.ClientForService().Get<RoutePage>($"/internal/routes?after={page.Position}&limit=2");
        Assert.False(rest.More);
        Assert.Equal(products, page.Routes.Concat(rest.Routes).Select(r => r.ProductId));

        await provider.Release(products[0], "patch");
        Assert.Empty((await Feed(rest.Position)).Routes);
        await app.ClientForService().GetAsync("/internal/routes?limit=0").ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "limit");
    }

    [Fact]
    public async Task A_withdrawn_product_keeps_its_routes_for_its_subscribers()
    {
        var provider = app.NewProvider();
        var catalog = await provider.Catalog();
        var product = await provider.Released();
        var publication = await provider.Publish(catalog, product);
        await provider.Owner.Delete($"/v1/catalogs/{catalog}/publications/{publication}").Expect(HttpStatusCode.NoContent);
        await provider.Owner.GetAsync($"/v1/catalogs/{catalog}/publications/{publication}").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        Assert.Contains((await Feed(0)).Routes, r => r.ProductId == product);
    }

    private Task<RoutePage> Feed(long after) => app.ClientForService().Get<RoutePage>($"/internal/routes?after={after}&limit=1000");

    private static Task<HttpResponseMessage> Publishing(Provider provider, string catalog, string product) =>
        provider.Owner.Post($"/v1/catalogs/{catalog}/publications", new { productId = product, visibility = "public" });

    public static TheoryData<string, object> Unbillable => new()
    {
        { "dinars, whose lines are rounded otherwise there", new { title = "P", currency = "kwd", billingPeriod = new { unit = "month", count = 1 }, price = new { model = "flat", @base = new { amount = 1000, currency = "kwd" } } } },
        { "daily overage", Overage("day") },
    };

    [Theory]
    [MemberData(nameof(Unbillable))]
    public async Task A_catalog_billed_by_Stripe_s_subscriptions_refuses_plans_that_those_cannot_bill_exactly(string why, object plan)
    {
        var provider = app.NewProvider();
        var integration = await app.Integration(provider.Organization, model: "subscriptions");
        var catalog = await provider.Catalog("sandbox", integration);
        var product = await provider.Released(plan);
        var refusal = await provider.Owner.Post($"/v1/catalogs/{catalog}/publications", new { productId = product, visibility = "public" }).ExpectProblem(HttpStatusCode.Conflict, "plan_not_billable");
        Assert.True(refusal.Detail!.Contains("invoices", StringComparison.Ordinal), why);

        var other = await provider.Catalog("sandbox", await app.Integration(provider.Organization));
        await provider.Publish(other, product);
    }

    [Theory]
    [InlineData("invoices", "usd", 99_999_900, 100, false)]
    [InlineData("subscriptions", "usd", 100_000_000, 0, false)]
    [InlineData("invoices", "usd", 99_999_899, 100, true)]
    [InlineData("invoices", "idr", 100_000_000, 0, true)]
    [InlineData("invoices", "cop", 9_999_999_999, 0, true)]
    [InlineData("invoices", "cop", 10_000_000_000, 0, false)]
    [InlineData("invoices", "inr", 999_999_999, 0, true)]
    [InlineData("invoices", "inr", 1_000_000_000, 0, false)]
    [InlineData("custom", "usd", 100_000_000, 0, true)]
    public async Task What_Stripe_cannot_charge_at_once_is_not_sold_through_it(string model, string currency, long amount, long setupFee, bool isSold)
    {
        var provider = app.NewProvider();
        var catalog = await provider.Catalog("sandbox", await app.Integration(provider.Organization, model: model));
        var product = await provider.Released(new
        {
            title = "P", currency, billingPeriod = new { unit = "year", count = 1 }, price = new { model = "flat", @base = new { amount, currency } }, setupFee = new { amount = setupFee, currency },
        });

        var sold = provider.Owner.Post($"/v1/catalogs/{catalog}/publications", new { productId = product, visibility = "public" });

        await (isSold ? sold.Expect(HttpStatusCode.Created) : (Task)sold.ExpectProblem(HttpStatusCode.Conflict, "plan_not_billable"));
    }

    [Fact]
    public async Task A_catalog_billed_by_Stripe_s_subscriptions_sells_what_those_can_bill_and_no_overage_that_grows_on_it_later()
    {
        var provider = app.NewProvider();
        var catalog = await provider.Catalog("sandbox", await app.Integration(provider.Organization, model: "subscriptions"));
        var product = await provider.Released(Overage("period"));
        await provider.Publish(catalog, product);
        await provider.Owner.Post($"/v1/products/{product}/plans", Overage("week")).Expect(HttpStatusCode.Created);
        await provider.Owner.Post($"/v1/products/{product}/releases", new { type = "minor" }).ExpectProblem(HttpStatusCode.Conflict, "plan_not_billable");
    }

    [Fact]
    public async Task Where_the_provider_s_own_billing_system_charges_paid_plans_need_no_payment_methods_and_can_demand_none()
    {
        var provider = app.NewProvider();
        var product = await provider.Released(Provider.Flat());
        var integration = await app.Integration(provider.Organization, model: "custom");
        var catalog = await provider.Catalog("sandbox", integration);
        var shown = (await provider.Owner.Get($"/v1/catalogs/{catalog}")).GetProperty("billingIntegration");
        Assert.Equal(System.Text.Json.JsonValueKind.Null, shown.GetProperty("accountId").ValueKind);
        await provider.Owner.Put($"/v1/catalogs/{catalog}/settings", new { paymentMethodRequired = true }, "*").ExpectProblem(HttpStatusCode.Conflict, "payment_methods_elsewhere", "paymentMethodRequired");
        await provider.Publish(catalog, product);
        await provider.Owner.Put($"/v1/catalogs/{catalog}/settings", new { paymentMethods = false }, "*").Expect();
        await provider.Publish(catalog, await provider.Released(Provider.Flat()));

        var demanding = await provider.Catalog();
        await provider.Owner.Put($"/v1/catalogs/{demanding}/settings", new { paymentMethodRequired = true }, "*").Expect();
        await provider.Owner.Put($"/v1/catalogs/{demanding}/billing-integration", new { billingIntegrationId = integration }, "*").ExpectProblem(HttpStatusCode.Conflict, "payment_methods_elsewhere");
        var live = await provider.Catalog("production");
        await provider.Owner.Put($"/v1/catalogs/{live}/billing-integration", new { billingIntegrationId = integration }, "*").ExpectProblem(HttpStatusCode.Conflict, "livemode_mismatch");
        await app.Integration(provider.Organization, id: integration, model: "custom", livemode: true, version: 2);
        await provider.Owner.Post($"/v1/catalogs/{catalog}/publications", new { productId = await provider.Released(Provider.Flat()), visibility = "public" }).ExpectProblem(HttpStatusCode.Conflict, "livemode_mismatch");
    }

    private static object Overage(string interval) => new
    {
        title = $"Overage per {interval}", currency = "usd", billingPeriod = new { unit = "month", count = 1 }, price = new { model = "flat", @base = new { amount = 1000, currency = "usd" } },
        quotas = new[] { new { unit = "transactions", limit = 10, kind = "loose", interval, overage = "2.5" } },
    };
}
