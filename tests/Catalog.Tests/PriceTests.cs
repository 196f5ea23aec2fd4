using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Testing;
using Npgsql;

namespace Marketplace.Catalog.Tests;

public sealed class PriceTests(CatalogApp app) : IClassFixture<CatalogApp>
{
    private const string Tiers = """[{"upTo":500,"unitAmount":"200"},{"upTo":5000,"unitAmount":"100","flatAmount":"1000"},{"unitAmount":"50","flatAmount":"2000"}]""";

    [Theory]
    // A price has what its model needs and nothing else.
    [InlineData("""{"model":"graduated"}""", "tiers_required", "price.tiers")]
    [InlineData("""{"model":"volume","tiers":[]}""", "tiers_required", "price.tiers")]
    [InlineData("""{"model":"graduated","unitAmount":"1","tiers":[{"unitAmount":"1"}]}""", "price_invalid", "price.unitAmount")]
    [InlineData("""{"model":"unit","unitAmount":"1","tiers":[{"unitAmount":"1"}]}""", "price_invalid", "price.tiers")]
    [InlineData("""{"model":"volume","packageSize":10,"tiers":[{"unitAmount":"1"}]}""", "price_invalid", "price.packageSize")]
    [InlineData("""{"model":"package","unitAmount":"1"}""", "price_invalid", "price.packageSize")]
    [InlineData("""{"model":"package","packageSize":1000}""", "price_invalid", "price.unitAmount")]
    [InlineData("""{"model":"package","packageSize":1000,"unitAmount":"0"}""", "price_invalid", "price.unitAmount")]
    [InlineData("""{"model":"unit","unitAmount":"1","flatFeeAtZeroUsage":true}""", "price_invalid", "price.flatFeeAtZeroUsage")]
    [InlineData("""{"model":"flat","base":{"amount":1,"currency":"usd"},"unit":"transactions"}""", "price_invalid", "price.unit")]
    [InlineData("""{"model":"unit","unitAmount":"1","unit":"x-tokens"}""", "consumption_unit_unknown", "price.unit")]
    [InlineData("""{"model":"graduated","tiers":[{"unitAmount":"0","flatAmount":"0.00"}]}""", "price_invalid", "price.tiers")]
    // Tiers run from the lowest up without gaps, and the last has no end.
    [InlineData("""{"model":"graduated","tiers":[{"upTo":500,"unitAmount":"1"}]}""", "tier_end_missing", "price.tiers[0].upTo")]
    [InlineData("""{"model":"graduated","tiers":[{"upTo":500,"unitAmount":"1"},{"upTo":100,"unitAmount":"1"},{"unitAmount":"1"}]}""", "tier_out_of_order", "price.tiers[1].upTo")]
    [InlineData("""{"model":"graduated","tiers":[{"upTo":500,"unitAmount":"1"},{"upTo":500,"unitAmount":"2"},{"unitAmount":"1"}]}""", "tier_duplicate", "price.tiers[1].upTo")]
    [InlineData("""{"model":"graduated","tiers":[{"unitAmount":"1"},{"unitAmount":"2"}]}""", "tier_out_of_order", "price.tiers[0].upTo")]
    [InlineData("""{"model":"graduated","tiers":[{"upTo":999999999,"unitAmount":"1"},{"upTo":1000000000,"unitAmount":"2"}]}""", "tier_out_of_order", "price.tiers[0].upTo")]
    [InlineData("""{"model":"graduated","tiers":[{"from":1,"upTo":500,"unitAmount":"1"},{"from":600,"unitAmount":"2"}]}""", "tier_gap", "price.tiers[1].from")]
    [InlineData("""{"model":"graduated","tiers":[{"from":1,"upTo":500,"unitAmount":"1"},{"from":500,"unitAmount":"2"}]}""", "tier_gap", "price.tiers[1].from")]
    [InlineData("""{"model":"graduated","tiers":[{"from":2,"unitAmount":"1"}]}""", "tier_gap", "price.tiers[0].from")]
    // Charges of a period.
    [InlineData("""{"model":"flat","base":{"amount":1,"currency":"usd"},"minimumCharge":{"amount":1,"currency":"usd"}}""", "price_invalid", "price.minimumCharge")]
    [InlineData("""{"model":"flat","base":{"amount":1,"currency":"usd"},"maximumCharge":{"amount":1,"currency":"usd"}}""", "price_invalid", "price.maximumCharge")]
    [InlineData("""{"model":"unit","unitAmount":"1","minimumCharge":{"amount":2,"currency":"usd"},"maximumCharge":{"amount":1,"currency":"usd"}}""", "price_invalid", "price.maximumCharge")]
    [InlineData("""{"model":"unit","unitAmount":"1","maximumCharge":{"amount":0,"currency":"usd"}}""", "price_invalid", "price.maximumCharge")]
    [InlineData("""{"model":"unit","unitAmount":"1","maximumCharge":{"amount":1,"currency":"eur"}}""", "currency_mismatch", "price.maximumCharge.currency")]
    // Free and custom plans say nothing about money.
    [InlineData("""{"model":"free","tiers":[{"unitAmount":"1"}]}""", "free_plan_priced", "price.tiers")]
    [InlineData("""{"model":"free","packageSize":1}""", "free_plan_priced", "price.packageSize")]
    [InlineData("""{"model":"custom","base":{"amount":1,"currency":"usd"}}""", "custom_plan_priced", "price.base")]
    [InlineData("""{"model":"custom","unitAmount":"1"}""", "custom_plan_priced", "price.unitAmount")]
    [InlineData("""{"model":"custom","minimumCharge":{"amount":1,"currency":"usd"}}""", "custom_plan_priced", "price.minimumCharge")]
    public async Task A_price_that_its_model_cannot_have_is_refused_with_the_field(string price, string code, string field)
    {
        var provider = app.NewProvider();
        var product = await provider.Product();
        await provider.Owner.Post($"/v1/products/{product}/plans", Json($$$"""{"title":"P","currency":"usd","price":{{{price}}}}""")).ExpectProblem(HttpStatusCode.UnprocessableEntity, code, field);
    }

