using System.Net;
using System.Security.Cryptography;
using System.Text;
using Marketplace.ServiceDefaults;
using Marketplace.Storage.Tests.Sample;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Storage.Tests;

public sealed class IdempotencyKeyTests : IAsyncLifetime
{
    private readonly TestCaller caller = TestCaller.Stranger();
    private TestDatabase database = null!;
    private NotesHost host = null!;

    public async ValueTask InitializeAsync()
    {
        database = await TestDatabase.Create("idempotency");
        host = await NotesHost.Start(database, relays: false);
    }

    public async ValueTask DisposeAsync()
    {
        await host.DisposeAsync();
        await database.DisposeAsync();
    }

    [Fact]
    public async Task A_repeated_request_is_answered_as_the_first_and_carried_out_once()
    {
        var first = await Write("hello", "k1").Expect(HttpStatusCode.Created);
        var again = await Write("hello", "k1").Expect(HttpStatusCode.Created);

        Assert.Equal(await first.Content.ReadAsStringAsync(), await again.Content.ReadAsStringAsync());
        Assert.Equal(first.Headers.Location, again.Headers.Location);
        Assert.Equal(first.Headers.ETag, again.Headers.ETag);
        Assert.Equal(first.Content.Headers.ContentType, again.Content.Headers.ContentType);
        Assert.False(first.Headers.Contains("Idempotent-Replayed"));
        Assert.True(again.Headers.Contains("Idempotent-Replayed"));
        Assert.Equal(1L, await Notes());
    }

    [Fact]
    public async Task A_key_with_another_body_or_another_route_is_refused()
    {
        await Write("hello", "k2").Expect(HttpStatusCode.Created);

        await Write("goodbye", "k2").ExpectProblem(HttpStatusCode.UnprocessableEntity, "idempotency_key_reused", "Idempotency-Key");
        await Client().Post("/v1/other-notes", new { text = "hello" }, "k2").ExpectProblem(HttpStatusCode.UnprocessableEntity, "idempotency_key_reused");
        Assert.Equal(1L, await Notes());
    }

