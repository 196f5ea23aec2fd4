using System.Net;
using System.Text.Json;
using Marketplace.Catalog.Migrations;
using Marketplace.Contracts.Catalog;
using Marketplace.Testing;
using Npgsql;

namespace Marketplace.Catalog.Tests;

/// <summary>Plans that are sold by seats: what they may say, and how they are shown.</summary>
public sealed class SeatTests(CatalogApp app) : IClassFixture<CatalogApp>
{
    [Theory]
    [InlineData("""{"model":"per_seat"}""", "price_invalid", "price.base")]
    [InlineData("""{"model":"per_seat","base":{"amount":0,"currency":"usd"}}""", "price_invalid", "price.base")]
    [InlineData("""{"model":"per_seat","base":{"amount":1000,"currency":"eur"}}""", "currency_mismatch", "price.base.currency")]
    [InlineData("""{"model":"per_seat","base":{"amount":1000,"currency":"usd"},"unitAmount":"1"}""", "price_invalid", "price.unitAmount")]
    [InlineData("""{"model":"per_seat","base":{"amount":1000,"currency":"usd"},"unit":"transactions"}""", "price_invalid", "price.unit")]
    [InlineData("""{"model":"per_seat","base":{"amount":1000,"currency":"usd"},"tiers":[{"unitAmount":"1"}]}""", "price_invalid", "price.tiers")]
    [InlineData("""{"model":"per_seat","base":{"amount":1000,"currency":"usd"},"flatFeeAtZeroUsage":true}""", "price_invalid", "price.flatFeeAtZeroUsage")]
    [InlineData("""{"model":"per_seat","base":{"amount":1000,"currency":"usd"},"packageSize":5}""", "price_invalid", "price.packageSize")]
    [InlineData("""{"model":"per_seat","base":{"amount":1000,"currency":"usd"},"minimumCharge":{"amount":1,"currency":"usd"}}""", "price_invalid", "price.minimumCharge")]
    [InlineData("""{"model":"per_seat","base":{"amount":1000,"currency":"usd"},"maximumCharge":{"amount":1,"currency":"usd"}}""", "price_invalid", "price.maximumCharge")]
    [InlineData("""{"model":"per_seat","base":{"amount":1000,"currency":"usd"},"minimumSeats":6,"maximumSeats":5}""", "price_invalid", "price.maximumSeats")]
    [InlineData("""{"model":"per_seat","base":{"amount":99999999999,"currency":"usd"},"maximumSeats":2}""", "price_invalid", "price.maximumSeats")]
    [InlineData("""{"model":"per_seat","base":{"amount":99999999999,"currency":"usd"},"minimumSeats":2}""", "price_invalid", "price.minimumSeats")]
    [InlineData("""{"model":"flat","base":{"amount":1000,"currency":"usd"},"minimumSeats":1}""", "price_invalid", "price.minimumSeats")]
    [InlineData("""{"model":"unit","unitAmount":"1","maximumSeats":1}""", "price_invalid", "price.maximumSeats")]
    [InlineData("""{"model":"free","minimumSeats":1}""", "free_plan_priced", "price.minimumSeats")]
    [InlineData("""{"model":"custom","maximumSeats":1}""", "custom_plan_priced", "price.maximumSeats")]
    public async Task What_contradicts_seats_is_refused_with_its_field(string price, string code, string field)
    {
        var provider = app.NewProvider();
        await Post(provider, await provider.Product(), $$$"""{"title":"P","currency":"usd","price":{{{price}}}}""").ExpectProblem(HttpStatusCode.UnprocessableEntity, code, field);
    }

    [Theory]
    [InlineData("minimumSeats", 0)]
    [InlineData("maximumSeats", 0)]
    [InlineData("minimumSeats", -1)]
    [InlineData("maximumSeats", 100_001)]
    public async Task Seats_are_1_to_100000(string field, int seats)
    {
        var provider = app.NewProvider();
        await Post(provider, await provider.Product(), $$$"""{"title":"P","currency":"usd","price":{"model":"per_seat","base":{"amount":1,"currency":"usd"},"{{{field}}}":{{{seats}}}}}""")
            .ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", $"price.{field}");
    }

