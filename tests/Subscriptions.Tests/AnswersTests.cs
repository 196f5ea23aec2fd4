using System.Net;
using System.Text;
using System.Text.Json;
using Marketplace.Testing;

namespace Marketplace.Subscriptions.Tests;

public sealed class AnswersTests(ServiceApp<Program> app) : IClassFixture<ServiceApp<Program>>
{
    private const string Company =
        """
        {"type":"object","required":["name","employees"],"additionalProperties":false,"properties":{
            "name":{"type":"string","minLength":2},"employees":{"type":"integer","minimum":1},
            "address":{"type":"object","required":["city"],"properties":{"city":{"type":"string"}}},
            "uses":{"type":"array","maxItems":2,"items":{"type":"string","enum":["maps","routes"]}}}}
        """;

    [Fact]
    public void Every_keyword_that_can_be_asked_is_held()
    {
        foreach (var (keyword, question, right, wrong) in QuestionKeywords.All)
        {
            var asked = QuestionKeywords.Asking(question);
            Assert.True(AnswerCheck.Faults(asked, Json($$"""{"x":{{right}}}""")).Count == 0, $"{keyword}: {right} does not fit {question}");
            Assert.True(wrong is null || AnswerCheck.Faults(asked, Json($$"""{"x":{{wrong}}}""")).Count > 0, $"{keyword}: {wrong} fits {question}");
        }
    }

    [Theory]
    [InlineData("^[a-z]+$", "abc", true)]
    [InlineData("^[a-z]+$", "abc\\n", false)]
    [InlineData("^[a-z$]+$", "a$", true)]
    [InlineData("^\\\\$[0-9]+$", "$5", true)]
    public void A_pattern_ends_where_the_answer_ends(string pattern, string answer, bool fits) =>
        Assert.Equal(fits, AnswerCheck.Faults(QuestionKeywords.Asking($$"""{"type":"string","pattern":"{{pattern}}"}"""), Json($$"""{"x":"{{answer}}"}""")).Count == 0);