    [Theory]
    [InlineData("""{"unitAmount":"-1"}""", "unitAmount")]
    [InlineData("""{"unitAmount":"0.0000000000001"}""", "unitAmount")]
    [InlineData("""{"unitAmount":null}""", "unitAmount")]
    [InlineData("""{"flatAmount":"1e3"}""", "flatAmount")]
    [InlineData("""{"upTo":0}""", "upTo")]
    [InlineData("""{"upTo":1.5}""", "upTo")]
    [InlineData("""{"upTo":"inf"}""", "upTo")]
    public async Task A_malformed_tier_is_refused_with_the_field(string tier, string field)
    {
        var provider = app.NewProvider();
        await provider.Owner.Post($"/v1/products/{await provider.Product()}/plans", Json($$$"""{"title":"P","currency":"usd","price":{"model":"graduated","tiers":[{{{tier}}}]}}"""))
            .ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", $"price.tiers[0].{field}");
    }

    [Theory]
    [InlineData("setupFee", """{"amount":1,"currency":"usd"}""")]
    [InlineData("trialDays", "1")]
    [InlineData("cancelWhenPastDue", "true")]
    [InlineData("quotas[0].kind", """[{"limit":1,"kind":"loose","overage":"1"}]""")]
    public async Task A_custom_plan_has_no_money_fields(string field, string value)
    {
        var provider = app.NewProvider();
        await provider.Owner.Post($"/v1/products/{await provider.Product()}/plans", Json($$$"""{"title":"P","price":{"model":"custom"},"{{{field.Split('[')[0]}}}":{{{value}}}}"""))
            .ExpectProblem(HttpStatusCode.UnprocessableEntity, "custom_plan_priced", field);
    }

    [Theory]
    [InlineData("graduated")]
    [InlineData("volume")]
    public async Task Tiers_are_announced_as_they_were_agreed(string model)
    {
        var provider = app.NewProvider();
        var (plan, announced) = await Announced(provider, $$$"""
            {"title":"Tiered","currency":"usd","setupFee":{"amount":100,"currency":"usd"},
             "price":{"model":"{{{model}}}","base":{"amount":900,"currency":"usd"},"tiers":{{{Tiers}}},"flatFeeAtZeroUsage":false,
                      "minimumCharge":{"amount":500,"currency":"usd"},"maximumCharge":{"amount":900000,"currency":"usd"} } }
            """);
        Assert.Equivalent(
            new PriceSnapshot(model, 900, null, [new(500, "200", "0"), new(5000, "100", "1000"), new(null, "50", "2000")], null, null, 500, 900_000, false),
            announced.Price, strict: true);
        Assert.Equal([1L, 501, 5001], plan.GetProperty("price").GetProperty("tiers").EnumerateArray().Select(tier => tier.GetProperty("from").GetInt64()));
        Assert.Equal(["1 to 500: $2.00 per call", "501 to 5000: $1.00 per call + $10.00", "from 5001: $0.50 per call + $20.00"],
            plan.GetProperty("display").GetProperty("tiers").Deserialize<string[]>()!);
        Assert.Equal("$9.00 per month + from $0.50 per call (No trial period)", plan.GetProperty("display").Text("priceText"));
        Assert.Equal(["At least $5.00 per month for usage", "At most $9000.00 per month for usage"], plan.GetProperty("display").GetProperty("charges").Deserialize<string[]>()!);
    }

