using System.Net;
using System.Text;
using System.Text.Json;
using Marketplace.Testing;

namespace Marketplace.Accounts.Tests;

public sealed class SignUpTests(AccountsApp app) : IClassFixture<AccountsApp>
{
    private readonly HttpClient client = app.Anonymous();

    [Fact]
    public async Task A_new_user_is_shown_without_the_password_and_can_sign_in_at_once()
    {
        var email = AccountsApp.NewEmail("Ada");

        using var response = await client.Post("/v1/users", new { email, password = AccountsApp.Password, firstName = "Ada", lastName = "Lovelace" }).Expect(HttpStatusCode.Created);
        var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        var user = JsonDocument.Parse(body).RootElement;
        Assert.StartsWith("usr_", user.GetProperty("id").GetString());
        Assert.Equal(email, user.GetProperty("email").GetString());
        Assert.Equal("Ada", user.GetProperty("firstName").GetString());
        Assert.DoesNotContain("assword", body);
        await app.SignIn(email.ToUpperInvariant());
    }

    [Fact]
    public async Task Whoever_waits_for_a_catalog_that_nobody_knows_keeps_nobody_else_waiting()
    {
        // One after the other they would take two seconds each on half the cores: sixteen in all.
        var many = Enumerable.Range(0, 4 * Environment.ProcessorCount).Select(_ => client.Post("/v1/users", new
        {
            email = AccountsApp.NewEmail(), password = AccountsApp.Password, organization = new { title = "Kites", catalogId = "cat_nowhere" },
        })).ToList();
        var watch = System.Diagnostics.Stopwatch.StartNew();

        foreach (var answer in many)
        {
            await answer.ExpectProblem((HttpStatusCode)422, "catalog_unknown");
        }

        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"It took {watch.Elapsed}.");
    }

    [Fact]
    public async Task The_database_holds_no_password()
    {
        var email = AccountsApp.NewEmail();
        await client.Post("/v1/users", new { email, password = "Unmistakable-7-password" }).Expect(HttpStatusCode.Created);

        var row = await app.Database.Scalar<string>("select users::text from users where email = $1", email);
        Assert.DoesNotContain("Unmistakable", row);
        Assert.False(app.Logs.Contain("Unmistakable"));
    }

    [Fact]
    public async Task An_address_is_taken_in_any_spelling()
    {
        var email = AccountsApp.NewEmail();
        await client.Post("/v1/users", new { email, password = AccountsApp.Password }).Expect(HttpStatusCode.Created);

        await client.Post("/v1/users", new { email = email.ToUpperInvariant(), password = AccountsApp.Password })
            .ExpectProblem(HttpStatusCode.Conflict, "email_taken", "email");
    }

    [Fact]
    public async Task Of_many_who_sign_up_with_one_address_at_once_one_succeeds()
    {
        var email = AccountsApp.NewEmail();

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => client.Post("/v1/users", new { email, password = AccountsApp.Password })));

        Assert.InRange(answers.Count(a => a.StatusCode == HttpStatusCode.Created), 0, 1);
        // A busy machine may answer 503 to some of them.
        Assert.All(answers, a => Assert.True(a.StatusCode is HttpStatusCode.Created or HttpStatusCode.Conflict or HttpStatusCode.ServiceUnavailable, a.StatusCode.ToString()));
        Assert.Equal(1L, await app.Database.Scalar<long>("select count(*) from users where email = $1", email));
    }

    [Fact]
    public async Task A_sign_up_whose_answer_was_lost_may_be_repeated_under_its_key_only()
    {
        var body = new { email = AccountsApp.NewEmail(), password = AccountsApp.Password };
        var first = await client.Post("/v1/users", body, "key-1").Expect<JsonElement>(HttpStatusCode.Created);

        var again = await client.Post("/v1/users", body, "key-1").Expect<JsonElement>(HttpStatusCode.Created);

        Assert.Equal(first.GetProperty("id").GetString(), again.GetProperty("id").GetString());
        await client.Post("/v1/users", body, "key-2").ExpectProblem(HttpStatusCode.Conflict, "email_taken");
        await client.Post("/v1/users", body).ExpectProblem(HttpStatusCode.Conflict, "email_taken");
    }

    [Theory]
    [InlineData("{}", "email")]
    [InlineData("{}", "password")]
    [InlineData("""{"email":"not an address","password":"a-Long-enough-1"}""", "email")]
    [InlineData("""{"email":"a@b@c","password":"a-Long-enough-1"}""", "email")]
    [InlineData("""{"email":"a\u0000@b.example","password":"a-Long-enough-1"}""", "email")]
    [InlineData("""{"email":"a@b.example\r\nBcc: x@y.example","password":"a-Long-enough-1"}""", "email")]
    [InlineData("""{"email":"a@b.example","password":"short"}""", "password")]
    [InlineData("""{"email":"a@b.example","password":"aaaaaaaaaaaaaaa"}""", "password")]
    [InlineData("""{"email":"somebody@b.example","password":"Somebody-2026"}""", "password")]
    [InlineData("""{"email":"a@b.example","password":"a-Long-enough-1","firstName":"x\u0000y"}""", "firstName")]
    [InlineData("""{"email":"a@b.example","password":"a-Long-enough-1","isOperator":true}""", "isOperator")]
    [InlineData("""{"email":7,"password":"a-Long-enough-1"}""", "email")]
    public async Task A_refused_sign_up_names_the_field(string body, string field) =>
        await client.Post("/v1/users", new StringContent(body, Encoding.UTF8, "application/json")).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", field);

    [Fact]
    public async Task A_password_of_a_megabyte_is_refused_unhashed() =>
        await client.Post("/v1/users", new { email = AccountsApp.NewEmail(), password = new string('x', 1_000_000) })
            .ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "password");

    [Theory]
    [InlineData("Robert'); drop table users;--")]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("Zoë 🦜 Übermäßig")]
    [InlineData("{{7*7}} ${jndi:ldap://x} %s")]
    public async Task Odd_names_come_back_as_they_were_given(string name)
    {
        var user = await client.Post("/v1/users", new { email = AccountsApp.NewEmail(), password = AccountsApp.Password, firstName = name })
            .Expect<JsonElement>(HttpStatusCode.Created);

        Assert.Equal(name, user.GetProperty("firstName").GetString());
    }

    [Fact]
    public async Task Broken_JSON_is_the_callers_fault()
    {
        foreach (var body in new[] { "", "{", "[]", "null", "\"x\"", "{\"email\":\"\\ud800\"}" })
        {
            using var response = await client.Post("/v1/users", new StringContent(body, Encoding.UTF8, "application/json"));
            Assert.True(response.StatusCode == HttpStatusCode.BadRequest, $"{body} was answered {(int)response.StatusCode}");
        }
    }
}
