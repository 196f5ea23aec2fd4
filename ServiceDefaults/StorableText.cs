using System.Text.Json;
using System.Text.Json.Serialization;

namespace Marketplace.ServiceDefaults;

/// <summary>Reads the texts of a body: one with a zero character (U+0000), which no column can hold, is refused where it stands, by the name of its field.</summary>
internal sealed class StorableText : JsonConverter<string>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String ? Storable(reader.GetString()!) : throw new JsonException();

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);

    public override string ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Storable(reader.GetString()!);

    public override void WriteAsPropertyName(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WritePropertyName(value);

    private static string Storable(string text) => text.Contains('\0', StringComparison.Ordinal) ? throw new ZeroCharacterException() : text;
}

/// <summary>A text holds a zero character.</summary>
internal sealed class ZeroCharacterException() : JsonException(Refusal)
{
    /// <summary>What is wrong, and what to do.</summary>
    public const string Refusal = "A text holds a zero character (U+0000). Send it without.";
}
