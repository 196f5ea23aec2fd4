using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Marketplace.Isolation.Tests;

/// <summary>Every route, called by everybody: what each gets stands in <c>access.txt</c>.</summary>
public sealed partial class AccessTests(WorldFixture fixture, ITestOutputHelper output) : IClassFixture<WorldFixture>
{
    private static readonly ParallelOptions AFewAtATime = new() { MaxDegreeOfParallelism = 4 };
    private static readonly IReadOnlyList<AccessRow> Rows = AccessTable.Read();
    private static readonly string[] Strangers = ["nobody", "rival", "neighbour"];
    private readonly World world = fixture.World;

    [Fact]
    public void Every_route_has_a_row_and_every_row_a_route()
    {
        var routes = fixture.Api.Operations.Select(o => o.Route).ToHashSet(StringComparer.Ordinal);
        var rows = Rows.Select(r => r.Route).ToHashSet(StringComparer.Ordinal);

        var missing = routes.Except(rows).Order(StringComparer.Ordinal).Select(route => $"no row for      {route}");
        var left = rows.Except(routes).Order(StringComparer.Ordinal).Select(route => $"no route for    {route}");
        Holds([.. missing, .. left], "tests/README.md says how to add a row to tests/Isolation.Tests/access.txt.");
    }

    [Fact]
    public void Every_row_lets_somebody_in_or_says_why_it_cannot()
    {
        Holds(Rows.Where(row => row.LetsIn == row.Closed is not null).Select(row => $"{row}"), "A row has a caller with ok or own, or a line below it that begins with ! and says why there is none.");
        Assert.InRange(Rows.Count(row => row.Closed is not null), 0, 5);
    }

    /// <summary>What is changed is changed from the version that was read: without one the change is refused, whoever asks for it.</summary>
    [Fact(Timeout = 300_000)]
    public async Task An_update_without_If_Match_is_refused()
    {
        var wrong = new ConcurrentBag<string>();
        var updates = Rows.Where(row => row.LetsIn && (row.Method == HttpMethod.Put || row.Method == HttpMethod.Patch)).ToList();
        Assert.True(updates.Count > 20);
        await Parallel.ForEachAsync(updates, AFewAtATime, async (row, _) =>
        {
            var caller = world[row.Cells.First(cell => cell.Value == "ok").Key];
            var both = (await world.Fill($"{row.Path}\n{row.Body}", fresh: false)).Split('\n');
            // What is set for the first time, as a product's migration target, takes nothing's place.
            await caller.Send(row.Method, both[0], both[1], "*");

            foreach (var (tag, status) in new[] { ((string?)null, 428), ("\"999999\"", 412) })
            {
                var answer = await caller.Send(row.Method, both[0], both[1], tag);
                if (answer.Status != status)
                {
                    wrong.Add($"{answer} with If-Match {tag ?? "absent"}");
                }
            }
        });
        Holds(wrong, "428 without If-Match, 412 with another version's.");
    }

    [Fact(Timeout = 300_000)]
    public async Task Who_may_not_is_refused_as_the_table_says_and_changes_nothing()
    {
        foreach (var row in Rows)
        {
            await world.Fill(row.Path + row.Body, fresh: false, thing => thing == "self" ? "" : null);
        }

        await Quiet();
        var before = await Everything();
        Assert.True(before.Count > 20, $"Only {before.Count} addresses read back: nothing could be seen to change.");

        await Compare(Rows, cell => cell is not ("ok" or "-"));

        await Quiet();
        var after = await Everything();
        Holds(before.Where(b => after[b.Key] != b.Value).Select(b => $"{b.Key} has changed {Difference(b.Value, after[b.Key])}"), "Only refused requests were sent in between.");
    }

    [Fact(Timeout = 300_000)]
    public async Task Who_may_is_let_in()
    {
        var succeeded = await Compare(Rows, cell => cell == "ok");

        Holds(
            Rows.Where(row => row.Cells.Values.Contains("ok") && !succeeded.Contains(row)).Select(row => $"{row}: nobody's request was answered 2xx"),
            "A row's request must be a good one, or its refusals prove nothing. Change its path or body.");
    }

