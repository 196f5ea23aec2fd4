using System.Collections;
using System.Globalization;
using System.Net;

namespace Stripe.Infrastructure;

/// <summary>Spells options as Stripe's form: <c>a[b]=c</c>, <c>list[0]=x</c>, an empty list <c>list=</c>, times in Unix seconds.</summary>
internal static class FormEncoder
{
    public static string Encode(BaseOptions options) =>
        string.Join('&', Flatten(options, "").Select(x => $"{Escape(x.Key)}={Escape(x.Value)}"));

    /// <summary>Brackets stay readable; Stripe accepts them so.</summary>
    private static string Escape(string text) =>
        WebUtility.UrlEncode(text).Replace("%5B", "[", StringComparison.Ordinal).Replace("%5D", "]", StringComparison.Ordinal);

    private static IEnumerable<KeyValuePair<string, string>> Flatten(object value, string key) => value switch
    {
        null => [new(key, "")],
        IAnyOf either => either.Value is null ? [] : Flatten(either.Value, key),
        INestedOptions options => PropertyMap.Of(options.GetType()).SelectMany(property => FlattenProperty(options, property, key)),
        IDictionary map => FlattenMap(map, key),
        string text => [new(key, text)],
        IEnumerable list => FlattenList(list, key),
        DateTime time => [new(key, ((DateTimeOffset)time).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture))],
        bool flag => [new(key, flag ? "true" : "false")],
        _ => [new(key, string.Create(CultureInfo.InvariantCulture, $"{value}"))],
    };

    private static IEnumerable<KeyValuePair<string, string>> FlattenProperty(INestedOptions options, MappedProperty property, string key)
    {
        var value = property.Get(options);
        if (property.HoldsExtras)
        {
            return value is null ? [] : Flatten(value, key);
        }

        var cleared = value is null && options is ITracksAssignments tracked && tracked.Assigned.Contains(property.ClrName);
        return value is null && !cleared ? [] : Flatten(value, Nest(key, property.JsonName));
    }

    private static List<KeyValuePair<string, string>> FlattenMap(IDictionary map, string key)
    {
        var items = new List<KeyValuePair<string, string>>();
        foreach (DictionaryEntry entry in map)
        {
            items.AddRange(Flatten(entry.Value, Nest(key, string.Create(CultureInfo.InvariantCulture, $"{entry.Key}"))));
        }

        return items;
    }

    private static List<KeyValuePair<string, string>> FlattenList(IEnumerable list, string key)
    {
        var items = list.Cast<object>().SelectMany((item, index) => Flatten(item, $"{key}[{index}]")).ToList();
        // A form cannot say "no elements", so an empty value says it.
        return items.Count == 0 ? [new(key, "")] : items;
    }

    private static string Nest(string prefix, string key)
    {
        if (prefix.Length == 0)
        {
            return key;
        }

        var bracket = key.IndexOf('[', StringComparison.Ordinal);
        return bracket < 0 ? $"{prefix}[{key}]" : $"{prefix}[{key[..bracket]}]{key[bracket..]}";
    }
}
