using System.Reflection;
using System.Text.Json;
using Dapper;
using Marketplace.ServiceDefaults;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Routing;

namespace Marketplace.Storage;

/// <summary>What a look at one invariant found.</summary>
/// <param name="Name">The rule's name: its file's.</param>
/// <param name="Rule">The rule in a sentence.</param>
/// <param name="Violations">How many rows contradict it; 0 is what must be.</param>
/// <param name="Rows">The first of these rows.</param>
public sealed record InvariantFinding(string Name, string Rule, long Violations, JsonElement Rows);

/// <summary>Every invariant of a service, looked at in one go.</summary>
public sealed record InvariantReport(DateTimeOffset At, bool Holds, IReadOnlyList<InvariantFinding> Findings);

/// <summary>What must be true of a service's database at any moment, whatever crashed: the embedded <c>invariants/*.sql</c>, each a comment that states the
/// rule and a query for the rows that contradict it. <c>@Now</c> is the service's time. Read-only, one snapshot per rule.</summary>
public sealed class Invariants(Database database, TimeProvider clock, Assembly service)
{
    private const int ShownRows = 20;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(9);

    /// <summary>Looks at each invariant.</summary>
    public async Task<InvariantReport> Check(CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        List<InvariantFinding> findings = [];
        foreach (var (name, text) in service.GetManifestResourceNames().Where(resource => resource.StartsWith("invariants/", StringComparison.Ordinal)).Order(StringComparer.Ordinal)
            .Select(resource => (resource["invariants/".Length..^".sql".Length], Read(resource))))
        {
            findings.Add(await Look(name, text, now, cancellation));
        }

        return new InvariantReport(now, findings.TrueForAll(finding => finding.Violations == 0), findings);
    }

    internal static void Map(IEndpointRouteBuilder app, string area) =>
        app.MapGet($"/v1/operations/{area}/invariants", Handle).WithName(Operations.Name("Get", area, "Invariants")).WithTags("Operations")
            .WithRequestTimeout(new RequestTimeoutPolicy { Timeout = Deadline, TimeoutStatusCode = StatusCodes.Status503ServiceUnavailable })
            .RequireAuthorization(Policies.Operator).ProducesProblem(StatusCodes.Status503ServiceUnavailable);

    private static async Task<Ok<InvariantReport>> Handle(Invariants invariants, CancellationToken cancellation) => TypedResults.Ok(await invariants.Check(cancellation));

    private async Task<InvariantFinding> Look(string name, string text, DateTimeOffset now, CancellationToken cancellation)
    {
        var lines = text.Split('\n');
        var comment = lines.TakeWhile(line => line.StartsWith("--", StringComparison.Ordinal)).ToList();
        await using var connection = await database.Source.OpenConnectionAsync(cancellation);
        var (violations, rows) = await connection.QuerySingleAsync<(long, string)>(new CommandDefinition(
            $"""
            with violations as ({string.Join('\n', lines.Skip(comment.Count))})
            select count(*), (select coalesce(jsonb_agg(to_jsonb(shown)), '[]')::text from (select * from violations limit {ShownRows}) shown) from violations
            """,
            new { Now = now }, commandTimeout: (int)Deadline.TotalSeconds, cancellationToken: cancellation));
        return new InvariantFinding(name, string.Join(' ', comment.Select(line => line[2..].Trim())), violations, JsonElement.Parse(rows));
    }

    private string Read(string resource)
    {
        using var reader = new StreamReader(service.GetManifestResourceStream(resource)!);
        return reader.ReadToEnd().TrimEnd();
    }
}