    [Fact(Timeout = 300_000)]
    public async Task A_stranger_cannot_tell_what_is_anothers_from_what_is_not()
    {
        var differences = new ConcurrentBag<string>();
        var cases = (
            from row in Rows
            where World.ThingsIn(row.Path + row.Body).Any(t => t != "unique")
            from stranger in Strangers
            where row.Cells[stranger] == "404"
            select (row, stranger)).ToList();
        Assert.NotEmpty(cases);
        await Parallel.ForEachAsync(cases, AFewAtATime, async (it, _) =>
        {
            var there = await Ask(it.row, it.stranger, fresh: false);
            var nowhere = await Ask(it.row, it.stranger, fresh: false, world.Unknown);
            if (Shape(there) != Shape(nowhere))
            {
                differences.Add($"{there}\nbut for ids that nobody has\n  {nowhere}");
            }
        });
        Holds(differences, "Both must be answered alike.");
    }

    [Fact(Timeout = 300_000)]
    public async Task Another_tenants_id_is_refused_wherever_it_stands()
    {
        var accepted = new ConcurrentBag<string>();
        var tried = 0;
        await Parallel.ForEachAsync(Rows, AFewAtATime, async (row, _) =>
        {
            foreach (var thing in World.ThingsIn(row.Path + row.Body).Where(t => world.Foreign(t) is not null))
            {
                // A provider sees its customers' subscriptions: only who is of the thing's own kind is a stranger to the other's.
                var kin = world.IsOfConsumers(thing) ? "consumer_admin" : "owner";
                foreach (var caller in row.Cells.Where(c => c.Value == "ok" && c.Key == kin).Select(c => c.Key))
                {
                    Interlocked.Increment(ref tried);
                    var answer = await Ask(row, caller, fresh: false, other => other == thing ? world.Foreign(thing) : null);
                    // What anybody may read is read with another's id too.
                    if (answer.IsSuccess && (row.Cells["nobody"] is not ("ok" or "own") || !ShowsNothing(answer, caller)))
                    {
                        accepted.Add($"{answer}\n  with another tenant's {thing}");
                    }
                }
            }
        });
        output.WriteLine($"{tried} requests with one id of another tenant.");
        Assert.True(tried > 50, $"Only {tried} requests had an id to exchange.");
        Holds(accepted, "An id of another tenant must not be taken.");
    }

    [Fact(Timeout = 300_000)]
    public async Task Filtering_by_anothers_ids_shows_nothing_of_theirs()
    {
        var seen = new ConcurrentBag<string>();
        var lists = fixture.Api.Operations.Where(o => o.Method == "GET" && !o.Path.Contains('{', StringComparison.Ordinal) && o.Filters.Any()).ToList();
        Assert.NotEmpty(lists);
        await Parallel.ForEachAsync(lists, AFewAtATime, async (list, _) =>
        {
            foreach (var filter in list.Filters.Where(f => f is not ("limit" or "cursor")))
            {
                foreach (var id in world.Seller.Things.Concat(world.Buyer.Things).Where(t => IsAbout(filter, t.Key)).Select(t => t.Value))
                {
                    foreach (var caller in Strangers)
                    {
                        var answer = await world[caller].Send(HttpMethod.Get, $"{list.Path}?{filter}={id}");
                        if (answer.IsSuccess ? !ShowsNothing(answer, caller) : answer.Status is not (400 or 403 or 404))
                        {
                            seen.Add($"{answer}");
                        }
                    }
                }
            }
        });
        Holds(seen, "A filter narrows what the caller sees; it never widens it.");
    }

