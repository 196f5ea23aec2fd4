using System.Text.Json.Nodes;

namespace Marketplace.StripeEmulator.Tests;

/// <summary>Products and prices as Stripe keeps them.</summary>
public sealed class CatalogueTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private readonly Caller caller = app.NewAccount();

    [Fact]
    public async Task A_product_may_have_an_id_of_its_own_in_each_account_and_mode()
    {
        foreach (var someone in (Caller[])[caller, caller.Live(), app.NewAccount()])
        {
            Assert.Equal("gold", (await someone.Post("/v1/products", "id=gold&name=Gold")).Ok().Id);
            Assert.Equal("Gold", (await someone.Get("/v1/products/gold")).Ok().Text("name"));
        }

        var again = await caller.Post("/v1/products", "id=gold&name=Other");
        Assert.Equal((400, "resource_already_exists", "Product already exists."), (again.Status, again.Code, again.Message));
        (await caller.Delete("/v1/products/gold")).Ok();
        Assert.Equal((404, "No such product: 'gold'; a similar object exists in live mode, but a test mode key was used to make this request."), await Told(caller.Get("/v1/products/gold")));
        Assert.Equal("gold", (await caller.Live().Get("/v1/products/gold")).Ok().Id);
    }

    [Fact]
    public async Task A_product_with_a_default_price_is_told_of_as_product_price_and_plan()
    {
        var product = (await caller.Post("/v1/products", "name=Api&default_price_data[currency]=usd&default_price_data[unit_amount_decimal]=0.5&default_price_data[recurring][interval]=month&images[]=http://x/1&marketing_features[0][name]=Fast&package_dimensions[height]=1.5&package_dimensions[length]=1&package_dimensions[weight]=1&package_dimensions[width]=1&expand[]=default_price")).Ok();
        Assert.Equal(("Fast", "service", "0.5"), (product.Text("marketing_features.0.name"), product.Text("type"), product.Text("default_price.unit_amount_decimal")));
        Assert.Null(product.At("default_price.unit_amount"));
        foreach (var type in (string[])["product.created", "price.created", "plan.created"])
        {
            var told = (await caller.Get($"/v1/events?type={type}")).Ok().At("data.0.data.object")!;
            Shapes.Check(told);
            Assert.Equal(type.Split('.')[0], told["object"]!.GetValue<string>());
        }

        var archived = await caller.Post($"/v1/prices/{product.Text("default_price.id")}", "active=false");
        Assert.Equal((400, "This price cannot be archived because it is the default price of its product."), (archived.Status, archived.Message));
        var kept = await caller.Delete($"/v1/products/{product.Id}");
        Assert.Equal((400, "This product cannot be deleted because it has one or more user-created prices."), (kept.Status, kept.Message));
        var changed = (await caller.Post($"/v1/products/{product.Id}", "active=false&metadata[a]=1&images=&default_price=")).Ok();
        Assert.Equal((false, 0, null), (changed["active"]!.GetValue<bool>(), changed["images"]!.AsArray().Count, changed["default_price"]));
        var previous = (await caller.Get("/v1/events?type=product.updated")).Ok().At("data.0.data.previous_attributes")!;
        Assert.True(previous["active"]!.GetValue<bool>());
    }

    [Fact]
    public async Task Products_are_found_by_what_they_are()
    {
        await caller.Post("/v1/products", "name=Weather API&metadata[tier]=gold&shippable=false");
        await caller.Post("/v1/products", "name=Maps API&active=false");
        Assert.Equal("Weather API", (await caller.Get("/v1/products/search?query=metadata['tier']:'gold' AND active:'true'")).Ok().Text("data.0.name"));
        Assert.Single((await caller.Get("/v1/products?active=False")).Ok()["data"]!.AsArray());
        Assert.Empty((await caller.Get("/v1/products?ids[]=nothing")).Ok()["data"]!.AsArray());
    }

    [Fact]
    public async Task What_a_price_charges_never_changes()
    {
        var product = (await caller.Post("/v1/products", "name=Api")).Ok().Id;
        var price = (await caller.Post("/v1/prices", $"product={product}&currency=USD&unit_amount=2000&recurring[interval]=month&nickname=Gold")).Ok();
        Assert.Equal((2000L, "2000", "recurring", "usd", "unspecified", 1L), (price.Number("unit_amount"), price.Text("unit_amount_decimal"), price.Text("type"), price.Text("currency"), price.Text("tax_behavior"), price.Number("recurring.interval_count")));
        Assert.Null(price["tiers"]);
        Assert.Equal("parameter_unknown", (await caller.Post($"/v1/prices/{price.Id}", "unit_amount=1")).Code);
        Assert.Equal("inclusive", (await caller.Post($"/v1/prices/{price.Id}", "tax_behavior=inclusive&nickname=&metadata[a]=b")).Ok().Text("tax_behavior"));
        Assert.Equal("tax_behavior", (await caller.Post($"/v1/prices/{price.Id}", "tax_behavior=exclusive")).Text("error.param"));
        Assert.Equal("Gold", (await caller.Get("/v1/events?type=plan.updated")).Ok().Text("data.0.data.previous_attributes.nickname"));
        Assert.Equal(404, (await caller.Delete($"/v1/prices/{price.Id}")).Status);
    }

    [Theory]
    [InlineData("currency=usd&unit_amount=1", "product")]
    [InlineData("product={p}&product_data[name]=x&currency=usd&unit_amount=1", "product")]
    [InlineData("product={p}&currency=usd", "unit_amount")]
    [InlineData("product={p}&currency=usd&unit_amount=1&unit_amount_decimal=1", "unit_amount")]
    [InlineData("product={p}&currency=usd&unit_amount=-1", "unit_amount")]
    [InlineData("product={p}&currency=usd&unit_amount_decimal=0.0000000000001", "unit_amount_decimal")]
    [InlineData("product={p}&currency=xyz&unit_amount=1", "currency")]
    [InlineData("product=none&currency=usd&unit_amount=1", "product")]
    [InlineData("product={p}&currency=usd&unit_amount=1&recurring[interval]=month&recurring[interval_count]=37", "recurring[interval_count]")]
    [InlineData("product={p}&currency=usd&unit_amount=1&recurring[interval]=month&recurring[usage_type]=metered", "recurring[meter]")]
    [InlineData("product={p}&currency=usd&unit_amount=1&recurring[interval]=month&recurring[usage_type]=metered&recurring[meter]=none", "recurring[meter]")]
    [InlineData("product={p}&currency=usd&unit_amount=1&transform_quantity[divide_by]=0&transform_quantity[round]=up", "transform_quantity[divide_by]")]
    [InlineData("product={p}&currency=usd&billing_scheme=tiered&tiers_mode=volume", "tiers")]
    [InlineData("product={p}&currency=usd&billing_scheme=tiered&tiers[0][up_to]=inf&tiers[0][unit_amount]=1", "tiers_mode")]
    [InlineData("product={p}&currency=usd&billing_scheme=tiered&tiers_mode=volume&tiers[0][up_to]=10&tiers[0][unit_amount]=1", "tiers[0][up_to]")]
    [InlineData("product={p}&currency=usd&billing_scheme=tiered&tiers_mode=volume&tiers[0][up_to]=10&tiers[0][unit_amount]=1&tiers[1][up_to]=10&tiers[1][unit_amount]=1&tiers[2][up_to]=inf&tiers[2][unit_amount]=1", "tiers[1][up_to]")]
    [InlineData("product={p}&currency=usd&billing_scheme=tiered&tiers_mode=volume&tiers[0][up_to]=inf", "tiers[0]")]
    [InlineData("product={p}&currency=usd&billing_scheme=tiered&tiers_mode=volume&tiers[0][up_to]=inf&tiers[0][unit_amount]=1&transform_quantity[divide_by]=2&transform_quantity[round]=up", "transform_quantity")]
    public async Task A_price_that_makes_no_sense_is_refused(string form, string param)
    {
        var product = (await caller.Post("/v1/products", "name=Api")).Ok().Id;
        var answer = await caller.Post("/v1/prices", form.Replace("{p}", product, StringComparison.Ordinal));
        Assert.Equal((400, param), (answer.Status, answer.Text("error.param")));
    }

    [Fact]
    public async Task A_lookup_key_belongs_to_one_price_until_it_is_transferred()
    {
        var first = (await caller.Post("/v1/prices", "product_data[name]=A&currency=usd&unit_amount=1&lookup_key=gold")).Ok();
        var refused = await caller.Post("/v1/prices", "product_data[name]=B&currency=usd&unit_amount=1&lookup_key=gold");
        Assert.Equal((400, "lookup_key"), (refused.Status, refused.Text("error.param")));
        var second = (await caller.Post("/v1/prices", "product_data[name]=B&currency=usd&unit_amount=1&lookup_key=gold&transfer_lookup_key=true")).Ok();
        Assert.Null((await caller.Get($"/v1/prices/{first.Id}")).Ok()["lookup_key"]);
        Assert.Equal(second.Id, (await caller.Get("/v1/prices?lookup_keys[]=gold&expand[]=data.product")).Ok().Text("data.0.id"));
        Assert.Equal(second.Id, (await caller.Get("/v1/prices/search?query=lookup_key:'gold'")).Ok().Text("data.0.id"));
    }

    [Fact]
    public async Task Tiers_and_currency_options_show_only_when_asked_for()
    {
        var made = (await caller.Post("/v1/prices", "product_data[name]=A&currency=usd&recurring[interval]=month&billing_scheme=tiered&tiers_mode=graduated&tiers[0][up_to]=100&tiers[0][unit_amount]=10&tiers[1][up_to]=inf&tiers[1][unit_amount_decimal]=0.55&tiers[1][flat_amount]=500&currency_options[eur][tiers][0][up_to]=inf&currency_options[eur][tiers][0][unit_amount]=9")).Ok();
        Assert.False(made.Body.ContainsKey("tiers") || made.Body.ContainsKey("currency_options"));
        var shown = (await caller.Get($"/v1/prices/{made.Id}?expand[]=tiers&expand[]=currency_options")).Ok();
        Assert.Equal((100L, "0.55", 500L, 9L), (shown.Number("tiers.0.up_to"), shown.Text("tiers.1.unit_amount_decimal"), shown.Number("tiers.1.flat_amount"), shown.Number("currency_options.eur.tiers.0.unit_amount")));
        Assert.Null(shown.At("tiers.1.up_to"));
        Assert.Equal(["eur", "usd"], shown["currency_options"]!.AsObject().Select(o => o.Key).Order());
    }

    [Theory]
    [InlineData("2022-11-15")]
    [InlineData("2024-06-20")]
    public async Task Older_versions_show_their_own_fields(string version)
    {
        var product = (await caller.Post("/v1/products", "name=Api&default_price_data[currency]=usd&default_price_data[unit_amount]=5&default_price_data[recurring][interval]=day", ("Stripe-Version", version))).Ok();
        var shown = (await caller.Get($"/v1/products/{product.Id}?expand[]=default_price", ("Stripe-Version", version))).Ok();
        Shapes.Check(shown["default_price"], version);
        Assert.True(shown.At("default_price.recurring")!.AsObject().ContainsKey("aggregate_usage"));
    }

    private static async Task<(int, string)> Told(Task<Answer> asked)
    {
        var answer = await asked;
        return (answer.Status, answer.Message);
    }
}
