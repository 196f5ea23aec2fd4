using System.Net;
using System.Text.Json;
using Marketplace.Accounts.Users;
using Marketplace.Contracts.Storage;
using Marketplace.Testing;

namespace Marketplace.Accounts.Tests;

/// <summary>Of an installation's operators one who may sign in is left, whatever operators do to each other.</summary>
public sealed class LastOperatorTests(AccountsApp app) : IClassFixture<AccountsApp>
{
    [Fact]
    public async Task Of_two_operators_who_disable_each_other_at_once_one_stays()
    {
        await Everybody();
        var (one, other) = (await app.Operator(), await Another());
        var id = (await one.Client.Get("/v1/me")).GetProperty("id").GetString()!;
        Task<HttpResponseMessage> first, second;
        await using (await app.Database.HoldRow("users", string.CompareOrdinal(id, other.Id) < 0 ? id : other.Id))
        {
            first = one.Client.Post($"/v1/users/{other.Id}/disable");
            second = other.Client.Post($"/v1/users/{id}/disable");
            await app.Database.UntilBlockedOnLocks(2);
        }

        HttpResponseMessage[] answers = [await first, await second];

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.Conflict], answers.Select(answer => answer.StatusCode).Order());
        await Task.FromResult(answers.Single(answer => answer.StatusCode == HttpStatusCode.Conflict)).ExpectProblem(HttpStatusCode.Conflict, "last_operator");
        Assert.Equal(1L, await app.Database.Scalar<long>("select count(*) from users where is_operator and disabled_at is null"));
    }

    [Fact]
    public async Task Who_disables_another_operator_is_left_and_may()
    {
        await Everybody();
        var (one, other) = (await app.Operator(), await Another());

        await one.Client.Post($"/v1/users/{other.Id}/disable").Expect();

        Assert.Single(await app.Announced<ChangeRecorded>(c => c.ObjectId == other.Id && c.Action == "user.disabled"));
    }

    [Fact]
    public async Task A_start_lets_the_set_operator_in_again_where_nobody_is_left()
    {
        await Everybody();
        await app.Database.Execute("update users set disabled_at = now() where is_operator");

        await app.Make<SeedOperator>().StartAsync(default);

        await (await app.Operator()).Client.Get("/v1/users");
    }

    [Fact]
    public async Task A_start_leaves_the_set_operator_disabled_while_another_one_is_there()
    {
        await Everybody();
        await Another();
        await app.Database.Execute("update users set disabled_at = now() where email = $1", AccountsApp.OperatorEmail);

        await app.Make<SeedOperator>().StartAsync(default);

        await app.Anonymous().Post("/v1/sessions", new { email = AccountsApp.OperatorEmail, password = AccountsApp.Password }).ExpectProblem(HttpStatusCode.Forbidden, "user_disabled");
    }

    // As each test wants to find it: the set operator alone, and let in.
    private Task Everybody() => app.Database.Execute(
        "update users set is_operator = email = $1, disabled_at = null, security_version = security_version + 1", AccountsApp.OperatorEmail);

    private async Task<Person> Another()
    {
        var person = await app.SignUp();
        await app.Database.Execute("update users set is_operator = true where id = $1", person.Id);
        return person;
    }
}
