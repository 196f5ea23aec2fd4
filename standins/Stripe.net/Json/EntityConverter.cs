using System.Text.Json;
using System.Text.Json.Serialization;

namespace Stripe.Infrastructure;

/// <summary>Lets <see cref="JsonSerializer"/> read and write Stripe's objects; see <see cref="EntityReader"/> and <see cref="EntityWriter"/>.</summary>
internal sealed class EntityConverter : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => true;

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(Of<>).MakeGenericType(typeToConvert));

    private sealed class Of<T> : JsonConverter<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            (T)EntityReader.Read(JsonElement.ParseValue(ref reader), typeof(T));

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => EntityWriter.Write(writer, value);
    }
}

internal static class Numbers
{
    public const JsonNumberHandling AsStrings = JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.WriteAsString;
}