    [Fact]
    public async Task Every_fault_is_told_with_its_field()
    {
        var market = await Market.Open(app, plan => Market.Free(plan) with { Questions = Company });

        var refused = await Subscribe(market, """{"name":"A","address":{"city":7},"uses":["maps","tea","routes"],"extra":1}""").Expect<JsonElement>(HttpStatusCode.BadRequest);

        Assert.Equal("answers_invalid", refused.Text("code"));
        Assert.Equal(
            ["answers.address.city", "answers.employees", "answers.extra", "answers.name", "answers.uses", "answers.uses[1]"],
            refused.GetProperty("errors").EnumerateObject().Select(e => e.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Answers_are_kept_with_the_subscription_for_who_approves_it()
    {
        var market = await Market.Open(app, plan => Market.Free(plan) with { Questions = Company, Approval = "manual" });

        var id = (await Subscribe(market, """{"name":"ACME","employees":12,"uses":["routes"]}""").Expect<JsonElement>(HttpStatusCode.Created)).Id();

        foreach (var party in new[] { market.Owner, market.Admin })
        {
            var subscription = await party.Get($"/v1/subscriptions/{id}");
            Assert.Equal(("pending_approval", "ACME", 12), (subscription.Text("status"), subscription.GetProperty("answers").Text("name"), subscription.GetProperty("answers").GetProperty("employees").GetInt32()));
        }

        Assert.Equal("ACME", (await market.Owner.Get($"/v1/subscriptions?organizationId={market.Consumer}")).GetProperty("data")[0].GetProperty("answers").Text("name"));
    }

    [Theory]
    [InlineData("{}", "answers.name")]
    [InlineData("null", "answers.name")]
    [InlineData("[]", "answers")]
    [InlineData("7", "answers")]
    [InlineData("\"text\"", "answers")]
    [InlineData("""{"name":"a\u0000b","employees":1}""", "answers.name")]
    [InlineData("""{"name":"\ud83d","employees":1}""", "answers.name")]
    [InlineData("""{"\ud83d":"a"}""", "answers")]
    [InlineData("""{"name":"ab","name":"cd","employees":1}""", "answers")]
    [InlineData("""{"name":"ab","employees":1e999}""", "answers.employees")]
    [InlineData("""{"name":"ab","employees":1.5}""", "answers.employees")]
    public async Task Hostile_answers_are_refused_with_their_field(string answers, string field)
    {
        var market = await Market.Open(app, plan => Market.Free(plan) with { Questions = Company });

        await Subscribe(market, answers).ExpectProblem(HttpStatusCode.BadRequest, "answers_invalid", field);
    }

    /// <summary>What was not asked for, but not refused either, is kept as it was sent.</summary>
    [Theory]
    [InlineData(18, "1", null)]
    [InlineData(19, "1", "answers.more")]
    [InlineData(56, "1", "answers.more")]
    [InlineData(2, "1E1000000", "answers.more")]
    [InlineData(2, "1E99999999999", "answers.more")]
    [InlineData(2, "1e-20000", "answers.more")]
    public async Task What_nobody_asked_for_is_bounded_too_so_that_every_list_can_show_it(int levels, string value, string? field)
    {
        var market = await Market.Open(app, plan => Market.Free(plan) with { Questions = """{"type":"object","properties":{"x":{"type":"number","enum":[1,2]}}}""" });
        var answer = Subscribe(market, $$"""{"x":1,"more":{{new string('[', levels)}}{{value}}{{new string(']', levels)}}}""");

        if (field is null)
        {
            var id = (await answer.Expect<JsonElement>(HttpStatusCode.Created)).Id();
            await market.Owner.GetAsync($"/v1/subscriptions/{id}").Expect();
            await market.Owner.GetAsync($"/v1/subscriptions?organizationId={market.Consumer}").Expect();
        }
        else
        {
            var refused = await answer.Expect<JsonElement>(HttpStatusCode.BadRequest);
            Assert.StartsWith(field, Assert.Single(refused.GetProperty("errors").EnumerateObject()).Name, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("1E99999999999")]
    [InlineData("1E1000000")]
    public async Task A_number_that_nothing_compares_is_refused_where_some_are_offered(string number)
    {
        var market = await Market.Open(app, plan => Market.Free(plan) with { Questions = """{"type":"object","properties":{"x":{"type":"number","enum":[1,2]}}}""" });

        await Subscribe(market, $$"""{"x":{{number}}}""").ExpectProblem(HttpStatusCode.BadRequest, "answers_invalid", "answers.x");
    }

    [Fact]
    public async Task Where_questions_need_no_answer_none_is_needed()
    {
        var market = await Market.Open(app, plan => Market.Free(plan) with { Questions = """{"type":"object","properties":{"x":{"type":"string"}}}""" });

        await market.Subscribe();
    }

    [Fact]
    public async Task A_plan_that_asks_nothing_takes_no_answers()
    {
        var market = await Market.Open(app, Market.Free);

        await Subscribe(market, """{"name":"ACME"}""").ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "answers");
    }

    [Fact]
    public void Answers_are_bounded_and_no_pattern_runs_away()
    {
        Assert.Equal(["answers"], AnswerCheck.Faults(Company, Json($$"""{"name":"{{new string('a', 17_000)}}"}""")).Keys);
        // With backtracking this takes longer than the universe has.
        var evil = QuestionKeywords.Asking("""{"type":"string","pattern":"^(a+)+$"}""");
        Assert.Equal(["answers.x"], AnswerCheck.Faults(evil, Json($$"""{"x":"{{new string('a', 10_000)}}!"}""")).Keys);
        var fine = QuestionKeywords.Asking("""{"type":"number","multipleOf":0.0000000000000000000000000001}""");
        Assert.Empty(AnswerCheck.Faults(fine, Json("""{"x":79228162514264337593543950335}""")));
        var many = $$"""{"name":"ab","employees":1,{{string.Join(',', Enumerable.Range(0, 200).Select(i => $"\"z{i}\":1"))}}}""";
        Assert.InRange(AnswerCheck.Faults(Company, Json(many)).Count, 1, 50);
    }

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;

    private static Task<HttpResponseMessage> Subscribe(Market market, string answers) => market.Admin.Post("/v1/subscriptions", new StringContent(
        $$"""{"planId":"{{market.Plan.PlanId}}","catalogId":"{{market.Catalog}}","organizationId":"{{market.Consumer}}","answers":{{answers}}}""", Encoding.UTF8, "application/json"));
}
