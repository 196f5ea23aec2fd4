using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

public interface INestedOptions;

public class BaseOptions : INestedOptions, ITracksAssignments
{
    public List<string> Expand { get; set; }

    [JsonExtensionData] public IDictionary<string, object> ExtraParams { get; set; } = new Dictionary<string, object>();

    Assignments ITracksAssignments.Assigned => Assigned;

    internal Assignments Assigned { get; } = new();

    public void AddExpand(string value) => (Expand ??= []).Add(value);

    public void AddRangeExpand(IEnumerable<string> values) => (Expand ??= []).AddRange(values);

    public void AddExtraParam(string key, object value) => ExtraParams.Add(key, value);

    internal BaseOptions Clone() => (BaseOptions)MemberwiseClone();
}

public class ListOptions : BaseOptions
{
    public long? Limit { get; set; }
    public string StartingAfter { get; set; }
    public string EndingBefore { get; set; }
}

public class SearchOptions : BaseOptions
{
    public long? Limit { get; set; }
    public string Page { get; set; }
    public string Query { get; set; }
}

public class DateRangeOptions : INestedOptions
{
    [JsonPropertyName("gt")] public DateTime? GreaterThan { get; set; }
    [JsonPropertyName("gte")] public DateTime? GreaterThanOrEqual { get; set; }
    [JsonPropertyName("lt")] public DateTime? LessThan { get; set; }
    [JsonPropertyName("lte")] public DateTime? LessThanOrEqual { get; set; }
}

public abstract class StringEnum
{
    protected StringEnum(string value) => Value = value;

    public string Value { get; protected set; }

    public override string ToString() => Value;
}
