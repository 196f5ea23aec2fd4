using System.Text.Json;
using Marketplace.Testing;
using Npgsql;

namespace Marketplace.Invoicing.Tests;

/// <summary>What a claim costs, in pages and rows that PostgreSQL says it looked at: time would tell of the machine.</summary>
public sealed class ClaimCostTests(StillInvoicingApp app) : IClassFixture<StillInvoicingApp>
{
    [Fact]
    public async Task A_claim_costs_the_same_however_many_jobs_are_finished_or_wait_behind_heads()
    {
        var seller = await Seller.Open(app);
        for (var n = 0; n < 3; n++)
        {
            await seller.Charge(seller.Approved(Plans.Of(basePrice: 100)));
        }

        await app.Database.Execute("analyze");
        var few = await Claim();

        await app.Database.Execute(
            """
            insert into stripe_jobs_done (id, integration_id, lane, organization_id, kind, subject_id, outcome, attempts, created_at, finished_at)
            select 'job_done_' || n, $1, 'org_' || n % 1000, 'org_' || n % 1000, 'issue_invoice', 'inv_' || n, 'finished', 1, now(), now() from generate_series(1, 200000) n
            """, seller.Integration);
        await app.Database.Execute(
            """
            insert into stripe_jobs (id, integration_id, lane, organization_id, kind, subject_id, next_attempt_at, created_at)
            select 'job_behind_' || n, j.integration_id, j.lane, j.organization_id, 'issue_invoice', 'inv_behind_' || n, j.next_attempt_at, j.created_at
            from generate_series(1, 20000) n, (select * from stripe_jobs where head limit 1) j
            """);
        await app.Database.Execute("analyze");
        var many = await Claim();

        Assert.Equal(few.Claimed, many.Claimed);
        Assert.Equal(3, many.Claimed);
        Assert.DoesNotContain("stripe_jobs_done", many.Relations);
        Assert.Empty(many.ScannedWhole);
        // The indexes are some levels deeper, and rows lie on other pages than before: a few pages, not one for each job.
        Assert.InRange(many.Pages, 0, few.Pages + 100);
        Assert.InRange(many.Rows, 0, few.Rows + 10);

        var lookUp = await Explain("select from stripe_jobs_done where subject_id = 'inv_199999' limit 1");
        Assert.Empty(lookUp.ScannedWhole);
    }

    private Task<Cost> Claim() => Explain(
        JobQueue.ClaimStatement, new("Now", app.Clock.GetUtcNow()), new("LeaseTime", JobQueue.LeaseTime), new("LiveLanes", 64), new("TestLanes", 64), new("most", 50));

    // Carried out for real, and taken back.
    private async Task<Cost> Explain(string statement, params NpgsqlParameter[] parameters)
    {
        await using var connection = await app.Database.Source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var command = new NpgsqlCommand($"explain (analyze, buffers, costs off, timing off, format json) {statement}", connection, transaction);
        command.Parameters.AddRange(parameters);
        using var plan = JsonDocument.Parse((string)(await command.ExecuteScalarAsync())!);
        var root = plan.RootElement[0].GetProperty("Plan");
        var nodes = Nodes(root).ToList();
        return new(
            (long)root.GetProperty("Actual Rows").GetDouble(), root.GetProperty("Shared Hit Blocks").GetInt64() + root.GetProperty("Shared Read Blocks").GetInt64(),
            (long)nodes.Sum(node => node.GetProperty("Actual Rows").GetDouble() * node.GetProperty("Actual Loops").GetDouble()),
            [.. nodes.Select(Relation).OfType<string>()],
            [.. nodes.Where(node => node.GetProperty("Node Type").GetString() == "Seq Scan").Select(Relation).OfType<string>().Where(relation => relation.StartsWith("stripe_jobs", StringComparison.Ordinal))]);
    }

    private static string? Relation(JsonElement node) => node.TryGetProperty("Relation Name", out var name) ? name.GetString() : null;

    private static IEnumerable<JsonElement> Nodes(JsonElement node) =>
        node.TryGetProperty("Plans", out var inner) ? inner.EnumerateArray().SelectMany(Nodes).Prepend(node) : [node];

    private sealed record Cost(long Claimed, long Pages, long Rows, IReadOnlyList<string> Relations, IReadOnlyList<string> ScannedWhole);
}
