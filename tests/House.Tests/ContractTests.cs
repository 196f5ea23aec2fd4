using System.Reflection;
using System.Text.Json;
using Marketplace.Contracts.Accounts;
using Marketplace.Testing;

namespace Marketplace.House.Tests;

/// <summary>Messages that cross services: plain values that survive the wire, and never lose what a reader of yesterday needs.</summary>
public sealed class ContractTests
{
    private static readonly Type[] Plain =
        [typeof(string), typeof(int), typeof(long), typeof(bool), typeof(decimal), typeof(DateTimeOffset), typeof(DateOnly), typeof(Guid)];

    private static IEnumerable<Type> Contracts => typeof(OrganizationCreated).Assembly.GetExportedTypes();

    [Fact]
    public void Contracts_are_sealed_records_of_plain_values() => House.Holds("contract shape", Contracts.SelectMany(Faults));

    [Fact]
    public void Contracts_survive_the_wire() => House.Holds("contract round trip", Contracts.Where(type => !Survives(type)).Select(type => $"{type.FullName}: changes when it is written as JSON and read back"));

    /// <remarks>contracts.txt holds what was published once; see services/Contracts/README.md.</remarks>
    [Fact]
    public void Contracts_lose_and_retype_nothing() => House.Holds(
        "contract history", Lost(File.ReadAllLines(Path.Combine(Repository.Root, "tests/House.Tests/contracts.txt")), [.. Contracts.Where(type => type.GetConstructors().Length > 0).Select(Describe).Order(StringComparer.Ordinal)]));

    [Fact]
    public void Faults_of_contracts_are_found()
    {
        Assert.NotEmpty(Faults(typeof(OpenContract)));
        Assert.NotEmpty(Faults(typeof(BusyContract)));
        Assert.NotEmpty(Faults(typeof(OddContract)));
        Assert.Empty(Faults(typeof(FineContract)));
        Assert.False(Survives(typeof(LossyContract)));
        Assert.True(Survives(typeof(FineContract)));
    }

    [Theory]
    [InlineData("A(String Id, Int64 Total)", 0)]
    [InlineData("A(String Id, Int64 Total, String? Note)", 0)]
    [InlineData("A(String Id)", 1)]
    [InlineData("A(String Id, Int32 Total)", 1)]
    public void A_lost_or_retyped_value_is_found(string now, int violations) => Assert.Equal(violations, Lost(["A(String Id, Int64 Total)"], [now]).Count(line => !line.Contains("has grown", StringComparison.Ordinal)));

    [Fact]
    public void A_new_contract_has_to_be_written_down() => Assert.Single(Lost([], ["A(String Id)"]));

    private static IEnumerable<string> Faults(Type type)
    {
        if (type is { IsAbstract: true, IsSealed: true } && type.GetFields().All(field => field.IsLiteral) && Methods(type).Length == 0)
        {
            yield break; // Names of values, as constants.
        }

        if (!type.IsSealed || type.GetMethod("<Clone>$") is null)
        {
            yield return $"{type.FullName}: is not a sealed record";
        }

        foreach (var property in type.GetProperties().Where(property => !IsPlain(property.PropertyType, type.Assembly)))
        {
            yield return $"{type.FullName}.{property.Name}: {property.PropertyType.Name} is no plain value";
        }

        foreach (var method in Methods(type))
        {
            yield return $"{type.FullName}.{method.Name}: a contract has no logic";
        }
    }

    private static MethodInfo[] Methods(Type type) =>
        [.. type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
            .Where(method => !method.IsSpecialName && method.Name is not ("ToString" or "GetHashCode" or "Equals" or "<Clone>$" or "Deconstruct"))];

    private static bool IsPlain(Type type, Assembly contracts) =>
        Plain.Contains(Nullable.GetUnderlyingType(type) ?? type)
        || (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) && IsPlain(type.GetGenericArguments()[0], contracts))
        || (type.Assembly == contracts && !type.IsEnum);

    private static bool Survives(Type type)
    {
        if (type.GetConstructors().Length == 0)
        {
            return true;
        }

        var written = JsonSerializer.Serialize(Sample(type), type, JsonSerializerOptions.Web);
        return written == JsonSerializer.Serialize(JsonSerializer.Deserialize(written, type, JsonSerializerOptions.Web), type, JsonSerializerOptions.Web)
            && type.GetProperties().All(property => written.Contains($"\"{JsonNamingPolicy.CamelCase.ConvertName(property.Name)}\":", StringComparison.Ordinal));
    }

    private static object Sample(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsGenericType)
        {
            var list = Array.CreateInstance(type.GetGenericArguments()[0], 1);
            list.SetValue(Sample(type.GetGenericArguments()[0]), 0);
            return list;
        }

        return type switch
        {
            _ when type == typeof(string) => "text",
            _ when type == typeof(DateTimeOffset) => new DateTimeOffset(2026, 1, 31, 23, 59, 59, TimeSpan.Zero).AddTicks(1234567),
            _ when type == typeof(DateOnly) => new DateOnly(2026, 1, 31),
            _ when type == typeof(Guid) => new Guid("0199aaaa-0000-7000-8000-000000000001"),
            _ when type == typeof(bool) => true,
            _ when type.IsPrimitive || type == typeof(decimal) => Convert.ChangeType(7, type),
            _ => type.GetConstructors()[0].Invoke([.. type.GetConstructors()[0].GetParameters().Select(parameter => Sample(parameter.ParameterType))]),
        };
    }

    private static string Describe(Type type) =>
        $"{type.FullName}({string.Join(", ", type.GetConstructors()[0].GetParameters().Select(parameter => $"{Describe(parameter)} {parameter.Name}"))})";

    private static string Describe(ParameterInfo parameter)
    {
        var type = parameter.ParameterType;
        var name = type.IsGenericType ? $"{(Nullable.GetUnderlyingType(type) is null ? "List of " : "")}{type.GetGenericArguments()[0].Name}" : type.Name;
        return name + (new NullabilityInfoContext().Create(parameter).ReadState == NullabilityState.Nullable ? "?" : "");
    }

    private static IEnumerable<string> Lost(IEnumerable<string> published, IReadOnlyList<string> present)
    {
        var lines = published.Where(line => line.Length > 0 && line[0] != '#').ToList();
        foreach (var line in lines.Where(line => !present.Contains(line)))
        {
            yield return present.Any(now => now.StartsWith(line[..^1] + ",", StringComparison.Ordinal))
                ? $"{line.Split('(')[0]}: has grown; bring its line in contracts.txt up to date"
                : $"{line.Split('(')[0]}: was published as {line} and has lost or retyped something. Publish a new record beside it instead";
        }

        foreach (var line in present.Where(now => !lines.Any(line => line.Split('(')[0] == now.Split('(')[0])))
        {
            yield return $"{line.Split('(')[0]}: is new; add to contracts.txt: {line}";
        }
    }
}

public record OpenContract(string Id);

public sealed record BusyContract(long Total)
{
    /// <summary>Logic, which contracts have none of.</summary>
    public long Twice() => 2 * Total;
}

public sealed record OddContract(Version Version, DayOfWeek Day);

public sealed record FineContract(string Id, long? Total, IReadOnlyList<string> Names, DateTimeOffset At);

public sealed record LossyContract(string Id)
{
    /// <summary>Not written.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string Note { get; init; } = "";
}
