using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Storage;
using Marketplace.Testing;

namespace Marketplace.Catalog.Tests;

public sealed class QuotaTests(CatalogApp app) : IClassFixture<CatalogApp>
{
    [Theory]
    [InlineData("""{"calls":10}""", 400, "validation_failed", "rateLimit.seconds")]
    [InlineData("""{"calls":10,"seconds":60,"unit":"hour"}""", 400, "validation_failed", "rateLimit.unit")]
    [InlineData("""{"calls":10,"unit":"week"}""", 400, "validation_failed", "rateLimit.unit")]
    [InlineData("""{"calls":0,"unit":"minute"}""", 400, "validation_failed", "rateLimit.calls")]
    [InlineData("""{"calls":10,"unit":"minute","burst":{"calls":5}}""", 400, "validation_failed", "rateLimit.burst.seconds")]
    [InlineData("""{"calls":10,"unit":"minute","burst":{"calls":5,"seconds":60}}""", 422, "burst_invalid", "rateLimit.burst.seconds")]
    [InlineData("""{"calls":10,"unit":"minute","burst":{"calls":11,"seconds":1}}""", 422, "burst_invalid", "rateLimit.burst.calls")]
    public async Task A_rate_limit_that_says_too_little_or_too_much_is_refused(string rate, int status, string code, string field)
    {
        var provider = app.NewProvider();
        await provider.Owner.Post($"/v1/products/{await provider.Product()}/plans", Json($$"""{"title":"P","price":{"model":"free"},"rateLimit":{{rate}} }"""))
            .ExpectProblem((HttpStatusCode)status, code, field);
    }

    [Theory]
    [InlineData("""{"calls":1000,"unit":"hour","burst":{"calls":50,"seconds":10}}""", 3600, 50, "1000 calls per 1 hour|50 calls per 10 seconds")]
    [InlineData("""{"calls":1,"unit":"day"}""", 86400, null, "1 call per 1 day")]
    [InlineData("""{"calls":5,"seconds":90}""", 90, null, "5 calls per 90 seconds")]
    public async Task A_rate_limit_and_its_burst_are_announced_and_shown(string rate, int seconds, int? burst, string shown)
    {
        var provider = app.NewProvider();
        var product = await provider.Product();
        var plan = await provider.Owner.Post($"/v1/products/{product}/plans", Json($$"""{"title":"P","price":{"model":"free"},"rateLimit":{{rate}} }""")).Expect<JsonElement>(HttpStatusCode.Created);
        Assert.Equal(shown.Split('|'), plan.GetProperty("display").GetProperty("rateLimits").Deserialize<string[]>()!);
        await provider.Release(product);
        await provider.Publish(await provider.Catalog(), product);
        var announced = Assert.Single(Assert.Single(await app.Announced<ProductPublished>(p => p.ProductId == product)).Plans);
        Assert.Equal((seconds, burst, burst is null ? null : 10), (announced.RateLimitSeconds, announced.BurstLimit, announced.BurstSeconds));
    }

    [Fact]
    public async Task An_API_is_in_one_quota_of_a_unit_and_may_be_in_one_of_another()
    {
        var provider = app.NewProvider();
        await provider.Unit();
        var (product, orders, _) = await TwoApis(provider);
        await provider.Owner.Post($"/v1/products/{product}/plans", Plan([new { limit = 1, apiIds = new[] { orders } }, new { limit = 2 }]))
            .ExpectProblem(HttpStatusCode.UnprocessableEntity, "quota_overlap", "quotas[1].apiIds");
        await provider.Owner.Post($"/v1/products/{product}/plans", Plan([new { unit = "x-tokens", limit = 1, apiIds = new[] { orders } }, new { unit = "x-tokens", limit = 2 }]))
            .ExpectProblem(HttpStatusCode.UnprocessableEntity, "quota_overlap", "quotas[1].apiIds");
        await provider.Owner.Post($"/v1/products/{product}/plans", Plan([new { limit = 1 }, new { unit = "x-tokens", limit = 2 }])).Expect(HttpStatusCode.Created);
    }

