using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Marketplace.Gateway.Dev.Seed;

/// <summary>A step of the seed was refused, or what it waited for did not come.</summary>
internal sealed class SeedException(string message) : Exception(message);

/// <summary>A client of the public API as a careful frontend is one: every POST has an idempotency key, and what is away for a moment is asked again.</summary>
internal sealed class SeedClient(HttpClient http, Uri address) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);
    private string? token;

    /// <summary>Signs a user in, who is made first unless there is one.</summary>
    public async Task<SeedClient> SignUp(string email, CancellationToken cancellation)
    {
        var (status, answer) = await Send(HttpMethod.Post, "v1/users", new { email, password = DevSeed.Password }, null, cancellation);
        if (status is not (HttpStatusCode.Created or HttpStatusCode.Conflict))
        {
            throw Refused(HttpMethod.Post, "v1/users", status, answer);
        }

        token = Text(await Post("v1/sessions", new { email, password = DevSeed.Password }, cancellation), "accessToken");
        return this;
    }

    /// <summary>The body of what is there.</summary>
    public Task<JsonNode> Get(string path, CancellationToken cancellation) => Ask(HttpMethod.Get, path, null, null, cancellation);

    /// <summary>The body of what was made or done.</summary>
    public Task<JsonNode> Post(string path, object body, CancellationToken cancellation) => Ask(HttpMethod.Post, path, body, null, cancellation);

    /// <summary>Changes the version that is there now.</summary>
    public Task<JsonNode> Put(string path, object body, CancellationToken cancellation) => Ask(HttpMethod.Put, path, body, "*", cancellation);

    /// <summary>The oldest entry of a list that is wanted, or null: what the seed made is older than what people made since.</summary>
    public async Task<JsonNode?> Oldest(string list, Func<JsonNode, bool> wanted, CancellationToken cancellation)
    {
        JsonNode? found = null;
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await Get($"{list}{(list.Contains('?', StringComparison.Ordinal) ? '&' : '?')}limit=100{(cursor.Length > 0 ? $"&cursor={cursor}" : "")}", cancellation);
            found = page["data"]!.AsArray().LastOrDefault(entry => wanted(entry!)) ?? found;
            cursor = (string?)page["nextCursor"];
        }

        return found;
    }

    /// <summary>The oldest entry of a list that is wanted; made when there is none.</summary>
    public async Task<JsonNode> OldestOr(string list, Func<JsonNode, bool> wanted, Func<Task<JsonNode>> make, CancellationToken cancellation) =>
        await Oldest(list, wanted, cancellation) ?? await make();

    /// <summary>Reads until what is read is as wanted.</summary>
    public async Task<JsonNode> Until(string path, Func<JsonNode, bool> reached, CancellationToken cancellation)
    {
        for (var began = TimeProvider.System.GetTimestamp(); ;)
        {
            var seen = await Get(path, cancellation);
            if (reached(seen))
            {
                return seen;
            }

            if (TimeProvider.System.GetElapsedTime(began) > Patience)
            {
                throw new SeedException($"GET /{path} did not show what was waited for within {Patience.TotalSeconds:0} s.");
            }

            await Task.Delay(Look, TimeProvider.System, cancellation);
        }
    }

    /// <summary>Calls an API with a key until a call passes, which counts as one.</summary>
    public async Task Call(string path, string key, CancellationToken cancellation)
    {
        for (var began = TimeProvider.System.GetTimestamp(); ;)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, path));
            request.Headers.Add("X-Api-Key", key);
            using var response = await http.SendAsync(request, cancellation);
            if (response.IsSuccessStatusCode)
            {
                return;
            }

            if (TimeProvider.System.GetElapsedTime(began) > Patience)
            {
                throw new SeedException($"GET {path} with a granted key was answered {(int)response.StatusCode} for {Patience.TotalSeconds:0} s.");
            }

            await Task.Delay(Look, TimeProvider.System, cancellation);
        }
    }

    /// <summary>A text that must be there.</summary>
    public static string Text(JsonNode node, string name) => (string?)node[name] ?? throw new SeedException($"An answer has no '{name}'.");

    /// <summary>Whether a field has a value.</summary>
    public static Func<JsonNode, bool> Has(string name, string value) => node => (string?)node[name] == value;

    /// <summary>Signs out.</summary>
    public async Task Leave(CancellationToken cancellation) => await Send(HttpMethod.Delete, "v1/sessions", null, null, cancellation);

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private async Task<JsonNode> Ask(HttpMethod method, string path, object? body, string? ifMatch, CancellationToken cancellation)
    {
        var (status, answer) = await Send(method, path, body, ifMatch, cancellation);
        return (int)status is >= 200 and < 300 ? answer : throw Refused(method, path, status, answer);
    }

    private static SeedException Refused(HttpMethod method, string path, HttpStatusCode status, JsonNode answer) =>
        new($"{method} /{path} was answered {(int)status} {(string?)answer["code"]}: {(string?)answer["detail"]}");

    private async Task<(HttpStatusCode Status, JsonNode Answer)> Send(HttpMethod method, string path, object? body, string? ifMatch, CancellationToken cancellation)
    {
        var idempotencyKey = Guid.CreateVersion7().ToString();
        for (var began = TimeProvider.System.GetTimestamp(); ;)
        {
            using var request = new HttpRequestMessage(method, new Uri(address, path)) { Content = body is null ? null : JsonContent.Create(body) };
            request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
            request.Headers.TryAddWithoutValidation("Idempotency-Key", method == HttpMethod.Post ? idempotencyKey : null);
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
            using var response = await http.SendAsync(request, cancellation);
            if (response.StatusCode is not (HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout)
                || TimeProvider.System.GetElapsedTime(began) > Patience)
            {
                var text = await response.Content.ReadAsStringAsync(cancellation);
                return (response.StatusCode, text.StartsWith('{') ? JsonNode.Parse(text)! : new JsonObject());
            }

            await Task.Delay(Look, TimeProvider.System, cancellation);
        }
    }
}
