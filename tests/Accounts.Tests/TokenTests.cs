using System.Net;
using System.Text.Json;
using Marketplace.Testing;

namespace Marketplace.Accounts.Tests;

public sealed class TokenTests(AccountsApp app) : IClassFixture<AccountsApp>
{
    [Fact]
    public async Task A_personal_token_acts_as_its_user_without_a_session()
    {
        var person = await app.SignUp();
        var token = (await Create(person)).GetProperty("token").GetString()!;

        var caller = await app.CallerOf(token);

        Assert.StartsWith("mkp_", token);
        Assert.Equal((person.Id, null), (caller.UserId, caller.Session));
        await app.Behind(() => token).Delete("/v1/sessions").ExpectProblem(HttpStatusCode.Conflict, "session_missing");
        await app.Exchange(token).Expect();
    }

    [Fact]
    public async Task A_token_is_shown_once_and_stored_as_its_hash()
    {
        var person = await app.SignUp();
        var made = await Create(person);
        var token = made.GetProperty("token").GetString()!;

        var listed = Assert.Single((await person.Client.Get("/v1/tokens")).GetProperty("data").EnumerateArray());

        Assert.Equal(token[..8], listed.GetProperty("prefix").GetString());
        Assert.False(listed.TryGetProperty("token", out _));
        Assert.DoesNotContain(token, await app.Database.Scalar<string>("select tokens::text from tokens where id = $1", made.GetProperty("id").GetString()));
        Assert.Equal(0L, await app.Database.Scalar<long>("select count(*) from idempotency_keys where encode(answer, 'escape') like '%mkp_%'"));
    }

    [Fact]
    public async Task Repeating_a_creation_under_its_key_shows_the_same_token_and_keeps_one()
    {
        var person = await app.SignUp();

        var first = await person.Client.Post("/v1/tokens", new { title = "CI" }, "one").Expect<JsonElement>(HttpStatusCode.Created);
        var again = await person.Client.Post("/v1/tokens", new { title = "CI" }, "one").Expect<JsonElement>(HttpStatusCode.Created);

        Assert.Equal(first.GetProperty("token").GetString(), again.GetProperty("token").GetString());
        Assert.Equal(1L, await app.Database.Scalar<long>("select count(*) from tokens where user_id = $1", person.Id));
        await person.Client.Post("/v1/tokens", new { title = "Other" }, "one").ExpectProblem(HttpStatusCode.UnprocessableEntity, "idempotency_key_reused");
    }

    [Fact]
    public async Task A_revoked_token_and_an_expired_one_are_refused()
    {
        var person = await app.SignUp();
        var revoked = await Create(person);
        var expiring = await Create(person, app.Clock.GetUtcNow().AddDays(1));

        await person.Client.Delete($"/v1/tokens/{revoked.GetProperty("id").GetString()}").Expect(HttpStatusCode.NoContent);
        await app.Exchange(revoked.GetProperty("token").GetString()!).ExpectProblem(HttpStatusCode.Unauthorized, "token_invalid");

        await app.Exchange(expiring.GetProperty("token").GetString()!).Expect();
        app.Clock.Advance(TimeSpan.FromDays(1));
        await app.Exchange(expiring.GetProperty("token").GetString()!).ExpectProblem(HttpStatusCode.Unauthorized, "token_invalid");
    }

    [Fact]
    public async Task The_last_use_is_kept_to_the_minute()
    {
        var person = await app.SignUp();
        var made = await Create(person);
        var token = made.GetProperty("token").GetString()!;
        var start = app.Clock.GetUtcNow();

        await app.Exchange(token).Expect();
        app.Clock.Advance(TimeSpan.FromSeconds(30));
        await app.Exchange(token).Expect();
        Assert.Equal(start, await LastUse());
        app.Clock.Advance(TimeSpan.FromSeconds(31));
        await app.Exchange(token).Expect();
        Assert.Equal(start.AddSeconds(61), await LastUse());

        async Task<DateTimeOffset> LastUse() =>
            Assert.Single((await app.ClientFor(new TestCaller(person.Id)).Get("/v1/tokens")).GetProperty("data").EnumerateArray()).GetProperty("lastUsedAt").GetDateTimeOffset();
    }

    [Fact]
    public async Task Nobody_sees_or_revokes_tokens_of_others()
    {
        var owner = await app.SignUp();
        var id = (await Create(owner)).GetProperty("id").GetString();
        var stranger = await app.SignUp();

        Assert.Empty((await stranger.Client.Get("/v1/tokens")).GetProperty("data").EnumerateArray());
        await stranger.Client.Delete($"/v1/tokens/{id}").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await (await app.Operator()).Client.Delete($"/v1/tokens/{id}").ExpectProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task The_list_is_paged()
    {
        var person = await app.SignUp();
        for (var i = 0; i < 5; i++)
        {
            await Create(person);
        }

        var seen = new List<string>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await person.Client.Get($"/v1/tokens?limit=2{(cursor.Length > 0 ? "&cursor=" + cursor : "")}");
            seen.AddRange(page.GetProperty("data").EnumerateArray().Select(t => t.GetProperty("id").GetString()!));
            cursor = page.GetProperty("nextCursor").GetString();
        }

        Assert.Equal(5, seen.Distinct().Count());
        Assert.Equal(5, seen.Count);
        await person.Client.GetAsync("/v1/tokens?limit=0", TestContext.Current.CancellationToken).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed");
        await person.Client.GetAsync("/v1/tokens?cursor=AA", TestContext.Current.CancellationToken).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "cursor");
    }

    [Theory]
    [InlineData(null, null, "title")]
    [InlineData("  ", null, "title")]
    [InlineData("a\0b", null, "title")]
    [InlineData("late", -1, "expiresAt")]
    public async Task A_refused_token_names_the_field(string? title, int? days, string field)
    {
        var person = await app.SignUp();

        await person.Client.Post("/v1/tokens", new { title, expiresAt = days is null ? null : (DateTimeOffset?)app.Clock.GetUtcNow().AddDays(days.Value) })
            .ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", field);
    }

    private static Task<JsonElement> Create(Person person, DateTimeOffset? expiresAt = null) =>
        person.Client.Post("/v1/tokens", new { title = "CI", expiresAt }).Expect<JsonElement>(HttpStatusCode.Created);
}
