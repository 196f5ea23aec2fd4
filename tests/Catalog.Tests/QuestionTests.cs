using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Testing;

namespace Marketplace.Catalog.Tests;

public sealed class QuestionTests(CatalogApp app) : IClassFixture<CatalogApp>
{
    [Fact]
    public async Task Every_supported_keyword_can_be_asked()
    {
        var provider = app.NewProvider();
        var product = await provider.Product();
        foreach (var (keyword, question, _, _) in QuestionKeywords.All)
        {
            var response = await Write(provider, product, QuestionKeywords.Asking(question));
            Assert.True(response.StatusCode == HttpStatusCode.Created, $"{keyword}: {await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}");
        }

        // The refusal of any other keyword names exactly these.
        var refused = await Write(provider, product, QuestionKeywords.Asking("""{"type":"string","then":{}}"""));
        var detail = (await Task.FromResult(refused).Expect<JsonElement>(HttpStatusCode.UnprocessableEntity)).Text("detail")!;
        Assert.Equal(QuestionKeywords.All.Select(k => k.Keyword).Distinct().Order(StringComparer.Ordinal), detail[(detail.IndexOf("Supported are ", StringComparison.Ordinal) + 14)..].TrimEnd('.').Split(", "));
    }

    [Theory]
    [InlineData("""{"type":"string","$ref":"https://evil.example/schema"}""", "questions_unsupported", "questions.properties.x.$ref")]
    [InlineData("""{"type":"object","properties":{"y":{"type":"string","oneOf":[]}}}""", "questions_unsupported", "questions.properties.x.properties.y.oneOf")]
    [InlineData("""{"type":"string","minimum":1}""", "questions_invalid", "questions.properties.x.minimum")]
    [InlineData("""{"type":"text"}""", "questions_invalid", "questions.properties.x.type")]
    [InlineData("""{"type":["string","null"]}""", "questions_invalid", "questions.properties.x.type")]
    [InlineData("""{}""", "questions_invalid", "questions.properties.x.type")]
    [InlineData("""true""", "questions_invalid", "questions.properties.x")]
    [InlineData("""{"type":"string","minLength":-1}""", "questions_invalid", "questions.properties.x.minLength")]
    [InlineData("""{"type":"string","minLength":3,"maxLength":2}""", "questions_invalid", "questions.properties.x.minLength")]
    [InlineData("""{"type":"number","minimum":1e400}""", "questions_invalid", "questions.properties.x.minimum")]
    [InlineData("""{"type":"number","multipleOf":0}""", "questions_invalid", "questions.properties.x.multipleOf")]
    [InlineData("""{"type":"string","enum":[]}""", "questions_invalid", "questions.properties.x.enum")]
    [InlineData("""{"type":"string","enum":["a",1]}""", "questions_invalid", "questions.properties.x.enum")]
    [InlineData("""{"type":"integer","enum":[1.5]}""", "questions_invalid", "questions.properties.x.enum")]
    [InlineData("""{"type":"boolean","const":"true"}""", "questions_invalid", "questions.properties.x.const")]
    [InlineData("""{"type":"number","enum":[1E1000000]}""", "questions_invalid", "questions.properties.x.enum[0]")]
    [InlineData("""{"type":"number","default":1E1000000}""", "questions_invalid", "questions.properties.x.default")]
    [InlineData("""{"type":"number","examples":[1,1e-20000]}""", "questions_invalid", "questions.properties.x.examples[1]")]
    [InlineData("""{"type":"string","format":"color"}""", "questions_invalid", "questions.properties.x.format")]
    [InlineData("""{"type":"string","title":7}""", "questions_invalid", "questions.properties.x.title")]
    [InlineData("""{"type":"string","title":"a\u0000b"}""", "questions_invalid", "questions.properties.x.title")]
    [InlineData("""{"type":"string","title":"\ud800"}""", "questions_invalid", "questions.properties.x.title")]
    [InlineData("""{"type":"string","type":"string"}""", "questions_invalid", "questions.properties.x")]
    [InlineData("""{"type":"object","properties":{"a b":{"type":"string"}}}""", "questions_invalid", "questions.properties.x.properties")]
    [InlineData("""{"type":"object","required":["y"]}""", "questions_invalid", "questions.properties.x.required")]
    [InlineData("""{"type":"string","pattern":"("}""", "questions_invalid", "questions.properties.x.pattern")]
    [InlineData("""{"type":"string","pattern":"(?=a)b"}""", "questions_invalid", "questions.properties.x.pattern")]
    [InlineData("""{"type":"string","pattern":"(a)\\1"}""", "questions_invalid", "questions.properties.x.pattern")]
    [InlineData("""{"type":"string","pattern":"^((((a{0,99}){0,99}){0,99}){0,99})b$"}""", "questions_invalid", "questions.properties.x.pattern")]
    public async Task What_could_not_be_held_is_refused_with_its_path(string question, string code, string path)
    {
        var provider = app.NewProvider();
        await Task.FromResult(await Write(provider, await provider.Product(), QuestionKeywords.Asking(question))).ExpectProblem(HttpStatusCode.UnprocessableEntity, code, path);
    }

