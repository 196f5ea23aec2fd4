using System.Net;
using System.Text.Json;
using Marketplace.Catalog.Plans;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Testing;

namespace Marketplace.Catalog.Tests;

public sealed class PlanTests(CatalogApp app) : IClassFixture<CatalogApp>
{
    [Fact]
    public void A_plan_goes_from_draft_to_active_to_deprecated_to_archived_and_no_other_way()
    {
        Dictionary<(PlanStatus, PlanMove), PlanStatus> allowed = new()
        {
            [(PlanStatus.Draft, PlanMove.Activate)] = PlanStatus.Active,
            [(PlanStatus.Active, PlanMove.Deprecate)] = PlanStatus.Deprecated,
            [(PlanStatus.Deprecated, PlanMove.Archive)] = PlanStatus.Archived,
        };
        foreach (var status in Enum.GetValues<PlanStatus>())
        {
            foreach (var move in Enum.GetValues<PlanMove>())
            {
                Assert.Equal(allowed.TryGetValue((status, move), out var next) ? next : null, Plan.After(status, move));
            }
        }
    }

    [Theory]
    // Currency.
    [InlineData("""{"title":"P","currency":"xyz","price":{"model":"flat","base":{"amount":1,"currency":"xyz"}}}""", 422, "currency_unknown", "currency")]
    [InlineData("""{"title":"P","price":{"model":"flat","base":{"amount":1,"currency":"usd"}}}""", 400, "validation_failed", "currency")]
    [InlineData("""{"title":"P","currency":"usd","price":{"model":"flat","base":{"amount":1,"currency":"eur"}}}""", 422, "currency_mismatch", "price.base.currency")]
    [InlineData("""{"title":"P","currency":"usd","price":{"model":"unit","unitAmount":"1"},"setupFee":{"amount":1,"currency":"eur"}}""", 422, "currency_mismatch", "setupFee.currency")]
    // A free plan costs nothing and stops at its limits.
    [InlineData("""{"title":"P","currency":"usd","price":{"model":"free","base":{"amount":0,"currency":"usd"}}}""", 422, "free_plan_priced", "price.base")]
    [InlineData("""{"title":"P","currency":"usd","price":{"model":"free","unitAmount":"1"}}""", 422, "free_plan_priced", "price.unitAmount")]
    [InlineData("""{"title":"P","currency":"usd","price":{"model":"free"},"setupFee":{"amount":1,"currency":"usd"}}""", 422, "free_plan_priced", "setupFee")]
    [InlineData("""{"title":"P","currency":"usd","price":{"model":"free"},"trialDays":3}""", 422, "free_plan_priced", "trialDays")]
    [InlineData("""{"title":"P","currency":"usd","price":{"model":"free"},"cancelWhenPastDue":true}""", 422, "free_plan_priced", "cancelWhenPastDue")]
    [InlineData("""{"title":"P","price":{"model":"free"},"quotas":[{"limit":1,"kind":"loose","overage":"1"}]}""", 422, "free_plan_loose_quota", "quotas[0].kind")]
    // Prices that say nothing or too much.
    [InlineData("""{"title":"P","currency":"usd","price":{"model":"flat"}}""", 422, "price_invalid", "price.base")]
    [InlineData("""{"title":"P","currency":"usd","price":{"model":"flat","base":{"amount":1,"currency":"usd"},"unitAmount":"1"}}""", 422, "price_invalid", "price.unitAmount")]
    [InlineData("""{"title":"P","currency":"usd","price":{"model":"flat","base":{"amount":1,"currency":"usd"},"tiers":[]}}""", 422, "price_invalid", "price.tiers")]
    [InlineData("""{"title":"P","currency":"usd","price":{"model":"flat","base":{"amount":1,"currency":"usd"},"packageSize":1}}""", 422, "price_invalid", "price.packageSize")]
    [InlineData("""{"title":"P","currency":"usd","price":{"model":"unit"}}""", 422, "price_invalid", "price.unitAmount")]
    [InlineData("""{"title":"P","currency":"usd","price":{"model":"unit","unitAmount":"0.000"}}""", 422, "price_invalid", "price.unitAmount")]
    // Quotas.
    [InlineData("""{"title":"P","currency":"usd","price":{"model":"unit","unitAmount":"1"},"quotas":[{"limit":1},{"limit":2}]}""", 422, "quota_overlap", "quotas[1].apiIds")]
    [InlineData("""{"title":"P","price":{"model":"free"},"quotas":[{"limit":1,"apiIds":["api_00000000000000000000000000000000"]}]}""", 422, "quota_api_unknown", "quotas[0].apiIds")]
    [InlineData("""{"title":"P","price":{"model":"free"},"quotas":[{"limit":1,"unit":"x-tokens"}]}""", 422, "consumption_unit_unknown", "quotas[0].unit")]
    [InlineData("""{"title":"P","price":{"model":"free"},"quotas":[{"limit":1,"overage":"1"}]}""", 422, "quota_invalid", "quotas[0].overage")]
    [InlineData("""{"title":"P","currency":"usd","price":{"model":"flat","base":{"amount":1,"currency":"usd"}},"quotas":[{"limit":1,"kind":"loose"}]}""", 422, "quota_invalid", "quotas[0].overage")]
    [InlineData("""{"title":"P","currency":"usd","price":{"model":"flat","base":{"amount":1,"currency":"usd"}},"quotas":[{"kind":"loose","overage":"1"}]}""", 422, "quota_invalid", "quotas[0].limit")]
    [InlineData("""{"title":"P","currency":"usd","price":{"model":"unit","unitAmount":"1"},"quotas":[{"limit":1,"kind":"loose","overage":"1"}]}""", 422, "quota_invalid", "quotas[0].overage")]
    // Overage of a year would come after eleven invoices.
    [InlineData("""{"title":"P","currency":"usd","price":{"model":"flat","base":{"amount":1,"currency":"usd"}},"quotas":[{"limit":1,"kind":"loose","overage":"1","interval":"year"}]}""", 422, "loose_quota_outlasts_period", "quotas[0].interval")]
    [InlineData("""{"title":"P","currency":"usd","billingPeriod":{"unit":"week"},"price":{"model":"flat","base":{"amount":1,"currency":"usd"}},"quotas":[{"limit":1,"kind":"loose","overage":"1","interval":"month"}]}""", 422, "loose_quota_outlasts_period", "quotas[0].interval")]
    // Form.
    [InlineData("""{"currency":"usd","price":{"model":"free"}}""", 400, "validation_failed", "title")]
    [InlineData("""{"title":"P","currency":"usd"}""", 400, "validation_failed", "price")]
    [InlineData("""{"title":"P","currency":"usd","price":{}}""", 400, "validation_failed", "price.model")]
    [InlineData("""{"title":"P","currency":"dollar","price":{"model":"free"}}""", 400, "validation_failed", "currency")]
    [InlineData("""{"title":"P","currency":"usd","price":{"model":"tiered"}}""", 400, "validation_failed", "price.model")]
    [InlineData("""{"title":"P","currency":"usd","price":{"model":"unit","unitAmount":"1e3"}}""", 400, "validation_failed", "price.unitAmount")]
    [InlineData("""{"title":"P","currency":"usd","price":{"model":"unit","unitAmount":"0.0000000000001"}}""", 400, "validation_failed", "price.unitAmount")]
    [InlineData("""{"title":"P","currency":"usd","price":{"model":"unit","unitAmount":"-1"}}""", 400, "validation_failed", "price.unitAmount")]
    [InlineData("""{"title":"P","currency":"usd","price":{"model":"unit","unitAmount":"1,5"}}""", 400, "validation_failed", "price.unitAmount")]
    [InlineData("""{"title":"P","currency":"usd","price":{"model":"unit","unitAmount":"01"}}""", 400, "validation_failed", "price.unitAmount")]
    [InlineData("""{"title":"P","currency":"usd","price":{"model":"unit","unitAmount":"1\n"}}""", 400, "validation_failed", "price.unitAmount")]
    [InlineData("""{"title":"P","currency":"usd","price":{"model":"unit","unitAmount":1}}""", 400, "validation_failed", "price.unitAmount")]
    [InlineData("""{"title":"P","currency":"usd","price":{"model":"flat","base":{"amount":25.5,"currency":"usd"}}}""", 400, "validation_failed", "price.base.amount")]
    [InlineData("""{"title":"P","currency":"usd","price":{"model":"flat","base":{"amount":-1,"currency":"usd"}}}""", 400, "validation_failed", "price.base.amount")]
    [InlineData("""{"title":"P","currency":"usd","price":{"model":"flat","base":{"currency":"usd"}}}""", 400, "validation_failed", "price.base.amount")]
    [InlineData("""{"title":"P","currency":"usd","price":{"model":"flat","base":{"amount":1}}}""", 400, "validation_failed", "price.base.currency")]
    [InlineData("""{"title":"P","price":{"model":"free"},"billingPeriod":{"unit":"month","count":0}}""", 400, "validation_failed", "billingPeriod.count")]
    [InlineData("""{"title":"P","price":{"model":"free"},"billingPeriod":{"unit":"fortnight"}}""", 400, "validation_failed", "billingPeriod.unit")]
    [InlineData("""{"title":"P","price":{"model":"free"},"quotas":[{"limit":0}]}""", 400, "validation_failed", "quotas[0].limit")]
    [InlineData("""{"title":"P","price":{"model":"free"},"quotas":[{"limit":1,"kind":"soft"}]}""", 400, "validation_failed", "quotas[0].kind")]
    [InlineData("""{"title":"P","price":{"model":"free"},"quotas":[{"limit":1,"interval":"hour"}]}""", 400, "validation_failed", "quotas[0].interval")]
    [InlineData("""{"title":"P","price":{"model":"free"},"quotas":[null]}""", 400, "validation_failed", "quotas")]
    [InlineData("""{"title":"P","price":{"model":"free"},"rateLimit":{"calls":1}}""", 400, "validation_failed", "rateLimit.seconds")]
    [InlineData("""{"title":"P","price":{"model":"free"},"trialDays":-1}""", 400, "validation_failed", "trialDays")]
    [InlineData("""{"title":"P","price":{"model":"free"},"approval":"maybe"}""", 400, "validation_failed", "approval")]
    [InlineData("""{"title":"P","price":{"model":"free"},"status":"active"}""", 400, "validation_failed", "status")]
    public async Task A_plan_that_contradicts_itself_is_refused_with_the_field(string plan, int status, string code, string field)
    {
        var provider = app.NewProvider();
        var product = await provider.Product();
        await provider.Owner.Post($"/v1/products/{product}/plans", Json(plan)).ExpectProblem((HttpStatusCode)status, code, field);
        Assert.Empty((await provider.Owner.Get($"/v1/products/{product}/plans")).Data());
    }