    [Fact(Timeout = 300_000)]
    public async Task A_draft_plan_is_seen_by_its_provider_only()
    {
        var (product, plan, draft) = await world.Seller.OnOfferWithDraft();
        var (catalog, consumer) = (world.Seller.Things["catalog"], world.Buyer.Things["consumer"]);
        string[] own = ["owner", "admin", "product_manager", "viewer", "operator", "machine"];
        var addresses = new[]
        {
            $"/v1/catalogs/{catalog}/storefront?limit=100", $"/v1/catalogs/{catalog}/storefront/{product}", $"/v1/products/{product}/plans", $"/v1/products/{product}/plans/{draft}",
            $"/v1/subscriptions/eligibility?organizationId={consumer}&catalogId={catalog}&planId={draft}",
        };
        var seen = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(AccessTable.Callers, AFewAtATime, async (caller, _) =>
        {
            var answers = await Task.WhenAll(addresses.Select(address => world[caller].Send(HttpMethod.Get, address)));
            Assert.Contains(plan, answers[1].Body, StringComparison.Ordinal);
            Assert.Equal(own.Contains(caller), answers[2].Body.Contains(draft, StringComparison.Ordinal));
            foreach (var answer in own.Contains(caller) ? [] : answers.Where(a => a.IsSuccess && a.Body.Contains(draft, StringComparison.Ordinal)))
            {
                seen.Add($"{answer}");
            }
        });
        Holds(seen, "A draft is nobody's business but its provider's.");

        var bought = await world["consumer_admin"].Send(HttpMethod.Post, "/v1/subscriptions", $$"""{"planId":"{{draft}}","catalogId":"{{catalog}}","organizationId":"{{consumer}}","acceptTerms":true}""");
        Assert.False(bought.IsSuccess, $"{bought}");
    }

    [Fact(Timeout = 300_000)]
    public async Task Without_a_token_nothing_else_is_judged()
    {
        var judged = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(Rows.Where(row => row.Cells is { } cells && cells["anonymous"] == "401" && cells["nobody"] != "-"), AFewAtATime, async (row, _) =>
        {
            var path = await world.Fill(row.Path, fresh: false, _ => "nothing_like_an_id");
            var answer = await world["anonymous"].Send(row.Method, path, row.Method == HttpMethod.Get ? null : "{\"broken\": ");
            if (answer.Status != 401)
            {
                judged.Add($"{answer}");
            }
        });
        Holds(judged, "401 comes before 400 and 404.");
    }

    private static void Holds(IEnumerable<string> violations, string rule)
    {
        var all = violations.Order(StringComparer.Ordinal).ToList();
        if (all.Count > 0)
        {
            Assert.Fail($"{rule}\n{string.Join('\n', all.Take(60))}\n{all.Count} in all.");
        }
    }

    /// <summary>Asks for the chosen cells of every row, row by row; which rows were answered 2xx at least once.</summary>
    private async Task<IReadOnlyCollection<AccessRow>> Compare(IReadOnlyList<AccessRow> rows, Func<string, bool> chosen)
    {
        var wrong = new ConcurrentBag<string>();
        var succeeded = new ConcurrentDictionary<AccessRow, bool>(ReferenceEqualityComparer.Instance);
        var asked = 0;
        await Parallel.ForEachAsync(rows, AFewAtATime, async (row, _) =>
        {
            foreach (var (caller, cell) in row.Cells.Where(c => chosen(c.Value)))
            {
                Interlocked.Increment(ref asked);
                var answer = await Ask(row, caller, fresh: cell == "ok");
                if (answer.IsSuccess)
                {
                    succeeded[row] = true;
                }

                if (!Fits(cell, answer, caller))
                {
                    wrong.Add($"{caller,-15} must get {cell,-3} but {answer}{(cell == "own" && answer.IsSuccess ? $" which shows {string.Join(", ", Shown(answer, caller))}" : "")}");
                }
            }
        });
        output.WriteLine($"{asked} requests.");
        Holds(wrong, "The table is access.txt.");
        return [.. succeeded.Keys];
    }