    [Theory]
    // What a unit price already charges has no overage; another unit has.
    [InlineData("transactions", null, true)]
    [InlineData("transactions", "1", false)]
    [InlineData("x-tokens", "1", true)]
    [InlineData("x-tokens", null, false)]
    public async Task A_loose_quota_has_an_overage_exactly_where_nothing_else_charges_its_unit(string unit, string? overage, bool accepted)
    {
        var provider = app.NewProvider();
        await provider.Unit();
        var path = $"/v1/products/{await provider.Product()}/plans";
        foreach (var price in new object[] { new { model = "unit", unitAmount = "1" }, new { model = "graduated", tiers = new[] { new { unitAmount = "1" } } }, new { model = "package", unitAmount = "1", packageSize = 5 } })
        {
            var sent = provider.Owner.Post(path, new { title = "P", currency = "usd", price, quotas = new[] { new { unit, limit = 5, kind = "loose", overage } } });
            if (accepted)
            {
                await sent.Expect(HttpStatusCode.Created);
            }
            else
            {
                await sent.ExpectProblem(HttpStatusCode.UnprocessableEntity, "quota_invalid", "quotas[0].overage");
            }
        }
    }

    [Theory]
    // The calendar decides: twelve months are a year, and a month may have 31 days, a year 366.
    [InlineData(12, "month", "year", true)]
    [InlineData(11, "month", "year", false)]
    [InlineData(1, "year", "year", true)]
    [InlineData(2, "year", "month", true)]
    [InlineData(30, "day", "month", false)]
    [InlineData(31, "day", "month", true)]
    [InlineData(365, "day", "year", false)]
    [InlineData(366, "day", "year", true)]
    [InlineData(4, "week", "month", false)]
    [InlineData(5, "week", "month", true)]
    [InlineData(52, "week", "year", false)]
    [InlineData(53, "week", "year", true)]
    [InlineData(6, "day", "week", false)]
    [InlineData(7, "day", "week", true)]
    [InlineData(1, "day", "day", true)]
    [InlineData(1, "month", "week", true)]
    [InlineData(1, "day", "period", true)]
    public async Task A_loose_quota_never_outlasts_the_billing_period(int count, string unit, string interval, bool accepted)
    {
        var provider = app.NewProvider();
        var sent = provider.Owner.Post($"/v1/products/{await provider.Product()}/plans", new
        {
            title = "P", currency = "usd", billingPeriod = new { unit, count }, price = new { model = "flat", @base = new { amount = 1, currency = "usd" } },
            quotas = new[] { new { limit = 5, kind = "loose", overage = "1", interval } },
        });
        await (accepted ? sent.Expect(HttpStatusCode.Created) : sent.ExpectProblem(HttpStatusCode.UnprocessableEntity, "loose_quota_outlasts_period", "quotas[0].interval") as Task);
    }

    [Fact]
    public async Task An_active_plan_gains_quotas_for_APIs_that_none_covers_and_nothing_else()
    {
        var provider = app.NewProvider();
        var (product, orders, invoices) = await TwoApis(provider);
        var plan = $"/v1/products/{product}/plans/{(await provider.Owner.Post($"/v1/products/{product}/plans", Plan([new { limit = 1, apiIds = new[] { orders } }])).Expect<JsonElement>(HttpStatusCode.Created)).Id()}";
        await provider.Release(product);
        await provider.Publish(await provider.Catalog(), product);
        var before = Assert.Single(Assert.Single(await app.Announced<ProductPublished>(p => p.ProductId == product)).Plans);

        await Grow(new { quotas = new[] { new { limit = 5 } } }).ExpectProblem(HttpStatusCode.UnprocessableEntity, "quota_overlap", "quotas[0].apiIds");
        await Grow(new { quotas = new[] { new { limit = 5, apiIds = new[] { invoices } }, new { limit = 6, apiIds = new[] { orders } } } }).ExpectProblem(HttpStatusCode.UnprocessableEntity, "quota_overlap", "quotas[1].apiIds");
        await Grow(new { quotas = new[] { new { limit = 5, kind = "loose", overage = "1", apiIds = new[] { invoices } } } }).ExpectProblem(HttpStatusCode.UnprocessableEntity, "free_plan_loose_quota", "quotas[0].kind");
        await Grow(new { quotas = Array.Empty<object>() }).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "quotas");
        var grown = await Grow(new { quotas = new[] { new { limit = 5, apiIds = new[] { invoices } } } }).Expect<JsonElement>();
        Assert.Equal("active", grown.Text("status"));