    [Theory]
    [InlineData("usd", 2500, "$25.00 per month")]
    [InlineData("USD", 2500, "$25.00 per month")]
    [InlineData("eur", 1, "€0.01 per month")]
    [InlineData("jpy", 2500, "¥2500 per month")]
    [InlineData("bhd", 2500, "BHD 2.500 per month")]
    [InlineData("chf", 990, "CHF 9.90 per month")]
    public async Task Money_is_minor_units_of_any_currency(string currency, long amount, string shown)
    {
        var provider = app.NewProvider();
        var plan = await Created(provider, new { title = "P", currency, price = new { model = "flat", @base = new { amount, currency } } });
        Assert.Equal(shown, plan.GetProperty("display").Text("price"));
        Assert.Equal(amount, plan.GetProperty("price").GetProperty("base").GetProperty("amount").GetInt64());
        Assert.Equal(currency.ToLowerInvariant(), plan.Text("currency"));
    }

    [Fact]
    public async Task A_plan_says_in_words_what_it_costs_and_allows()
    {
        var provider = app.NewProvider();
        var flat = await Created(provider, new
        {
            title = "P", currency = "usd", billingPeriod = new { unit = "month", count = 3 }, trialDays = 1, setupFee = new { amount = 1000, currency = "usd" },
            price = new { model = "flat", @base = new { amount = 1000, currency = "usd" } }, rateLimit = new { calls = 10, seconds = 1 },
            quotas = new[] { new { limit = 1000, kind = "loose", interval = "month", overage = "0.5" } },
        });
        Assert.Equivalent(new PlanDisplay(false, "$10.00 per 3 months", "$10.00 once", "1 day trial period", ["1000 calls per month, then $0.005 per call"], "10 calls per 1 second", 2,
            "$10.00 per 3 months (1 day trial period)", [], ["10 calls per 1 second"], []),
            flat.GetProperty("display").Deserialize<PlanDisplay>(HttpAnswers.Json));
        var perCall = await Created(provider, Provider.PerCall());
        Assert.Equivalent(new PlanDisplay(false, "$0.01 per call", "$10.00 once", "No trial period", ["Unlimited calls"], null, 2, "$0.01 per call (No trial period)", [], [], []),
            perCall.GetProperty("display").Deserialize<PlanDisplay>(HttpAnswers.Json));
        var free = await Created(provider, Provider.Free());
        Assert.Equivalent(new PlanDisplay(true, "Free", null, null, ["100 calls per month"], null, 2, "Free", [], [], []), free.GetProperty("display").Deserialize<PlanDisplay>(HttpAnswers.Json));
    }

