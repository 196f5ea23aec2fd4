using System.Globalization;

namespace Marketplace.Isolation.Tests;

/// <summary>Values that nobody sends who means well.</summary>
public static class Hostile
{
    /// <summary>Texts as they stand in JSON, quotes included: control characters, a zero, half a surrogate pair, right-to-left marks, far too long, SQL, paths, scripts.</summary>
    public static readonly string[] JsonTexts =
    [
        "\"\"", "\" \"", "\"\\u0000\"", "\"a\\u0000b\"", "\"\\ud800\"", "\"a\\udc00b\"", "\"\\u202eabc\"", "\"\\u0001\\u001f\\u007f\"", "\"line\\nbreak\\r\"", "\"\\ufffe\\uffff\"",
        "\"'; drop table users; --\"", "\"' or 1=1 --\"", "\"%00\"", "\"%\"", "\"_\"", "\"\\\\\"", "\"../../etc/passwd\"", "\"..%2f..%2f\"", "\"<script>alert(1)</script>\"", "\"${7*7}{{7*7}}\"",
        "\"😀\"", "\"ｆｕｌｌ\"", "\"e\\u0301\"", "\"İı\"", "\"NaN\"", "\"null\"", "\"true\"", "\"0\"", "\"-1\"", "\"1e400\"", "\"0x10\"", "\"00000000-0000-0000-0000-000000000000\"",
        "\"org_00000000000000000000000000000000\"", "\"2026-02-30T25:61:61Z\"", "\"9999-12-31T23:59:59.9999999Z\"", "\"0001-01-01T00:00:00+14:00\"", "\"https://[::1]:99999/\"", "\"http://169.254.169.254/\"",
        "\"javascript:alert(1)\"", "\"" + new string('a', 300) + "\"", "\"" + new string('ü', 70_000) + "\"",
    ];

    /// <summary>Values of another type than expected, and numbers beyond every bound.</summary>
    public static readonly string[] JsonValues =
    [
        "null", "true", "false", "[]", "{}", "[[]]", "[null]", "{\"a\":{\"b\":[1]}}", "0", "-1", "1.5", "-0", "1e308", "1e-400", "9223372036854775807", "9223372036854775808", "-9223372036854775809",
        "2147483648", "123456789012345678901234567890", "0.0000000000001", "1E1000000",
    ];

    /// <summary>JSON that no field takes, however free: nested too deeply, too large, no text, numbers that no column holds, a name twice. Some of it is a schema of questions in all but one place.</summary>
    public static readonly string[] FreeJson =
    [
        Nested(200), string.Concat(Enumerable.Repeat("{\"a\":", 200)) + "1" + new string('}', 200), $"[{Nested(40)}]", $"{{\"a\":{Nested(40)}}}", Asking($"\"default\":{Nested(40)}"), Asking($"\"examples\":{Nested(52)}"),
        $"\"{new string('a', 1_000_000)}\"", $"{{\"a\":\"{new string('a', 1_000_000)}\"}}", Asking($"\"default\":\"{new string('a', 1_000_000)}\""), $"[{string.Join(',', Enumerable.Repeat("0", 100_000))}]",
        "\"a\\u0000b\"", "{\"a\":\"a\\u0000b\"}", "{\"a\\u0000b\":1}", Asking("\"default\":\"a\\u0000b\""),
        "\"\\ud800\"", "{\"a\":\"a\\udc00b\"}", "{\"\\ud800\":1}", Asking("\"examples\":[\"\\ud800\"]"),
        "1E1000000", "{\"a\":1E1000000}", Asking("\"default\":1E1000000"), Asking("\"examples\":[-1E400]"), Asking("\"default\":1e-20000"), Asking($"\"default\":{new string('9', 10_000)}"), Asking("\"maxLength\":1E99999999999"),
        "true", "0", "-1.5", "\"text\"", "[]", "[null]", Asking("\"minLength\":\"1\""), Asking("\"enum\":{}"),
        "{\"a\":1,\"a\":2}", "{\"type\":\"object\",\"type\":\"object\",\"properties\":{}}", Asking("\"title\":\"A\",\"title\":\"B\""), Asking("\"default\":{\"a\":1,\"a\":2}"),
    ];

    /// <summary>Texts in a path or a query, escaped as they are sent.</summary>
    public static readonly string[] UrlTexts =
    [
        "%00", "a%00b", "..", "%2e%2e", "..%2f..%2f", "%252e%252e%252f", "%2F", "%5c", "%", "%zz", "%ff", "%ed%a0%80", "%20", "%0a", "%7f", "%e2%80%ae", "'", "';--", "*", "-1", "0", "null", "undefined",
        "99999999999999999999", "1e9", "true", "{}", "[]", "%F0%9F%98%80", "2026-02-30", "9999-12-31T23:59:59.9999999Z", new string('a', 1_500),
    ];

    /// <summary>Bodies that are not the JSON they claim to be.</summary>
    public static readonly string[] Bodies =
    [
        "", " ", "{", "}", "[", "]", "{]", "null", "true", "0", "\"text\"", "[]", "{}", "{\"a\":}", "{\"a\" 1}", "{'a':1}", "{\"a\":1,}", "// comment\n{}", "{}{}", "{\"\\u0000\":1}", "{\"\":1}", "{\"__proto__\":{}}",
        "NaN", "\ufeff{}", "<xml/>", "a=b&c=d", new string('[', 5_000), string.Concat(Enumerable.Repeat("{\"a\":", 2_000)) + "1" + new string('}', 2_000),
    ];

    /// <summary>Fields that would make the sender more than the sender is.</summary>
    public static readonly string[] Claims =
    [
        "\"id\":\"org_00000000000000000000000000000000\"", "\"status\":\"active\"", "\"state\":\"active\"", "\"isOperator\":true", "\"operator\":true", "\"version\":99", "\"createdAt\":\"2020-01-01T00:00:00Z\"",
        "\"createdBy\":\"usr_00000000000000000000000000000000\"", "\"livemode\":true", "\"total\":{\"amount\":0,\"currency\":\"usd\"}", "\"enabled\":true", "\"providerOrganizationId\":\"org_00000000000000000000000000000000\"",
    ];

    // A question that is a good one but for this keyword.
    private static string Asking(string keyword) => $"{{\"type\":\"object\",\"properties\":{{\"x\":{{\"type\":\"string\",{keyword}}}}}}}";

    private static string Nested(int levels) => new string('[', levels) + new string(']', levels);

    /// <summary>A number as it is sent.</summary>
    public static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