    [Fact]
    public async Task The_same_key_of_another_caller_is_another_key()
    {
        await Write("hello", "k3").Expect(HttpStatusCode.Created);
        await host.ClientFor(TestCaller.Stranger()).Post("/v1/notes", new { text = "goodbye" }, "k3").Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task An_answer_is_shown_again_to_who_holds_the_roles_of_then_or_more_and_withheld_from_who_lost_one()
    {
        Membership Of(params string[] roles) => new("org_1", "provider", roles);
        Task<HttpResponseMessage> As(params Membership[] memberships) =>
            host.ClientFor(new TestCaller(caller.UserId, memberships)).Post("/v1/notes", new { text = "secret" }, "k13");
        await As(Of(Roles.Admin)).Expect(HttpStatusCode.Created);

        Assert.True((await As(Of(Roles.Admin, Roles.Viewer), new("org_2", "provider", [Roles.Owner])).Expect(HttpStatusCode.Created)).Headers.Contains("Idempotent-Replayed"));
        foreach (var memberships in (Membership[][])[[], [Of()], [Of(Roles.Viewer)], [new("org_2", "provider", [Roles.Admin])]])
        {
            await As(memberships).ExpectProblem(HttpStatusCode.Conflict, "idempotency_answer_withheld");
        }

        Assert.Equal(1L, await Notes());
    }

    [Fact]
    public async Task What_an_operator_was_shown_nobody_is_shown_again_who_is_one_no_more()
    {
        Task<HttpResponseMessage> As(bool isOperator) =>
            host.ClientFor(new TestCaller(caller.UserId) { IsOperator = isOperator }).Post("/v1/notes", new { text = "hello" }, "k14");
        await As(true).Expect(HttpStatusCode.Created);

        await As(false).ExpectProblem(HttpStatusCode.Conflict, "idempotency_answer_withheld");
        await As(true).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_repetition_while_the_first_is_being_handled_is_told_to_wait()
    {
        var first = Write("hold", "k4");
        await Eventually.Until(
            () => database.Scalar<long>("select count(*) from idempotency_keys where key = 'k4'"), claimed => claimed == 1, "the first has claimed its key");

        using var second = await Write("hold", "k4");
        Assert.Equal("1", second.Headers.GetValues("Retry-After").Single());
        await Task.FromResult(second).ExpectProblem(HttpStatusCode.Conflict, "idempotency_key_in_use");

        host.Switches.Gate.SetResult();
        await first.Expect(HttpStatusCode.Created);
        await Write("hold", "k4").Expect(HttpStatusCode.Created);
        Assert.Equal(1L, await Notes());
    }

    [Fact]
    public async Task A_request_whose_process_died_before_the_commit_can_be_repeated()
    {
        await Write("fail before", "k5").ExpectProblem(HttpStatusCode.InternalServerError, "internal_error");
        await ClaimsRunOut();

        await Write("fail before", "k5").ExpectProblem(HttpStatusCode.InternalServerError, "internal_error");
        Assert.Equal(0L, await Notes());
    }

    [Fact]
    public async Task A_request_whose_process_died_after_the_commit_is_not_carried_out_again()
    {
        await Write("fail after", "k6").ExpectProblem(HttpStatusCode.InternalServerError, "internal_error");
        await ClaimsRunOut();

        await Write("fail after", "k6").ExpectProblem(HttpStatusCode.Conflict, "idempotency_answer_lost");
        Assert.Equal(1L, await Notes());
    }

    [Fact]
    public async Task A_request_whose_claim_ran_out_and_was_taken_over_cannot_commit()
    {
        var first = Write("hold", "k10");
        await Eventually.Until(
            () => database.Scalar<long>("select count(*) from idempotency_keys where key = 'k10'"), claimed => claimed == 1, "the first has claimed its key");
        await ClaimsRunOut();
        var second = Write("hold", "k10");
        await Eventually.Until(
            () => database.Scalar<long>("select count(*) from idempotency_keys where locked_until > now()"), taken => taken == 1, "the second has taken the key over");

        host.Switches.Gate.SetResult();

        Assert.Equal("1", (await first).Headers.GetValues("Retry-After").Single());
        await first.ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
        await second.Expect(HttpStatusCode.Created);
        Assert.Equal(1L, await Notes());
        Assert.True((await Write("hold", "k10").Expect(HttpStatusCode.Created)).Headers.Contains("Idempotent-Replayed"));
    }

    [Fact]
    public async Task A_refused_request_leaves_its_key_free_for_a_corrected_one()
    {
        await Write("refuse", "k7").ExpectProblem(HttpStatusCode.Conflict, "note_refused", "text");
        await Write("hello", "k7").Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_refusal_leaves_its_key_free_for_the_same_request_also_where_something_was_noted_on_the_way()
    {
        await Write("refuse after", "k15").ExpectProblem(HttpStatusCode.ServiceUnavailable, "note_not_ready");
        await Write("refuse after", "k15").ExpectProblem(HttpStatusCode.ServiceUnavailable, "note_not_ready");
        await Write("hello", "k15").Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_key_is_forgotten_after_a_day()
    {
        await Write("hello", "k8").Expect(HttpStatusCode.Created);
        await database.Execute("update idempotency_keys set created_at = now() - interval '25 hours'");

        await Write("goodbye", "k8").Expect(HttpStatusCode.Created);
        Assert.Equal(2L, await Notes());
    }

    [Fact]
    public async Task Kept_answers_are_not_readable_in_the_database()
    {
        await Write("shown-once", "k9").Expect(HttpStatusCode.Created);

        Assert.Equal(0L, await database.Scalar<long>("select count(*) from idempotency_keys where position('shown-once'::bytea in answer) > 0"));
    }

    [Fact]
    public async Task What_is_kept_of_a_body_is_no_hash_that_can_be_tried_against_guesses()
    {
        const string Body = "{\"text\":\"a password\"}";
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/notes") { Content = new StringContent(Body, Encoding.UTF8, "application/json") };
        request.Headers.Add("Idempotency-Key", "k11");
        await Client().SendAsync(request).Expect(HttpStatusCode.Created);

        var kept = (await database.Scalar<byte[]>("select body_hash from idempotency_keys where key = 'k11'"))!;
        var bytes = Encoding.UTF8.GetBytes(Body);
        Assert.NotEqual(SHA256.HashData(bytes), kept);
        Assert.Equal((await host.Services.GetRequiredService<FieldCipher>().Hash(new MemoryStream(bytes), "idempotent-request", default))[0], kept);
    }

    [Fact]
    public async Task A_repetition_is_known_after_a_rotation_of_the_encryption_key()
    {
        var ring = Directory.CreateTempSubdirectory("marketplace-ring-").FullName;
        await using (var before = await NotesHost.Start(database, relays: false, settings: ("DataProtection:KeyRing", ring)))
        {
            await before.ClientFor(caller).Post("/v1/notes", new { text = "hello" }, "k12").Expect(HttpStatusCode.Created);
        }

        await using var after = await NotesHost.Start(
            database, relays: false,
            settings: [("DataProtection:KeyRing", ring), ("Encryption:Key", Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))), ("Encryption:OldKeys:0", TestSecrets.EncryptionKey)]);

        Assert.True((await after.ClientFor(caller).Post("/v1/notes", new { text = "hello" }, "k12").Expect(HttpStatusCode.Created)).Headers.Contains("Idempotent-Replayed"));
        await after.ClientFor(caller).Post("/v1/notes", new { text = "goodbye" }, "k12").ExpectProblem(HttpStatusCode.UnprocessableEntity, "idempotency_key_reused");
        Directory.Delete(ring, recursive: true);
    }

    [Fact]
    public async Task A_key_that_is_too_long_is_refused() =>
        await Write("hello", new string('k', 256)).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "Idempotency-Key");

    private HttpClient Client() => host.ClientFor(caller);

    private Task<HttpResponseMessage> Write(string text, string key) => Client().Post("/v1/notes", new { text }, key);

    private Task<long> Notes() => database.Scalar<long>("select count(*) from notes");

    private Task ClaimsRunOut() => database.Execute("update idempotency_keys set locked_until = now() - interval '1 second'");
}