    [Theory]
    [InlineData("""{"model":"package","packageSize":1000,"unitAmount":"500"}""", "$5.00 per 1000 calls")]
    [InlineData("""{"model":"unit","unitAmount":"1","unit":"x-tokens"}""", "$0.01 per token")]
    [InlineData("""{"model":"package","packageSize":1000,"unitAmount":"0.5","unit":"x-tokens"}""", "$0.005 per 1000 tokens")]
    [InlineData("""{"model":"graduated","tiers":[{"upTo":10},{"flatAmount":"100"}]}""", "by number of calls")]
    public async Task Every_price_is_shown_in_words(string price, string shown)
    {
        var provider = app.NewProvider();
        await provider.Unit();
        var plan = await Created(provider, $$$"""{"title":"P","currency":"usd","price":{{{price}}}}""");
        Assert.Equal(shown, plan.GetProperty("display").Text("price"));
        Assert.False(plan.GetProperty("display").GetProperty("free").GetBoolean());
    }

    [Fact]
    public async Task A_package_of_units_is_announced_as_it_was_agreed()
    {
        var provider = app.NewProvider();
        await provider.Unit();
        var (_, announced) = await Announced(provider, """
            {"title":"P","currency":"usd","price":{"model":"package","packageSize":1000,"unitAmount":"0.123456789012","unit":"x-tokens"},
             "quotas":[{"limit":10},{"limit":20,"unit":"x-tokens","interval":"day"}]}
            """);
        Assert.Equal(new PriceSnapshot("package", 0, "0.123456789012", PackageSize: 1000, Unit: "x-tokens"), announced.Price);
        Assert.Equal([("transactions", 10L, "period"), ("x-tokens", 20L, "day")], announced.Quotas.Select(quota => (quota.Unit, quota.Limit!.Value, quota.Interval)));
    }