    [Fact]
    public async Task A_draft_changes_only_from_the_version_that_was_read_and_keeps_its_name()
    {
        var provider = app.NewProvider();
        var product = await provider.Product();
        var path = $"/v1/products/{product}/plans/{await provider.Plan(product)}";
        var etag = (await provider.Owner.GetAsync(path)).Headers.ETag!.ToString();

        await provider.Owner.Patch(path, new { title = "Gold" }).ExpectProblem((HttpStatusCode)428, "if_match_required");
        var changed = await provider.Owner.Patch(path, new { title = "Gold", price = new { model = "unit", unitAmount = "0.000000000001" } }, etag).Expect<JsonElement>();
        await provider.Owner.Patch(path, new { title = "Silver" }, etag).ExpectProblem(HttpStatusCode.PreconditionFailed, "version_mismatch");

        Assert.Equal(("Gold", "enterprise-plan", "0.000000000001"), (changed.Text("title"), changed.Text("name"), changed.GetProperty("price").Text("unitAmount")));
        Assert.Equal(1000, changed.GetProperty("quotas")[0].GetProperty("limit").GetInt64());
        await provider.Owner.Patch(path, new { currency = "eur", setupFee = new { amount = 5, currency = "usd" } }, "*")
            .ExpectProblem(HttpStatusCode.UnprocessableEntity, "currency_mismatch", "setupFee.currency");
    }

