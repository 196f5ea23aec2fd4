using System.Collections;
using System.Globalization;
using System.Text.Json;

namespace Stripe.Infrastructure;

/// <summary>Builds objects from JSON. Unknown fields are ignored, unknown kinds behind an interface are null, a wrong type is a <see cref="JsonException"/>.</summary>
internal static class EntityReader
{
    /// <summary>Later instants than this are milliseconds, whatever their documentation says.</summary>
    private const long LastSecond = 5_000_000_000;

    public static object Read(JsonElement json, Type type, bool numberAsString = false)
    {
        if (json.ValueKind == JsonValueKind.Null)
        {
            return Nullable.GetUnderlyingType(type) is not null || !type.IsValueType ? null : throw Unexpected(json, type);
        }

        type = Nullable.GetUnderlyingType(type) ?? type;
        return true switch
        {
            _ when type == typeof(string) => json.ValueKind == JsonValueKind.String ? json.GetString() : throw Unexpected(json, type),
            _ when type == typeof(bool) => json.ValueKind is JsonValueKind.True or JsonValueKind.False ? json.GetBoolean() : throw Unexpected(json, type),
            _ when type == typeof(long) => ReadLong(json, type, numberAsString),
            _ when type == typeof(decimal) => ReadDecimal(json, type, numberAsString),
            _ when type == typeof(DateTime) => ReadTime(json, type),
            _ when type == typeof(object) || type == typeof(JsonElement) => json.Clone(),
            _ when typeof(IAnyOf).IsAssignableFrom(type) => ReadEither(json, type),
            _ when typeof(IExpandableField).IsAssignableFrom(type) => ReadExpandable(json, type),
            _ when type.IsInterface => ReadKind(json, type),
            _ when typeof(StripeEntity).IsAssignableFrom(type) => ReadEntity(json, type),
            _ when typeof(IDictionary).IsAssignableFrom(type) => ReadMap(json, type),
            _ when typeof(IList).IsAssignableFrom(type) => ReadList(json, type),
            _ => throw Unexpected(json, type),
        };
    }

    private static object ReadLong(JsonElement json, Type type, bool numberAsString) =>
        json.ValueKind == JsonValueKind.Number && json.TryGetInt64(out var number) ? number
        : numberAsString && json.ValueKind == JsonValueKind.String && long.TryParse(json.GetString(), CultureInfo.InvariantCulture, out number) ? number
        : throw Unexpected(json, type);

    private static object ReadDecimal(JsonElement json, Type type, bool numberAsString) =>
        json.ValueKind == JsonValueKind.Number && json.TryGetDecimal(out var number) ? number
        : numberAsString && json.ValueKind == JsonValueKind.String && decimal.TryParse(json.GetString(), CultureInfo.InvariantCulture, out number) ? number
        : throw Unexpected(json, type);

    private static object ReadTime(JsonElement json, Type type)
    {
        var stamp = (long)ReadLong(json, type, numberAsString: true);
        return stamp switch
        {
            < 0 => throw new JsonException($"Cannot convert value that is before Unix epoch of 00:00:00 UTC on 1 January 1970 to {type}."),
            > LastSecond => DateTime.UnixEpoch.AddMilliseconds(stamp),
            _ => DateTime.UnixEpoch.AddSeconds(stamp),
        };
    }

    private static object ReadEntity(JsonElement json, Type type)
    {
        // Before API version 2017-05-25 an event named its request by the id alone.
        if (type == typeof(EventRequest) && json.ValueKind == JsonValueKind.String)
        {
            return new EventRequest { Id = json.GetString() };
        }

        if (json.ValueKind != JsonValueKind.Object)
        {
            throw Unexpected(json, type);
        }

        var entity = (StripeEntity)Activator.CreateInstance(type);
        entity.Keep(json);
        foreach (var property in PropertyMap.Of(type))
        {
            if (json.TryGetProperty(property.JsonName, out var value))
            {
                property.Set(entity, Read(value, property.Property.PropertyType, property.NumberAsString));
            }
        }

        return entity;
    }

    private static object ReadKind(JsonElement json, Type contract) =>
        json.ValueKind == JsonValueKind.Object
        && json.TryGetProperty("object", out var kind)
        && StripeTypeRegistry.ObjectsToTypes.TryGetValue(kind.GetString() ?? "", out var type)
        && contract.IsAssignableFrom(type)
            ? ReadEntity(json, type)
            : null;

    private static object ReadExpandable(JsonElement json, Type type)
    {
        var field = (IExpandableField)Activator.CreateInstance(type);
        switch (json.ValueKind)
        {
            case JsonValueKind.String:
                field.Id = json.GetString();
                break;
            case JsonValueKind.Object:
                field.ExpandedObject = Read(json, type.GenericTypeArguments[0]);
                if (!field.IsExpanded)
                {
                    field.Id = json.GetProperty("id").GetString();
                }

                break;
            default:
                throw new JsonException($"Unexpected token when converting ExpandableField: {json.ValueKind}.");
        }

        return field;
    }

    private static object ReadEither(JsonElement json, Type type)
    {
        foreach (var candidate in type.GenericTypeArguments)
        {
            try
            {
                return Activator.CreateInstance(type, Read(json, candidate));
            }
            catch (JsonException) when (candidate != type.GenericTypeArguments[^1])
            {
                // Not this one: the next candidate decides.
            }
        }

        throw Unexpected(json, type);
    }

    private static IDictionary ReadMap(JsonElement json, Type type)
    {
        var map = (IDictionary)Activator.CreateInstance(type);
        foreach (var entry in json.ValueKind == JsonValueKind.Object ? json.EnumerateObject() : throw Unexpected(json, type))
        {
            map[entry.Name] = Read(entry.Value, type.GenericTypeArguments[1]);
        }

        return map;
    }

    private static IList ReadList(JsonElement json, Type type)
    {
        var list = (IList)Activator.CreateInstance(type);
        foreach (var item in json.ValueKind == JsonValueKind.Array ? json.EnumerateArray() : throw Unexpected(json, type))
        {
            list.Add(Read(item, type.GenericTypeArguments[0]));
        }

        return list;
    }

    private static JsonException Unexpected(JsonElement json, Type type) => new($"The JSON value of kind {json.ValueKind} could not be converted to {type}.");
}