        var after = Assert.Single((await app.Announced<ProductPublished>(p => p.ProductId == product))[^1].Plans);
        Assert.Equivalent(before.Quotas[0], after.Quotas[0], strict: true);
        Assert.Equal((2, 5L, invoices), (after.Quotas.Count, after.Quotas[1].Limit, Assert.Single(after.Quotas[1].ApiIds)));
        var recorded = Assert.Single(await app.Announced<ChangeRecorded>(c => c.Action == "plan.quotas_grown" && c.OrganizationId == provider.Organization));
        Assert.Contains(invoices, recorded.After!, StringComparison.Ordinal);
        Assert.DoesNotContain(invoices, recorded.Before!, StringComparison.Ordinal);

        await provider.Owner.Post($"{plan}/deprecate").Expect();
        await Grow(new { quotas = new[] { new { limit = 5, apiIds = new[] { invoices } } } }).ExpectProblem(HttpStatusCode.Conflict, "plan_not_active");

        Task<HttpResponseMessage> Grow(object body) => provider.Owner.Post($"{plan}/quotas", body);
    }

    [Fact]
    public async Task A_quota_of_an_active_plan_gains_APIs_that_none_covers()
    {
        var provider = app.NewProvider();
        var (product, orders, invoices) = await TwoApis(provider);
        var plan = await provider.Owner.Post($"/v1/products/{product}/plans", Plan([new { limit = 1, apiIds = new[] { orders } }])).Expect<JsonElement>(HttpStatusCode.Created);
        var path = $"/v1/products/{product}/plans/{plan.Id()}/quotas/{plan.GetProperty("quotas")[0].Text("quotaId")}/apis";
        await provider.Release(product);

        await provider.Owner.Post(path, new { apiIds = new[] { orders } }).ExpectProblem(HttpStatusCode.UnprocessableEntity, "quota_overlap", "apiIds");
        await provider.Owner.Post(path, new { apiIds = new[] { await provider.Api("Elsewhere") } }).ExpectProblem(HttpStatusCode.UnprocessableEntity, "quota_api_unknown", "apiIds");
        await provider.Owner.Post(path.Replace("quo_", "quo_x", StringComparison.Ordinal), new { apiIds = new[] { invoices } }).ExpectProblem(HttpStatusCode.NotFound, "not_found");
        var grown = await provider.Owner.Post(path, new { apiIds = new[] { invoices } }).Expect<JsonElement>();
        Assert.Equal([orders, invoices], grown.GetProperty("quotas")[0].GetProperty("apiIds").Deserialize<string[]>()!);
        await provider.Owner.Post(path, new { apiIds = new[] { invoices } }).ExpectProblem(HttpStatusCode.UnprocessableEntity, "quota_overlap", "apiIds");
    }

    [Fact]
    public async Task A_copy_leaves_out_quotas_of_deleted_units_and_a_plan_that_charges_one_is_not_copied()
    {
        var provider = app.NewProvider();
        var unit = await provider.Unit();
        var product = await provider.Product();
        var limited = await provider.Plan(product, Plan([new { limit = 1 }, new { unit = "x-tokens", limit = 2 }]));
        var charged = await provider.Plan(product, new { title = "C", currency = "usd", price = new { model = "unit", unitAmount = "1", unit = "x-tokens" } });
        foreach (var path in new[] { limited, charged }.SelectMany(plan => new[] { "activate", "deprecate", "archive" }, (plan, move) => $"/v1/products/{product}/plans/{plan}/{move}"))
        {
            await provider.Owner.Post(path).Expect();
        }

        await provider.Owner.Delete($"/v1/consumption-units/{unit}?confirm=Delete").Expect(HttpStatusCode.NoContent);
        var copy = await provider.Owner.Post($"/v1/products/{product}/plans/{limited}/duplicate").Expect<JsonElement>(HttpStatusCode.Created);
        Assert.Equal("transactions", Assert.Single(copy.GetProperty("quotas").EnumerateArray()).Text("unit"));
        await provider.Owner.Post($"/v1/products/{product}/plans/{charged}/duplicate").ExpectProblem(HttpStatusCode.Conflict, "plan_corrupted");
    }

    private static object Plan(object[] quotas) => new { title = "P", price = new { model = "free" }, quotas };

    private static async Task<(string Product, string Orders, string Invoices)> TwoApis(Provider provider)
    {
        var (orders, invoices) = (await provider.Api(), await provider.Api("Invoices"));
        var product = await provider.Owner.Post("/v1/products", new { organizationId = provider.Organization, title = "Two", apiIds = new[] { orders, invoices } }).Expect<JsonElement>(HttpStatusCode.Created);
        return (product.Id(), orders, invoices);
    }

    private static StringContent Json(string body) => new(body, System.Text.Encoding.UTF8, "application/json");
}
