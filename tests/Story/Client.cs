using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Marketplace.Story;

/// <summary>A client of the control API that behaves as a careful frontend does: every POST carries an idempotency key, and a 502, 503, 504 or a lost
/// connection is tried again under the same key.</summary>
public sealed class Client(Uri address, string? token = null) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly HttpClient http = new() { BaseAddress = address, Timeout = TimeSpan.FromSeconds(150) };

    /// <summary>The token it signs in with.</summary>
    public string? Token { get; set; } = token;

    /// <summary>GET; the body of a success.</summary>
    public Task<JsonNode> Get(string path) => Expect(HttpMethod.Get, path, null);

    /// <summary>POST; the body of a success.</summary>
    public Task<JsonNode> Post(string path, object body) => Expect(HttpMethod.Post, path, body);

    /// <summary>PUT or PATCH of the version that a GET of the same address shows now.</summary>
    public async Task<JsonNode> Update(HttpMethod method, string path, object body, string? versionOf = null)
    {
        return await Expect(method, path, body, await Version(versionOf));
    }

    /// <summary>A request that must be refused with this status and code.</summary>
    public async Task<JsonNode> Refused(HttpMethod method, string path, object? body, HttpStatusCode status, string code, string? versionOf = null)
    {
        using var response = await Send(method, path, body, await Version(versionOf));
        var problem = await Body(response);
        Check.That(response.StatusCode == status && (string?)problem["code"] == code,
            $"{method} {path} must be refused with {(int)status} {code}, but was {(int)response.StatusCode} {problem.ToJsonString()}");
        return problem;
    }

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private async Task<string?> Version(string? path)
    {
        if (path is null)
        {
            return null;
        }

        using var read = await Send(HttpMethod.Get, path, null);
        return read.Headers.ETag?.ToString();
    }

    private async Task<JsonNode> Expect(HttpMethod method, string path, object? body, string? etag = null)
    {
        using var response = await Send(method, path, body, etag);
        var answer = await Body(response);
        Check.That(response.IsSuccessStatusCode, $"{method} {path} answered {(int)response.StatusCode} {answer.ToJsonString()}");
        return answer;
    }

    private async Task<HttpResponseMessage> Send(HttpMethod method, string path, object? body, string? etag = null)
    {
        var key = Guid.CreateVersion7().ToString();
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            using var request = new HttpRequestMessage(method, path);
            if (body is not null)
            {
                request.Content = JsonContent.Create(body);
            }

            if (method == HttpMethod.Post)
            {
                request.Headers.Add("Idempotency-Key", key);
            }

            if (Token is not null)
            {
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);
            }

            if (etag is not null)
            {
                request.Headers.TryAddWithoutValidation("If-Match", etag);
            }

            try
            {
                var response = await http.SendAsync(request);
                if (!await IsForAnotherTry(response)
                    || TimeProvider.System.GetElapsedTime(began) > Patience)
                {
                    return response;
                }

                response.Dispose();
            }
            catch (HttpRequestException) when (TimeProvider.System.GetElapsedTime(began) < Patience)
            {
                // The service or the gateway is being started again.
            }

            await Task.Delay(200);
        }
    }

    // A first try whose answer was given up may still be at work under the key.
    private static async Task<bool> IsForAnotherTry(HttpResponseMessage response) =>
        response.StatusCode is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout
        || (response.StatusCode == HttpStatusCode.Conflict && (string?)(await Body(response))["code"] == "idempotency_key_in_use");

    private static async Task<JsonNode> Body(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        return text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!;
    }
}
