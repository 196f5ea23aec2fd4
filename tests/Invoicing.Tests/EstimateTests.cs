using System.Net;
using System.Text.Json;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;

namespace Marketplace.Invoicing.Tests;

/// <summary>What a price would cost, before there is a plan with it.</summary>
public sealed class EstimateTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    private static readonly object[] Tiers =
        [new { upTo = 500, unitAmount = "200", flatAmount = "0" }, new { upTo = 5000, unitAmount = "100", flatAmount = "1000" }, new { upTo = 999_999_999, unitAmount = "50", flatAmount = "2000" }];

    private HttpClient Anyone => app.ClientFor(TestCaller.Stranger());

    [Fact]
    public async Task Each_quantity_is_rated_by_itself_with_the_base_price()
    {
        var answer = await Anyone.Post("/v1/price-estimates", new
        {
            price = new { model = "graduated", @base = new { amount = 2500, currency = "usd" }, tiers = Tiers }, currency = "USD", quantities = new long[] { 0, 5001 },
        }).Expect<JsonElement>();

        var estimates = answer.GetProperty("estimates").EnumerateArray().ToList();
        Assert.Equal([(0L, 2_500L), (5_001, 555_550)], estimates.Select(e => (e.GetProperty("quantity").GetInt64(), e.GetProperty("total").GetProperty("amount").GetInt64())));
        var lines = estimates[1].GetProperty("lines").EnumerateArray().ToList();
        Assert.Equal(["base", "usage", "usage", "tier_fee", "usage", "tier_fee"], lines.Select(l => l.GetProperty("kind").GetString()));
        Assert.Equal(("500 transactions at 2.00 USD (tier 1, 1 to 500)", "200"), (lines[1].GetProperty("description").GetString(), lines[1].GetProperty("unitAmount").GetString()));
    }

    [Theory]
    [InlineData("""{"model":"volume","tiers":[{"unitAmount":"50","flatAmount":"2000"}]}""", 252_050)]
    [InlineData("""{"model":"package","unitAmount":"500","packageSize":1000}""", 3_000)]
    [InlineData("""{"model":"unit","unitAmount":"0.02","unit":"x-tokens"}""", 100)]
    [InlineData("""{"model":"unit","unitAmount":"1","minimumCharge":{"amount":9000,"currency":"usd"}}""", 9_000)]
    [InlineData("""{"model":"flat","base":{"amount":10000}}""", 10_000)]
    [InlineData("""{"model":"per_seat","base":{"amount":1200}}""", 6_001_200)]
    [InlineData("""{"model":"custom"}""", 0)]
    public async Task Every_model_can_be_estimated(string price, long amount)
    {
        var answer = await Anyone.Post("/v1/price-estimates", new { price = JsonElement.Parse(price), currency = "usd", quantities = new[] { 5001 } }).Expect<JsonElement>();

        Assert.Equal(amount, answer.GetProperty("estimates")[0].GetProperty("total").GetProperty("amount").GetInt64());
    }

    [Theory]
    [InlineData("""{"price":{"model":"unit","unitAmount":"1"},"currency":"usd","quantities":[-1]}""", "quantities[0]")]
    [InlineData("""{"price":{"model":"unit","unitAmount":"1"},"currency":"usd","quantities":[1,1000000000001]}""", "quantities[1]")]
    [InlineData("""{"price":{"model":"unit"},"currency":"usd","quantities":[1]}""", "price.unitAmount")]
    [InlineData("""{"price":{"model":"package","unitAmount":"1"},"currency":"usd","quantities":[1]}""", "price.packageSize")]
    [InlineData("""{"price":{"model":"volume"},"currency":"usd","quantities":[1]}""", "price.tiers")]
    [InlineData("""{"price":{"model":"volume","tiers":[{"upTo":5},{"upTo":5},{}]},"currency":"usd","quantities":[1]}""", "price.tiers[1].upTo")]
    [InlineData("""{"price":{"model":"volume","tiers":[{"upTo":5}]},"currency":"usd","quantities":[1]}""", "price.tiers[0].upTo")]
    [InlineData("""{"price":{"model":"volume","tiers":[{},{}]},"currency":"usd","quantities":[1]}""", "price.tiers[0].upTo")]
    [InlineData("""{"price":{"model":"per_seat"},"currency":"usd","quantities":[1]}""", "price.base")]
    [InlineData("""{"price":{"model":"per_seat","base":{"amount":1000}},"currency":"usd","quantities":[1,0]}""", "quantities[1]")]
    [InlineData("""{"price":{"model":"per_seat","base":{"amount":1000},"minimumSeats":2,"maximumSeats":5},"currency":"usd","quantities":[2,5,6]}""", "quantities[2]")]
    [InlineData("""{"price":{"model":"per_seat","base":{"amount":1000},"minimumSeats":6,"maximumSeats":5},"currency":"usd","quantities":[5]}""", "price.maximumSeats")]
    [InlineData("""{"price":{"model":"flat","base":{"amount":1,"currency":"eur"}},"currency":"usd","quantities":[1]}""", "price.base.currency")]
    [InlineData("""{"price":{"model":"unit","unitAmount":"1","minimumCharge":{"amount":2},"maximumCharge":{"amount":1}},"currency":"usd","quantities":[1]}""", "price.maximumCharge")]
    public async Task A_price_that_makes_no_sense_is_refused_with_its_field(string body, string field) =>
        await Anyone.Post("/v1/price-estimates", JsonElement.Parse(body)).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", field);

    [Theory]
    [InlineData("""{"price":{"model":"magic"},"currency":"usd","quantities":[1]}""")]
    [InlineData("""{"price":{"model":"unit","unitAmount":"1.0000000000001"},"currency":"usd","quantities":[1]}""")]
    [InlineData("""{"price":{"model":"unit","unitAmount":"-1"},"currency":"usd","quantities":[1]}""")]
    [InlineData("""{"price":{"model":"unit","unitAmount":"1"},"currency":"dollars","quantities":[1]}""")]
    [InlineData("""{"price":{"model":"unit","unitAmount":"1"},"currency":"usd","quantities":[]}""")]
    [InlineData("""{"price":{"model":"unit","unitAmount":"1"},"currency":"usd"}""")]
    [InlineData("""{"price":{"model":"unit","unitAmount":1},"currency":"usd","quantities":[1]}""")]
    [InlineData("""{"price":{"model":"volume","tiers":[null]},"currency":"usd","quantities":[1]}""")]
    [InlineData("""{"price":{"model":"flat","tiers":[null]},"currency":"usd","quantities":[1]}""")]
    [InlineData("""{"price":{"model":"volume","tiers":[{"unitAmount":"x"}]},"currency":"usd","quantities":[1]}""")]
    [InlineData("""{"price":{"model":"volume","tiers":[{"flatAmount":null}]},"currency":"usd","quantities":[1]}""")]
    [InlineData("""{"currency":"usd","quantities":[1]}""")]
    [InlineData("""{"price":{"model":"unit","unitAmount":"1"},"currency":"usd","quantities":["many"]}""")]
    public async Task Bad_input_is_400(string body)
    {
        using var response = await Anyone.Post("/v1/price-estimates", JsonElement.Parse(body));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task More_than_an_invoice_can_hold_is_refused() => await Anyone.Post("/v1/price-estimates", new
    {
        price = new { model = "unit", unitAmount = "999999999999.999999999999" }, currency = "usd", quantities = new[] { 1_000_000_000_000 },
    }).ExpectProblem(HttpStatusCode.UnprocessableEntity, "estimate_out_of_bounds", "quantities");

    [Fact]
    public async Task Nobody_in_particular_may_not_ask()
    {
        using var anonymous = app.CreateClient();
        using var response = await anonymous.Post("/v1/price-estimates", new { price = new { model = "free" }, currency = "usd", quantities = new[] { 1 } });
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }
}
