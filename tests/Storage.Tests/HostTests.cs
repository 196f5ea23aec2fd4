using System.Net;
using System.Text;
using System.Text.Json;
using Marketplace.ServiceDefaults;
using Marketplace.Storage.Tests.Sample;
using Marketplace.Testing;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;

namespace Marketplace.Storage.Tests;

/// <summary>What every host does the same way: problems, tokens, clock, health, pages.</summary>
public sealed class HostTests(HostTests.Hosts hosts) : IClassFixture<HostTests.Hosts>
{
    [Theory]
    [InlineData("Development")]
    [InlineData("Production")]
    public async Task Malformed_JSON_is_a_validation_problem_that_says_where(string environment)
    {
        var client = hosts.In(environment).ClientFor(TestCaller.Stranger());

        await client.Post("/v1/notes", Json("{\"text\":")).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed");
        await client.Post("/v1/notes", Json("{\"text\":\"x\",\"stars\":\"many\"}")).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "stars");
        await client.Post("/v1/notes", Json("{\"text\":\"x\",\"unknown\":1}")).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "unknown");
        await client.Post("/v1/notes", new StringContent("text", Encoding.UTF8, "text/plain")).ExpectProblem(HttpStatusCode.UnsupportedMediaType, "media_type_unsupported");
    }

    [Theory]
    [InlineData("Development")]
    [InlineData("Production")]
    public async Task A_bug_is_a_500_with_a_trace_id_and_nothing_else(string environment)
    {
        var bug = await hosts.In(environment).ClientFor(TestCaller.Stranger()).Post("/v1/notes", new { text = "fail before" })
            .ExpectProblem(HttpStatusCode.InternalServerError, "internal_error");

        Assert.NotEmpty(bug.TraceId!);
        Assert.DoesNotContain("secret-of-the-failure", bug.ToString(), StringComparison.Ordinal);
        Assert.True(hosts.In(environment).Logs.Contain("secret-of-the-failure"));
    }

    [Fact]
    public async Task A_body_in_an_encoding_that_nobody_knows_is_refused()
    {
        var body = Json("{\"text\":\"x\"}");
        body.Headers.ContentType!.CharSet = "none";

        await hosts.Development.ClientFor(TestCaller.Stranger()).Post("/v1/notes", body).ExpectProblem(HttpStatusCode.UnsupportedMediaType, "media_type_unsupported");
    }

    [Theory]
    [InlineData("hang")]
    [InlineData("give up")]
    public async Task A_request_that_hangs_ends_at_the_deadline_also_when_it_gives_up_in_silence(string how)
    {
        using var answer = await hosts.Development.ClientFor(TestCaller.Stranger()).Post("/v1/notes", new { text = how });

        Assert.Equal("1", answer.Headers.GetValues("Retry-After").Single());
        await Task.FromResult(answer).ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
    }

    [Fact]
    public async Task What_does_not_exist_is_a_404_and_a_route_without_a_policy_is_closed()
    {
        var client = hosts.Development.ClientFor(TestCaller.Stranger());

        await client.GetAsync("/v1/nowhere").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await hosts.Development.Anonymous().GetAsync("/v1/nowhere").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await client.GetAsync("/v1/forgotten").ExpectProblem(HttpStatusCode.Forbidden, "forbidden");
        await client.Delete("/v1/notes").ExpectProblem(HttpStatusCode.MethodNotAllowed, "method_not_allowed");
    }

    [Fact]
    public async Task A_token_of_one_process_is_good_in_another_that_shares_the_key_ring_and_nowhere_else()
    {
        var stranger = TestCaller.Stranger();
        var token = hosts.Development.Services.GetRequiredService<InternalTokens>().ForUser(stranger.UserId, false, stranger.Memberships);

        await Get(hosts.Production, "/v1/notes", token).Expect(HttpStatusCode.OK);
        await Get(hosts.Elsewhere, "/v1/notes", token).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        await Get(hosts.Production, "/v1/notes", token[..^2]).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    [Fact]
    public async Task A_service_is_no_user_and_a_user_is_no_service()
    {
        await hosts.Development.ClientForService().GetAsync("/v1/notes").ExpectProblem(HttpStatusCode.Forbidden, "forbidden");
        await hosts.Development.ClientFor(TestCaller.Operator()).GetAsync("/internal/clock").ExpectProblem(HttpStatusCode.Forbidden, "forbidden");
    }

    [Fact]
    public void The_key_ring_on_disk_holds_no_key_in_the_clear()
    {
        var files = Directory.GetFiles(hosts.KeyRing, "*.xml");

        Assert.NotEmpty(files);
        Assert.All(files, file => Assert.Contains("fieldCipher", File.ReadAllText(file), StringComparison.Ordinal));
        Assert.All(files, file => Assert.DoesNotContain("masterKey", File.ReadAllText(file), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Hosts_that_start_at_once_on_an_empty_key_ring_share_one_key()
    {
        await using var database = await TestDatabase.Create("firstkey");
        var ring = Directory.CreateTempSubdirectory("marketplace-first-key-");
        var started = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() =>
            NotesHost.Start(database, relays: false, settings: ("DataProtection:KeyRing", ring.FullName)))));

        Assert.Single(Directory.GetFiles(ring.FullName, "*.xml"));

        foreach (var host in started)
        {
            await host.DisposeAsync();
        }

        ring.Delete(recursive: true);
    }

    [Fact]
    public async Task The_clock_moves_forward_only_leaves_tokens_alone_and_is_not_there_in_production()
    {
        await using var database = await TestDatabase.Create("clock");
        await using var host = await NotesHost.Start(database, relays: false);
        var clock = host.Services.GetRequiredService<TimeProvider>();
        var service = host.ClientForService();
        var user = host.ClientFor(TestCaller.Stranger());
        var later = clock.GetUtcNow().AddDays(40);

        await service.Put("/internal/clock", new { now = later }).Expect(HttpStatusCode.NoContent);

        Assert.InRange(clock.GetUtcNow(), later, later.AddMinutes(1));
        await user.GetAsync("/v1/notes").Expect(HttpStatusCode.OK);
        await host.ClientForService().Put("/internal/clock", new { now = later.AddDays(-1) }).Expect(HttpStatusCode.NoContent);
        Assert.True(clock.GetUtcNow() >= later);
        await host.ClientForService().Put("/internal/clock", new { }).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "now");
        var state = await host.ClientForService().Get("/internal/clock");
        Assert.True(state.GetProperty("now").GetDateTimeOffset() >= later);
        Assert.Equal(JsonValueKind.Number, state.GetProperty("activity").ValueKind);
        await hosts.Production.ClientForService().GetAsync("/internal/clock").ExpectProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task An_internal_token_is_good_for_a_minute_of_the_real_clock()
    {
        await using var database = await TestDatabase.Create("tokens");
        await using var host = await NotesHost.Start(database, relays: false);
        var protection = host.Services.GetRequiredService<IDataProtectionProvider>();
        var now = TimeProvider.System.GetUtcNow();

        Assert.NotNull(host.Services.GetRequiredService<InternalTokens>().Read(Minted(now.AddSeconds(-50))));
        Assert.Null(host.Services.GetRequiredService<InternalTokens>().Read(Minted(now.AddSeconds(-61))));

        string Minted(DateTimeOffset at) => new InternalTokens(protection, new TestClock(at)).ForUser("usr_1", isOperator: false, []);
    }

    [Fact]
    public async Task A_text_with_a_zero_character_is_the_callers_mistake()
    {
        await using var database = await TestDatabase.Create("zero");
        await using var host = await NotesHost.Start(database, relays: false);

        await host.ClientFor(TestCaller.Stranger()).Post("/v1/notes", new { text = "a\0b" }).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed");
    }

    [Fact]
    public async Task A_list_is_walked_page_by_page_without_gaps_or_repeats()
    {
        await using var database = await TestDatabase.Create("pages");
        await using var host = await NotesHost.Start(database, relays: false);
        var client = host.ClientFor(TestCaller.Stranger());
        for (var i = 0; i < 7; i++)
        {
            await client.Post("/v1/notes", new { text = $"{i}" }).Expect(HttpStatusCode.Created);
        }

        var walked = new List<string>();
        for (string? cursor = null, first = ""; first is not null; first = cursor)
        {
            var page = await client.Get($"/v1/notes?limit=3{(cursor is null ? "" : "&cursor=" + cursor)}");
            walked.AddRange(page.GetProperty("data").EnumerateArray().Select(n => n.GetProperty("text").GetString()!));
            cursor = page.GetProperty("nextCursor").GetString();
        }

        Assert.Equal(["6", "5", "4", "3", "2", "1", "0"], walked);
    }

    [Theory]
    [InlineData("limit=-1")]
    [InlineData("limit=0")]
    [InlineData("limit=1000000")]
    [InlineData("cursor=%21%21")]
    public async Task No_limit_and_no_cursor_is_a_failure_of_ours(string query)
    {
        using var answer = await hosts.Development.ClientFor(TestCaller.Operator()).GetAsync("/v1/operations/notes/parked-messages?" + query);

        Assert.True((int)answer.StatusCode < 500, $"{query} answered {(int)answer.StatusCode}");
    }

    [Fact]
    public async Task A_host_is_alive_and_ready_while_the_broker_is_away()
    {
        await hosts.Development.Anonymous().GetAsync("/alive").Expect(HttpStatusCode.OK);
        var ready = await hosts.Development.Anonymous().Get("/ready");

        Assert.Equal("Healthy", ready.GetProperty("checks").GetProperty("database").GetString());
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    private static Task<HttpResponseMessage> Get(NotesHost host, string path, string token)
    {
        var client = host.Anonymous();
        client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        return client.GetAsync(path);
    }

    /// <summary>Two hosts that share a key ring, and one with a ring of its own.</summary>
    public sealed class Hosts : IAsyncLifetime
    {
        private readonly DirectoryInfo rings = Directory.CreateTempSubdirectory("marketplace-rings-");
        private readonly List<IAsyncDisposable> ours = [];

        internal NotesHost Development { get; private set; } = null!;

        internal NotesHost Production { get; private set; } = null!;

        internal NotesHost Elsewhere { get; private set; } = null!;

        internal string KeyRing => Path.Combine(rings.FullName, "ring");

        internal NotesHost In(string environment) => environment == "Production" ? Production : Development;

        public async ValueTask InitializeAsync()
        {
            var database = await TestDatabase.Create("hosts");
            Development = await NotesHost.Start(database, relays: false, keepsTimeLimits: true, settings: ("DataProtection:KeyRing", KeyRing));
            Production = await NotesHost.Start(database, environment: "Production", relays: false, keepsTimeLimits: true, settings: ("DataProtection:KeyRing", KeyRing));
            Elsewhere = await NotesHost.Start(database, relays: false, keepsTimeLimits: true, settings: ("DataProtection:KeyRing", Path.Combine(rings.FullName, "other")));
            ours.AddRange([Development, Production, Elsewhere, database]);
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var one in ours)
            {
                await one.DisposeAsync();
            }

            rings.Delete(recursive: true);
        }
    }
}
