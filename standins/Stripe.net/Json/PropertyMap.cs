using System.Collections.Concurrent;
using System.Reflection;
using System.Text;
using System.Text.Json.Serialization;

namespace Stripe.Infrastructure;

/// <summary>One property as Stripe spells it.</summary>
internal sealed record MappedProperty(PropertyInfo Property, string JsonName, bool NullIsOmitted, bool NumberAsString, bool HoldsExtras)
{
    public string ClrName => Property.Name;

    public object Get(object owner) => Property.GetValue(owner);

    public void Set(object owner, object value) => Property.SetValue(owner, value);
}

/// <summary>
/// The properties that travel: public ones, plus the internal fields behind expandable properties. Their names are the C# names in
/// snake case unless <see cref="JsonPropertyNameAttribute"/> says otherwise; <see cref="JsonIgnoreAttribute"/> keeps a property at home.
/// </summary>
internal static class PropertyMap
{
    private static readonly ConcurrentDictionary<Type, IReadOnlyList<MappedProperty>> Known = new();

    public static IReadOnlyList<MappedProperty> Of(Type type) => Known.GetOrAdd(type, Build);

    private static List<MappedProperty> Build(Type type) =>
    [
        .. from property in type.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
           let name = property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name
           let ignored = property.GetCustomAttribute<JsonIgnoreAttribute>()?.Condition
           where ignored != JsonIgnoreCondition.Always && property.CanWrite && (name is not null || property.GetMethod.IsPublic)
           select new MappedProperty(
               property,
               name ?? SnakeCase(property.Name),
               ignored == JsonIgnoreCondition.WhenWritingNull,
               property.IsDefined(typeof(JsonNumberHandlingAttribute)),
               property.IsDefined(typeof(JsonExtensionDataAttribute))),
    ];

    private static string SnakeCase(string name)
    {
        var snake = new StringBuilder(name.Length + 8);
        for (var i = 0; i < name.Length; i++)
        {
            var startsWord = i > 0 && char.IsUpper(name[i]) && (!char.IsUpper(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1])));
            snake.Append(startsWord ? "_" : "").Append(char.ToLowerInvariant(name[i]));
        }

        return snake.ToString();
    }
}
