using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;
using Xunit;

namespace Marketplace.Testing;

/// <summary>Sends JSON and judges answers; a failed expectation shows the status and the body that came instead.</summary>
public static class HttpAnswers
{
    /// <summary>The public API's JSON: camelCase, enum names in snake_case.</summary>
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>POST with a JSON body (an object or <see langword="null"/> for none).</summary>
    public static Task<HttpResponseMessage> Post(this HttpClient client, string path, object? body = null, string? idempotencyKey = null) =>
        client.Send(HttpMethod.Post, path, body, ("Idempotency-Key", idempotencyKey));

    /// <summary>PUT with a JSON body; <paramref name="ifMatch"/> is the ETag as it was answered, with its quotes.</summary>
    public static Task<HttpResponseMessage> Put(this HttpClient client, string path, object? body, string? ifMatch = null) =>
        client.Send(HttpMethod.Put, path, body, ("If-Match", ifMatch));

    /// <summary>PATCH with a JSON body; <paramref name="ifMatch"/> is the ETag as it was answered, with its quotes.</summary>
    public static Task<HttpResponseMessage> Patch(this HttpClient client, string path, object? body, string? ifMatch = null) =>
        client.Send(HttpMethod.Patch, path, body, ("If-Match", ifMatch));

    /// <summary>DELETE; <paramref name="ifMatch"/> is the ETag as it was answered, with its quotes.</summary>
    public static Task<HttpResponseMessage> Delete(this HttpClient client, string path, string? ifMatch = null) =>
        client.Send(HttpMethod.Delete, path, null, ("If-Match", ifMatch));

    /// <summary>GET that must answer 200, read as <typeparamref name="T"/>.</summary>
    public static Task<T> Get<T>(this HttpClient client, string path) => client.GetAsync(path).Expect<T>(HttpStatusCode.OK);

    /// <summary>GET that must answer 200, as plain JSON.</summary>
    public static Task<JsonElement> Get(this HttpClient client, string path) => client.Get<JsonElement>(path);

    /// <summary>The answer must have the status; its body as <typeparamref name="T"/> (<see cref="JsonElement"/> for plain JSON).</summary>
    public static async Task<T> Expect<T>(this Task<HttpResponseMessage> sent, HttpStatusCode status = HttpStatusCode.OK)
    {
        using var response = await sent.Expect(status);
        return (await response.Content.ReadFromJsonAsync<T>(Json))!;
    }

    /// <summary>The answer must have the status.</summary>
    public static async Task<HttpResponseMessage> Expect(this Task<HttpResponseMessage> sent, HttpStatusCode status = HttpStatusCode.OK)
    {
        var response = await sent;
        if (response.StatusCode != status)
        {
            Assert.Fail($"Expected {(int)status}, got {await Describe(response)}");
        }

        return response;
    }

    /// <summary>The answer must be a refusal with this status and code and, when named, about this field.</summary>
    public static async Task<Refusal> ExpectProblem(this Task<HttpResponseMessage> sent, HttpStatusCode status, string code, string? field = null)
    {
        using var response = await sent;
        var described = await Describe(response);
        if (response.StatusCode != status || response.Content.Headers.ContentType?.MediaType != "application/problem+json")
        {
            Assert.Fail($"Expected a problem {(int)status} {code}, got {described}");
        }

        var refusal = (await response.Content.ReadFromJsonAsync<Refusal>(Json))!;
        Assert.True(refusal.Code == code, $"Expected code {code}, got {described}");
        Assert.True(field is null || refusal.Errors?.ContainsKey(field) == true, $"Expected an error about {field}, got {described}");
        return refusal;
    }

    private static async Task<HttpResponseMessage> Send(this HttpClient client, HttpMethod method, string path, object? body, (string Name, string? Value) header)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = body as HttpContent ?? JsonContent.Create(body, options: Json);
        }

        if (header.Value is not null)
        {
            request.Headers.TryAddWithoutValidation(header.Name, header.Value);
        }

        return await client.SendAsync(request);
    }

    private static async Task<string> Describe(HttpResponseMessage response)
    {
        var body = await response.Content.ReadAsStringAsync();
        var request = response.RequestMessage;
        return $"{(int)response.StatusCode} for {request?.Method} {request?.RequestUri?.PathAndQuery}: {(body.Length == 0 ? "(no body)" : body)}";
    }
}

/// <summary>An RFC 9457 problem as our hosts answer it.</summary>
/// <param name="Code">The stable code.</param>
/// <param name="Errors">Messages by request field.</param>
public sealed record Refusal(int? Status, string? Title, string? Detail, string Code, string? TraceId, Dictionary<string, string[]>? Errors);