    [Fact]
    public async Task A_released_plan_never_changes()
    {
        var provider = app.NewProvider();
        var product = await provider.Product();
        var path = $"/v1/products/{product}/plans/{await provider.Plan(product)}";
        await provider.Owner.Post($"{path}/activate").Expect();
        await provider.Owner.Patch(path, new { title = "Gold" }, "*").ExpectProblem(HttpStatusCode.Conflict, "plan_not_draft");
        await provider.Owner.Post($"{path}/activate").ExpectProblem(HttpStatusCode.Conflict, "plan_not_draft");
        await provider.Owner.Post($"{path}/archive").ExpectProblem(HttpStatusCode.Conflict, "plan_not_deprecated");
        await provider.Owner.Post($"{path}/deprecate").Expect();
        await provider.Owner.Post($"{path}/deprecate").ExpectProblem(HttpStatusCode.Conflict, "plan_not_active");
        var archived = await provider.Owner.Post($"{path}/archive").Expect<JsonElement>();
        Assert.Equal("archived", archived.Text("status"));
        Assert.All(["activatedAt", "deprecatedAt", "archivedAt"], moment => Assert.Equal(JsonValueKind.String, archived.GetProperty(moment).ValueKind));
    }

    [Fact]
    public async Task A_plan_with_subscribers_is_not_archived()
    {
        var provider = app.NewProvider();
        var product = await provider.Product();
        var plan = await provider.Plan(product);
        var path = $"/v1/products/{product}/plans/{plan}";
        await provider.Owner.Post($"{path}/activate").Expect();
        await provider.Owner.Post($"{path}/deprecate").Expect();
        var counts = app.Make<KeepSubscriptionCount>();
        await counts.Handle(new SubscriptionCounted(plan, 1, 2), default);
        await counts.Handle(new SubscriptionCounted(plan, 0, 1), default);
        await provider.Owner.Post($"{path}/archive").ExpectProblem(HttpStatusCode.Conflict, "plan_has_subscribers");
        Assert.Equal(1, (await provider.Owner.Get(path)).GetProperty("subscriptions").GetInt64());

        await counts.Handle(new SubscriptionCounted(plan, 0, 3), default);
        await provider.Owner.Post($"{path}/archive").Expect();
    }

