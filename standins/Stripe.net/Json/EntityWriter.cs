using System.Collections;
using System.Globalization;
using System.Text.Json;

namespace Stripe.Infrastructure;

/// <summary>Spells objects as Stripe does: snake case, Unix seconds, ids for what is not expanded, nulls included.</summary>
internal static class EntityWriter
{
    public static void Write(Utf8JsonWriter writer, object value, bool numberAsString = false)
    {
        switch (value)
        {
            case null:
                writer.WriteNullValue();
                break;
            case IAnyOf either:
                Write(writer, either.Value);
                break;
            case IExpandableField field:
                Write(writer, field.IsExpanded ? field.ExpandedObject : field.Id);
                break;
            case StripeEntity entity:
                WriteEntity(writer, entity);
                break;
            case string text:
                writer.WriteStringValue(text);
                break;
            case DateTime time:
                writer.WriteNumberValue((long)(time.ToUniversalTime() - DateTime.UnixEpoch).TotalSeconds);
                break;
            case decimal or long when numberAsString:
                writer.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
            case IDictionary map:
                writer.WriteStartObject();
                foreach (DictionaryEntry entry in map)
                {
                    writer.WritePropertyName((string)entry.Key);
                    Write(writer, entry.Value);
                }

                writer.WriteEndObject();
                break;
            case IEnumerable list:
                writer.WriteStartArray();
                foreach (var item in list)
                {
                    Write(writer, item);
                }

                writer.WriteEndArray();
                break;
            default:
                JsonSerializer.Serialize(writer, value, value.GetType());
                break;
        }
    }

    private static void WriteEntity(Utf8JsonWriter writer, StripeEntity entity)
    {
        writer.WriteStartObject();
        foreach (var property in PropertyMap.Of(entity.GetType()))
        {
            var value = property.Get(entity);
            if (value is null && property.NullIsOmitted)
            {
                continue;
            }

            writer.WritePropertyName(property.JsonName);
            Write(writer, value, property.NumberAsString);
        }

        writer.WriteEndObject();
    }
}
