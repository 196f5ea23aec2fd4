namespace Marketplace.Testing;

/// <summary>Every keyword that a plan's questions may use, each with an answer that fits and one that does not. Catalog must take each, and
/// Subscriptions must hold answers to each: what the one takes and the other passes over would be asked in vain.</summary>
public static class QuestionKeywords
{
    /// <summary>A keyword, the question about <c>x</c> that uses it, an answer that fits, one that does not (null where none is wrong).</summary>
    public static readonly (string Keyword, string Question, string Right, string? Wrong)[] All =
    [
        ("type", """{"type":"string"}""", "\"a\"", "7"),
        ("type", """{"type":"integer"}""", "7.0", "7.5"),
        ("type", """{"type":"number"}""", "7.5", "\"7\""),
        ("type", """{"type":"boolean"}""", "false", "0"),
        ("type", """{"type":"array","items":{"type":"string"}}""", "[]", "{}"),
        ("type", """{"type":"object"}""", "{}", "null"),
        ("title", """{"type":"string","title":"Name"}""", "\"a\"", null),
        ("description", """{"type":"string","description":"As in the register"}""", "\"a\"", null),
        ("default", """{"type":"string","default":"a"}""", "\"b\"", null),
        ("examples", """{"type":"string","examples":["a"]}""", "\"b\"", null),
        ("enum", """{"type":"string","enum":["a","b"]}""", "\"b\"", "\"c\""),
        ("const", """{"type":"boolean","const":true}""", "true", "false"),
        ("minLength", """{"type":"string","minLength":2}""", "\"🙂🙂\"", "\"🙂\""),
        ("maxLength", """{"type":"string","maxLength":2}""", "\"🙂🙂\"", "\"abc\""),
        ("pattern", """{"type":"string","pattern":"^[A-Z]{2}[0-9]{1,3}$"}""", "\"DE123\"", "\"de123\""),
        ("format", """{"type":"string","format":"email"}""", "\"a@example.com\"", "\"A <a@example.com>\""),
        ("format", """{"type":"string","format":"uri"}""", "\"https://example.com/a\"", "\"javascript:alert(1)\""),
        ("format", """{"type":"string","format":"date"}""", "\"2024-02-29\"", "\"2023-02-29\""),
        ("format", """{"type":"string","format":"date-time"}""", "\"2024-02-29T10:00:00.5Z\"", "\"2024-02-29 10:00\""),
        ("format", """{"type":"string","format":"uuid"}""", "\"0199a3c8-1111-7222-8333-444455556666\"", "\"0199\""),
        ("minimum", """{"type":"number","minimum":0.1}""", "0.1", "0.09"),
        ("maximum", """{"type":"integer","maximum":3}""", "3", "4"),
        ("exclusiveMinimum", """{"type":"number","exclusiveMinimum":0}""", "0.001", "0"),
        ("exclusiveMaximum", """{"type":"number","exclusiveMaximum":1}""", "0.999", "1"),
        ("multipleOf", """{"type":"number","multipleOf":0.01}""", "19.99", "19.999"),
        ("items", """{"type":"array","items":{"type":"integer"}}""", "[1]", "[\"a\"]"),
        ("minItems", """{"type":"array","items":{"type":"integer"},"minItems":1}""", "[1]", "[]"),
        ("maxItems", """{"type":"array","items":{"type":"integer"},"maxItems":1}""", "[1]", "[1,2]"),
        ("uniqueItems", """{"type":"array","items":{"type":"number"},"uniqueItems":true}""", "[1,2]", "[1,1.0]"),
        ("properties", """{"type":"object","properties":{"y":{"type":"integer"}}}""", """{"y":1}""", """{"y":"1"}"""),
        ("required", """{"type":"object","properties":{"y":{"type":"integer"}},"required":["y"]}""", """{"y":1}""", "{}"),
        ("additionalProperties", """{"type":"object","properties":{"y":{"type":"integer"}},"additionalProperties":false}""", """{"y":1}""", """{"z":1}"""),
    ];

    /// <summary>A plan's questions that ask for <c>x</c> with one question.</summary>
    public static string Asking(string question) => $$"""{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"x":{{question}}},"required":["x"]}""";
}