    [Fact]
    public async Task A_copy_is_a_draft_with_a_title_of_its_own()
    {
        var provider = app.NewProvider();
        var product = await provider.Product();
        var plan = await provider.Plan(product);
        await provider.Owner.Post($"/v1/products/{product}/plans/{plan}/activate").Expect();
        var first = await provider.Owner.Post($"/v1/products/{product}/plans/{plan}/duplicate").Expect<JsonElement>(HttpStatusCode.Created);
        var second = await provider.Owner.Post($"/v1/products/{product}/plans/{plan}/duplicate").Expect<JsonElement>(HttpStatusCode.Created);
        Assert.Equal(("Enterprise Plan Copy (1)", "enterprise-plan-copy-1", "draft"), (first.Text("title"), first.Text("name"), first.Text("status")));
        Assert.Equal("Enterprise Plan Copy (2)", second.Text("title"));
        Assert.Equal(2500, first.GetProperty("price").GetProperty("base").GetProperty("amount").GetInt64());
        Assert.Equal(1000, first.GetProperty("quotas")[0].GetProperty("limit").GetInt64());
    }

    [Fact]
    public async Task A_copy_leaves_out_quotas_for_apis_that_left_the_product()
    {
        var provider = app.NewProvider();
        var (stays, leaves) = (await provider.Api("Stays"), await provider.Api("Leaves"));
        var product = (await provider.Owner.Post("/v1/products", new { organizationId = provider.Organization, title = "Two", apiIds = new[] { stays, leaves } })
            .Expect<JsonElement>(HttpStatusCode.Created)).Id();
        var plan = await provider.Plan(product, new { title = "P", price = new { model = "free" }, quotas = new[] { new { limit = 1, apiIds = new[] { stays } }, new { limit = 2, apiIds = new[] { leaves } } } });
        await provider.Owner.Patch($"/v1/products/{product}", new { apiIds = new[] { stays } }, "*").ExpectProblem(HttpStatusCode.Conflict, "api_in_quota", "apiIds");
        foreach (var move in new[] { "activate", "deprecate", "archive" })
        {
            await provider.Owner.Post($"/v1/products/{product}/plans/{plan}/{move}").Expect();
        }

        await provider.Owner.Patch($"/v1/products/{product}", new { apiIds = new[] { stays } }, "*").Expect();
        var copy = await provider.Owner.Post($"/v1/products/{product}/plans/{plan}/duplicate").Expect<JsonElement>(HttpStatusCode.Created);
        Assert.Equal(stays, Assert.Single(copy.GetProperty("quotas").Deserialize<List<QuotaSnapshot>>(HttpAnswers.Json)!).ApiIds.Single());
    }

    [Fact]
    public async Task Two_activations_at_once_activate_once()
    {
        var provider = app.NewProvider();
        var product = await provider.Product();
        var path = $"/v1/products/{product}/plans/{await provider.Plan(product)}/activate";
        Task<HttpResponseMessage>[] sent;
        await using (await app.Database.HoldRow("products", product))
        {
            sent = [provider.Owner.Post(path), provider.Owner.Post(path)];
            await app.Database.UntilBlockedOnLocks(2);
        }

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.Conflict], (await Task.WhenAll(sent)).Select(answer => answer.StatusCode).Order());
    }

    private static async Task<JsonElement> Created(Provider provider, object plan) =>
        await provider.Owner.Post($"/v1/products/{await provider.Product()}/plans", plan).Expect<JsonElement>(HttpStatusCode.Created);

    private static StringContent Json(string body) => new(body, System.Text.Encoding.UTF8, "application/json");
}