    [Theory]
    [InlineData("""{"limit":1000,"kind":"loose","overage":"1"}""")]
    [InlineData("""{"limit":1000,"kind":"loose"}""")]
    public async Task Quotas_beside_seats_are_strict(string quota)
    {
        var provider = app.NewProvider();
        await Post(provider, await provider.Product(), $$$"""{"title":"P","currency":"usd","price":{"model":"per_seat","base":{"amount":1000,"currency":"usd"}},"quotas":[{{{quota}}}]}""")
            .ExpectProblem(HttpStatusCode.UnprocessableEntity, "quota_invalid", "quotas[0].kind");
    }

    [Fact]
    public async Task The_price_of_a_seat_and_how_many_there_are_is_shown_announced_and_found()
    {
        var provider = app.NewProvider();
        var catalog = await provider.SellingCatalog();
        var product = await provider.Product();
        var plan = await Post(provider, product, """
            {"title":"Team","currency":"usd","price":{"model":"per_seat","base":{"amount":1000,"currency":"usd"},"minimumSeats":2,"maximumSeats":50},"trialDays":14,"quotas":[{"limit":1000}]}
            """).Expect<JsonElement>(HttpStatusCode.Created);
        var price = plan.GetProperty("price");
        Assert.Equal((2, 50, JsonValueKind.Null), (price.GetProperty("minimumSeats").GetInt32(), price.GetProperty("maximumSeats").GetInt32(), price.GetProperty("unit").ValueKind));
        Assert.Equal(
            ("$10.00 per seat per month", "$10.00 per seat per month (14 days trial period)", "2 to 50 seats"),
            (Shown(plan, "price"), Shown(plan, "priceText"), Shown(plan, "seats")));
        await provider.Release(product);
        await provider.Publish(catalog, product);

        var announced = Assert.Single(Assert.Single(await app.Announced<ProductPublished>(p => p.ProductId == product)).Plans);
        Assert.Equal((1000L, 2, 50, null), (announced.Price.Base, announced.Price.MinimumSeats, announced.Price.MaximumSeats, announced.Seats));
        foreach (var (model, count) in new[] { ("per_seat", 1), ("flat", 0) })
        {
            var found = (await app.Anonymous().Get<JsonElement>($"/v1/catalogs/{catalog}/storefront?priceModel={model}")).GetProperty("data");
            Assert.Equal(count, found.GetArrayLength());
        }
    }

    [Theory]
    [InlineData(1000, null, 1, 99_999)]
    [InlineData(1, null, 1, 100_000)]
    [InlineData(2_000_000, null, 1, 49)]
    [InlineData(2_000_000, 60, 60, 60)]
    [InlineData(100_000_000, null, 1, 1)]
    public async Task Without_a_most_as_many_seats_are_sold_as_come_to_what_is_charged_at_once(long price, int? minimum, int least, int most)
    {
        var provider = app.NewProvider();
        var plan = await Post(provider, await provider.Product(), $$$"""{"title":"P","currency":"usd","price":{"model":"per_seat","base":{"amount":{{{price}}},"currency":"usd"},"minimumSeats":{{{minimum?.ToString() ?? "null"}}}}}""")
            .Expect<JsonElement>(HttpStatusCode.Created);
        Assert.Equal((least, most), (plan.GetProperty("price").GetProperty("minimumSeats").GetInt32(), plan.GetProperty("price").GetProperty("maximumSeats").GetInt32()));
    }

    [Theory]
    [InlineData(1000, 99_999, true)]
    [InlineData(1000, 100_000, false)]
    public async Task Where_Stripe_renews_all_seats_come_to_what_it_charges_at_once(long price, int most, bool isSold)
    {
        var provider = app.NewProvider();
        var plan = new { title = "P", currency = "usd", billingPeriod = new { unit = "month", count = 1 }, price = new { model = "per_seat", @base = new { amount = price, currency = "usd" }, maximumSeats = most } };
        var product = await provider.Released(plan);
        var body = new { productId = product, visibility = "public" };
        var renewing = await provider.Catalog("sandbox", await app.Integration(provider.Organization, model: "subscriptions"));
        var sold = provider.Owner.Post($"/v1/catalogs/{renewing}/publications", body);
        await (isSold ? sold.Expect(HttpStatusCode.Created) : (Task)sold.ExpectProblem(HttpStatusCode.Conflict, "plan_not_billable"));
        await provider.Publish(await provider.Catalog("sandbox", await app.Integration(provider.Organization)), product);
    }