    private bool Fits(string cell, Answer answer, string caller) => cell switch
    {
        "ok" => answer.Status is not (401 or 403 or 404) and < 500,
        "own" => answer.IsSuccess && ShowsNothing(answer, caller),
        _ => answer.Status == int.Parse(cell, System.Globalization.CultureInfo.InvariantCulture) && (answer.IsSuccess || answer.Body.Contains("\"code\":", StringComparison.Ordinal)),
    };

    private bool ShowsNothing(Answer answer, string caller) => !Shown(answer, caller).Any();

    private IEnumerable<string> Shown(Answer answer, string caller) => world.SecretsFrom(caller).Where(t => answer.Body.Contains(t.Value, StringComparison.Ordinal)).Select(t => t.Key);

    private async Task<Answer> Ask(AccessRow row, string caller, bool fresh, Func<string, string?>? instead = null)
    {
        using var newcomer = caller == "newcomer" ? await Newcomer.SignUp(world) : null;
        var asker = newcomer?.Person ?? world[caller];
        Func<string, string?> own = thing => instead?.Invoke(thing) ?? (thing == "self" ? asker.Email : null);
        var text = $"{row.Path}\n{row.Body}";
        var both = await world.Fill(newcomer is null ? text : await newcomer.Fill(text), fresh, own);
        var (path, body) = (both.Split('\n')[0], both.Split('\n')[1]);
        return await asker.Send(row.Method, path, body.Length > 0 ? body : null, row.Method == HttpMethod.Post ? null : "*");
    }

    /// <summary>All that the tenant's owner and the consumer's administrator can read, but for when something was last used or looked at and how fast, and for the audit log, which
    /// hears of the world's making a moment later.</summary>
    // Earlier requests, and the webhooks that they caused, have come to their end: a move of the clock by nothing waits for that.
    private async Task Quiet()
    {
        var answer = await world["anonymous"].Send(HttpMethod.Post, "/dev/clock", """{"advance":"PT0S"}""");
        Assert.True(answer.IsSuccess, $"{answer}");
    }

    private async Task<Dictionary<string, string>> Everything()
    {
        var all = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        await Parallel.ForEachAsync(Rows.Where(row => row.Method == HttpMethod.Get && row.Path != "/v1/audit-log"), AFewAtATime, async (row, _) =>
        {
            foreach (var reader in new[] { "owner", "consumer_admin" }.Where(name => row.Cells[name] == "ok"))
            {
                all[$"{row} read by {reader}"] = LastSeen().Replace((await Ask(row, reader, fresh: false)).Body, "");
            }
        });
        return new(all, StringComparer.Ordinal);
    }

    private static string Difference(string before, string after)
    {
        var at = before.Zip(after).TakeWhile(pair => pair.First == pair.Second).Count();
        return $"from\n  …{before[Math.Max(0, at - 80)..Math.Min(before.Length, at + 120)]}…\nto\n  …{after[Math.Max(0, at - 80)..Math.Min(after.Length, at + 120)]}…";
    }

    // What an answer says, but for the ids that it repeats and the trace.
    private static string Shape(Answer answer)
    {
        var problem = answer.Body.StartsWith('{') ? JsonNode.Parse(answer.Body) : null;
        return $"{answer.Status} {(string?)problem?["code"]} {Id().Replace((string?)problem?["title"] + (string?)problem?["detail"], "…")}";
    }

    // 'organizationId' is about a provider or a consumer; 'billingIntegrationId' about an integration; others about what they name.
    private static bool IsAbout(string filter, string thing)
    {
        var name = Regex.Replace(filter, "Id$", "", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)).ToLowerInvariant();
        return name == "organization" ? thing is "provider" or "consumer" : thing.Split(' ').Any(word => name.EndsWith(word, StringComparison.Ordinal));
    }

    [GeneratedRegex("\"(lastUsedAt|lastSuccessAt|probedAt|checkedAt|used)\":(null|\"[^\"]*\"|[0-9.]+),?", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LastSeen();

    [GeneratedRegex("'[^']*'", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Id();
}
