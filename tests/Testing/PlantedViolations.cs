using System.Text.Json;
using Xunit;

namespace Marketplace.Testing;

/// <summary>Proves that a service's invariants find what they are there for.</summary>
public static class PlantedViolations
{
    /// <summary>Writes rows past every constraint and expects the rule to find exactly them; without them it holds.</summary>
    public static async Task AreFound(HttpClient @operator, string area, TestDatabase database, string rule, string rows, int violations = 1)
    {
        Assert.Equal(0, await Violations(@operator, area, rule));
        await database.Execute($"set session_replication_role = replica; {rows}; set session_replication_role = default");
        Assert.Equal(violations, await Violations(@operator, area, rule));
    }

    /// <summary>How many rows contradict a rule at this moment.</summary>
    public static async Task<long> Violations(HttpClient @operator, string area, string rule) => (await @operator.GetAsync($"/v1/operations/{area}/invariants").Expect<JsonElement>())
        .GetProperty("findings").EnumerateArray().Single(finding => finding.GetProperty("name").GetString() == rule).GetProperty("violations").GetInt64();

    /// <summary>Fails if a rule of the service has no planted violation.</summary>
    public static async Task CoverEvery(HttpClient @operator, string area, IEnumerable<string> planted) => Assert.Equal(
        (await @operator.GetAsync($"/v1/operations/{area}/invariants").Expect<JsonElement>()).GetProperty("findings").EnumerateArray().Select(f => f.GetProperty("name").GetString()!),
        planted.Order(StringComparer.Ordinal));
}