    [Theory]
    [InlineData(50_000_000, false)]
    [InlineData(49_999_999, true)]
    public async Task The_least_seats_come_to_what_Stripe_charges_at_once_also_where_it_renews_nothing(long price, bool isSold)
    {
        var provider = app.NewProvider();
        var product = await provider.Released(new
        {
            title = "P", currency = "usd", billingPeriod = new { unit = "month", count = 1 },
            price = new { model = "per_seat", @base = new { amount = price, currency = "usd" }, minimumSeats = 2, maximumSeats = 2 },
        });
        var catalog = await provider.Catalog("sandbox", await app.Integration(provider.Organization, model: "invoices"));

        var sold = provider.Owner.Post($"/v1/catalogs/{catalog}/publications", new { productId = product, visibility = "public" });

        await (isSold ? sold.Expect(HttpStatusCode.Created) : (Task)sold.ExpectProblem(HttpStatusCode.Conflict, "plan_not_billable"));
    }

    [Fact]
    public async Task How_many_seats_a_released_plan_sells_never_changes_even_in_the_database()
    {
        var provider = app.NewProvider();
        var product = await provider.Product();
        var plan = (await Post(provider, product, """{"title":"P","currency":"usd","price":{"model":"per_seat","base":{"amount":1000,"currency":"usd"}}}""").Expect<JsonElement>(HttpStatusCode.Created)).Id();
        Assert.Equal("23514", (await Assert.ThrowsAsync<PostgresException>(() => app.Database.Execute($"update plans set minimum_seats = null where id = '{plan}'"))).SqlState);
        await provider.Release(product);
        foreach (var change in new[] { "minimum_seats = 2", "maximum_seats = 2" })
        {
            Assert.Equal("23001", (await Assert.ThrowsAsync<PostgresException>(() => app.Database.Execute($"update plans set {change} where id = '{plan}'"))).SqlState);
        }
    }

    [Theory]
    [InlineData(1000, 1, 50, 1000, 1, 50, "")]
    [InlineData(1000, 1, 50, 900, 5, 50, "seats_differ")]
    [InlineData(1000, 1, 50, 1100, 1, 40, "costs_more seats_differ")]
    [InlineData(1000, 1, 50, 1000, 1, 60, "")]
    [InlineData(1000, null, null, 1000, 1, 50, "seats_differ")]
    [InlineData(1000, null, null, 600, 2, 50, "costs_more seats_differ")]
    [InlineData(1000, 2, 50, 1500, null, null, "seats_differ")]
    [InlineData(1000, 2, 50, 2500, null, null, "costs_more seats_differ")]
    public void A_migration_warns_of_seats_that_are_dearer_fewer_or_gone(long price, int? least, int? most, long newPrice, int? newLeast, int? newMost, string codes) =>
        Assert.Equal(codes.Split(' ', StringSplitOptions.RemoveEmptyEntries), MigrationWarnings.Of([], [], [(Make(price, least, most), Make(newPrice, newLeast, newMost))]).Select(w => w.Code));

    private static Plan Make(long price, int? least, int? most) => new()
    {
        Id = "pln_1", ProductId = "prd_1", Name = "p", Title = "P", Status = PlanStatus.Active, Currency = "usd", PeriodUnit = "month", PeriodCount = 1,
        PriceModel = least is null ? "flat" : "per_seat", Base = price, MinimumSeats = least, MaximumSeats = most, SetupFee = 0, TrialDays = 0, Approval = "automatic",
        CancelWhenPastDue = false, GraceDays = 3, PaymentTermDays = 1, Quotas = "[]", Version = 1, CreatedAt = DateTimeOffset.UnixEpoch,
    };

    private static string? Shown(JsonElement plan, string name) => plan.GetProperty("display").GetProperty(name).GetString();

    private static Task<HttpResponseMessage> Post(Provider provider, string product, string body) =>
        provider.Owner.Post($"/v1/products/{product}/plans", new StringContent(body, System.Text.Encoding.UTF8, "application/json"));
}