    [Fact]
    public async Task A_custom_plan_sells_without_a_price_and_is_never_called_free()
    {
        var provider = app.NewProvider();
        // No billing integration: what it costs is billed elsewhere.
        var catalog = await provider.Catalog();
        var product = await provider.Product();
        await provider.Plan(product, new { title = "Enterprise", price = new { model = "custom" }, quotas = new[] { new { limit = 5, kind = "strict" } } });
        await provider.Release(product);
        await provider.Publish(catalog, product);

        var offer = Assert.Single(await app.Announced<ProductPublished>(p => p.ProductId == product));
        Assert.Equal((null, new PriceSnapshot("custom", 0, null)), (offer.BillingIntegrationId, Assert.Single(offer.Plans).Price));
        var shown = (await app.Anonymous().Get($"/v1/catalogs/{catalog}/storefront")).Data()[0].GetProperty("plans")[0];
        Assert.Equal((false, "Price on request"), (shown.GetProperty("display").GetProperty("free").GetBoolean(), shown.GetProperty("display").Text("priceText")));
        Assert.DoesNotContain("Free", shown.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain("0.00", shown.GetRawText(), StringComparison.Ordinal);
        // It has no amount, so none in a currency.
        Assert.Empty((await app.Anonymous().Get($"/v1/catalogs/{catalog}/storefront?currency=usd")).Data());
        Assert.Single((await app.Anonymous().Get($"/v1/catalogs/{catalog}/storefront?priceModel=custom")).Data());
    }

    [Theory]
    // Where a quota with an interval of its own limits the plan, tiers may end and go on without an end at the last one's price.
    [InlineData("graduated", "month", "day", 3, "0")]
    [InlineData("volume", "month", "day", 3, "7")]
    [InlineData("graduated", "year", "month", 3, "0")]
    public async Task Tiers_with_an_end_go_on_where_a_quota_has_an_interval_of_its_own(string model, string period, string interval, int count, string flat)
    {
        var provider = app.NewProvider();
        var (_, announced) = await Announced(provider, $$$"""
            {"title":"P","currency":"usd","billingPeriod":{"unit":"{{{period}}}"},"quotas":[{"limit":10,"interval":"{{{interval}}}"}],
             "price":{"model":"{{{model}}}","tiers":[{"upTo":5,"unitAmount":"9"},{"upTo":50,"unitAmount":"3","flatAmount":"7"}]}}
            """);
        Assert.Equal(count, announced.Price.Tiers!.Count);
        Assert.Equal(new PriceTier(null, "3", flat), announced.Price.Tiers![^1]);
    }

    [Theory]
    [InlineData("period", "month", 1)]
    [InlineData("month", "month", 1)]
    public async Task Tiers_with_an_end_are_refused_where_no_quota_has_an_interval_of_its_own(string interval, string period, int count)
    {
        var provider = app.NewProvider();
        await provider.Owner.Post($"/v1/products/{await provider.Product()}/plans", Json($$$"""
            {"title":"P","currency":"usd","billingPeriod":{"unit":"{{{period}}}","count":{{{count}}}},"quotas":[{"limit":10,"interval":"{{{interval}}}"}],
             "price":{"model":"graduated","tiers":[{"upTo":5,"unitAmount":"9"}]}}
            """)).ExpectProblem(HttpStatusCode.UnprocessableEntity, "tier_end_missing", "price.tiers[0].upTo");
    }

    [Theory]
    [InlineData(999_999_999L)]
    [InlineData(null)]
    public async Task The_last_tier_has_no_end_however_that_is_written(long? upTo)
    {
        var provider = app.NewProvider();
        var plan = await Created(provider, $$$"""{"title":"P","currency":"usd","price":{"model":"graduated","tiers":[{"from":0,"upTo":5,"unitAmount":"9"},{"from":6,"upTo":{{{upTo?.ToString() ?? "null"}}},"unitAmount":"3"}]}}""");
        Assert.Equal(JsonValueKind.Null, plan.GetProperty("price").GetProperty("tiers")[1].GetProperty("upTo").ValueKind);
    }

    [Fact]
    public async Task An_answered_price_can_be_sent_back_as_it_is()
    {
        var provider = app.NewProvider();
        var product = await provider.Product();
        foreach (var price in new[]
        {
            """{"model":"free"}""", """{"model":"custom"}""", """{"model":"per_seat","base":{"amount":1000,"currency":"usd"},"minimumSeats":2,"maximumSeats":50}""", """{"model":"per_seat","base":{"amount":1000,"currency":"usd"}}""", """{"model":"flat","base":{"amount":1,"currency":"usd"}}""", """{"model":"unit","unitAmount":"1"}""",
            """{"model":"package","packageSize":2,"unitAmount":"1"}""", $$$"""{"model":"volume","tiers":{{{Tiers}}},"flatFeeAtZeroUsage":false}""", $$$"""{"model":"graduated","tiers":{{{Tiers}}}}""",
        })
        {
            var plan = await provider.Owner.Post($"/v1/products/{product}/plans", Json($$$"""{"title":"P","currency":"usd","price":{{{price}}},"rateLimit":{"calls":10,"unit":"minute"}}""")).Expect<JsonElement>(HttpStatusCode.Created);
            var changed = await provider.Owner.Patch($"/v1/products/{product}/plans/{plan.Id()}", new { price = plan.GetProperty("price"), rateLimit = plan.GetProperty("rateLimit") }, "*").Expect<JsonElement>();
            Assert.Equal(plan.GetProperty("price").GetRawText(), changed.GetProperty("price").GetRawText());
            var copy = await provider.Owner.Post($"/v1/products/{product}/plans/{plan.Id()}/duplicate").Expect<JsonElement>(HttpStatusCode.Created);
            Assert.Equal(plan.GetProperty("price").GetRawText(), copy.GetProperty("price").GetRawText());
        }
    }

    [Theory]
    [InlineData("isk", 2500, true)]
    [InlineData("isk", 2550, false)]
    [InlineData("ugx", 100, true)]
    [InlineData("UGX", 101, false)]
    [InlineData("kwd", 5120, true)]
    [InlineData("kwd", 5124, false)]
    [InlineData("jpy", 1, true)]
    [InlineData("huf", 2501, true)]
    public async Task An_amount_finer_than_what_is_charged_is_refused(string currency, long amount, bool accepted)
    {
        var provider = app.NewProvider();
        var path = $"/v1/products/{await provider.Product()}/plans";
        foreach (var (field, plan) in new (string, object)[]
        {
            ("price.base", new { title = "P", currency, price = new { model = "flat", @base = new { amount, currency } } }),
            ("setupFee", new { title = "P", currency, setupFee = new { amount, currency }, price = new { model = "unit", unitAmount = "0.1" } }),
            ("price.minimumCharge", new { title = "P", currency, price = new { model = "unit", unitAmount = "0.1", minimumCharge = new { amount, currency } } }),
        })
        {
            var sent = provider.Owner.Post(path, plan);
            if (accepted)
            {
                await sent.Expect(HttpStatusCode.Created);
            }
            else
            {
                await sent.ExpectProblem(HttpStatusCode.UnprocessableEntity, "amount_not_chargeable", $"{field}.amount");
            }
        }
    }

    [Theory]
    [InlineData("day", 1095, 1096)]
    [InlineData("week", 156, 157)]
    [InlineData("month", 36, 37)]
    [InlineData("year", 3, 4)]
    public async Task A_billing_period_is_three_years_at_most(string unit, int longest, int longer)
    {
        var provider = app.NewProvider();
        var path = $"/v1/products/{await provider.Product()}/plans";
        await provider.Owner.Post(path, new { title = "P", price = new { model = "free" }, billingPeriod = new { unit, count = longest } }).Expect(HttpStatusCode.Created);
        var refused = await provider.Owner.Post(path, new { title = "P", price = new { model = "free" }, billingPeriod = new { unit, count = longer } });
        Assert.Equal(unit == "day" ? HttpStatusCode.BadRequest : HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        Assert.Contains(unit == "day" ? "validation_failed" : "billing_period_too_long", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_released_plan_cannot_be_changed_even_in_the_database()
    {
        var provider = app.NewProvider();
        var product = await provider.Product();
        var tiered = (await provider.Owner.Post($"/v1/products/{product}/plans", Json($$$"""{"title":"P","currency":"usd","quotas":[{"limit":1}],"price":{"model":"graduated","tiers":{{{Tiers}}}}}"""))
            .Expect<JsonElement>(HttpStatusCode.Created)).Id();
        await provider.Release(product);
        foreach (var change in new[]
        {
            "base = 1", "setup_fee = 1", "currency = 'eur'", "tiers = '[]'", "price_model = 'flat', tiers = null", "minimum_charge = 1", "maximum_charge = 1", "flat_fee_at_zero_usage = false",
            "price_unit = 'x-tokens'", "period_unit = 'year'", "period_count = 2", "trial_days = 1", "term_periods = 1", "approval = 'manual'", "cancel_when_past_due = true", "grace_days = 1",
            "payment_term_days = 30", "rate_limit = 1, rate_limit_seconds = 1", "quotas = '[]'", "quotas = jsonb_set(quotas, '{0,limit}', '2')", "status = 'Draft'", "name = 'other'",
        })
        {
            var refused = await Assert.ThrowsAsync<PostgresException>(() => app.Database.Execute($"update plans set {change} where id = '{tiered}'"));
            Assert.Equal("23001", refused.SqlState);
        }

        Assert.Equal("23001", (await Assert.ThrowsAsync<PostgresException>(() => app.Database.Execute($"delete from plans where id = '{tiered}'"))).SqlState);
    }

    private async Task<(JsonElement Plan, PlanSnapshot Announced)> Announced(Provider provider, string plan)
    {
        var catalog = await provider.SellingCatalog();
        var product = await provider.Product();
        var created = await provider.Owner.Post($"/v1/products/{product}/plans", Json(plan)).Expect<JsonElement>(HttpStatusCode.Created);
        await provider.Release(product);
        await provider.Publish(catalog, product);
        return (created, Assert.Single(Assert.Single(await app.Announced<ProductPublished>(p => p.ProductId == product)).Plans));
    }

    private static async Task<JsonElement> Created(Provider provider, string plan) =>
        await provider.Owner.Post($"/v1/products/{await provider.Product()}/plans", Json(plan)).Expect<JsonElement>(HttpStatusCode.Created);

    private static StringContent Json(string body) => new(body, System.Text.Encoding.UTF8, "application/json");
}