    [Theory]
    [InlineData("[]", "questions")]
    [InlineData("\"object\"", "questions")]
    [InlineData("""{"type":"string"}""", "questions.type")]
    [InlineData("""{"type":"object"}""", "questions.type")]
    [InlineData("""{"$schema":"https://evil.example/meta","type":"object","properties":{}}""", "questions.$schema")]
    public async Task Questions_are_the_properties_of_one_object(string questions, string path)
    {
        var provider = app.NewProvider();
        await Task.FromResult(await Write(provider, await provider.Product(), questions)).ExpectProblem(HttpStatusCode.UnprocessableEntity, "questions_invalid", path);
    }

    [Fact]
    public async Task Questions_are_bounded_in_depth_number_and_length()
    {
        var provider = app.NewProvider();
        var product = await provider.Product();
        var deep = string.Concat(Enumerable.Repeat("""{"type":"array","items":""", 8)) + """{"type":"string"}""" + new string('}', 8);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Write(provider, product, QuestionKeywords.Asking(deep))).StatusCode);
        var many = string.Join(',', Enumerable.Range(0, 101).Select(i => $$""" "q{{i}}":{"type":"string"} """));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Write(provider, product, """{"type":"object","properties":{""" + many + "}}")).StatusCode);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Write(provider, product, QuestionKeywords.Asking($$"""{"type":"string","default":"{{new string('a', 17_000)}}"}"""))).StatusCode);
    }

    /// <summary>What has no meaning here, such as examples, is kept as it was sent: it must not be what a list, a column or the audit log cannot hold.</summary>
    [Fact]
    public async Task Whatever_is_kept_of_questions_can_be_shown_wherever_they_are()
    {
        var provider = app.NewProvider();
        var catalog = await provider.Catalog();
        var product = await provider.Product();
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Write(provider, product, Deep(18))).StatusCode);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Write(provider, product, Deep(56))).StatusCode);

        await Task.FromResult(await Write(provider, product, Deep(17))).Expect(HttpStatusCode.Created);
        await provider.Release(product);
        await provider.Publish(catalog, product);

        foreach (var path in new[] { $"/v1/products/{product}", $"/v1/products/{product}/plans", $"/v1/products/{product}/releases", $"/v1/catalogs/{catalog}/storefront/{product}" })
        {
            await provider.Owner.GetAsync(path).Expect();
        }

        static string Deep(int levels) => QuestionKeywords.Asking($$"""{"type":"string","examples":{{new string('[', levels)}}{{new string(']', levels)}}}""");
    }

    [Fact]
    public async Task Questions_are_copied_changed_announced_and_then_kept()
    {
        var provider = app.NewProvider();
        var catalog = await provider.Catalog();
        var product = await provider.Product();
        var questions = QuestionKeywords.Asking("""{"type":"string","title":"VAT number"}""");
        var plan = (await Task.FromResult(await Write(provider, product, questions)).Expect<JsonElement>(HttpStatusCode.Created)).Id();
        var copy = (await provider.Owner.Post($"/v1/products/{product}/plans/{plan}/duplicate").Expect<JsonElement>(HttpStatusCode.Created)).Id();
        Assert.Equal("VAT number", Title(await provider.Owner.Get($"/v1/products/{product}/plans/{copy}")));
        await provider.Owner.Patch($"/v1/products/{product}/plans/{copy}", new { noQuestions = true }, "*").Expect();
        await provider.Owner.Patch($"/v1/products/{product}/plans/{plan}", new { title = "Renamed" }, "*").Expect();
        Assert.Equal("VAT number", Title(await provider.Owner.Get($"/v1/products/{product}/plans/{plan}")));

        await provider.Release(product);
        await provider.Publish(catalog, product);
        var announced = Assert.Single(await app.Announced<ProductPublished>(p => p.ProductId == product)).Plans.ToDictionary(p => p.PlanId, p => p.Questions);
        Assert.Null(announced[copy]);
        Assert.Equal("VAT number", JsonDocument.Parse(announced[plan]!).RootElement.GetProperty("properties").GetProperty("x").Text("title"));

        var page = await app.Anonymous().Get($"/v1/catalogs/{catalog}/storefront/{product}");
        Assert.Equal([true, false], page.GetProperty("product").GetProperty("plans").EnumerateArray().Select(p => p.GetProperty("asks").GetBoolean()));
        Assert.Equal("VAT number", Title(page.GetProperty("product").GetProperty("plans")[0]));
        Assert.Equal(JsonValueKind.Null, (await app.Anonymous().Get($"/v1/catalogs/{catalog}/storefront")).Data()[0].GetProperty("plans")[0].GetProperty("questions").ValueKind);
        await Assert.ThrowsAnyAsync<Npgsql.PostgresException>(() => app.Database.Execute("update plans set questions = null where id = $1", plan));

        static string? Title(JsonElement plan) => plan.GetProperty("questions").GetProperty("properties").GetProperty("x").Text("title");
    }

    private static async Task<HttpResponseMessage> Write(Provider provider, string product, string questions) => await provider.Owner.Post(
        $"/v1/products/{product}/plans",
        new StringContent($$"""{"title":"Asking","price":{"model":"free"},"questions":{{questions}}}""", System.Text.Encoding.UTF8, "application/json"));
}
