using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Marketplace.Operations;

/// <summary>A platform operator's way to the control API. Only reads; what is away for a moment is asked again.</summary>
public sealed class OperatorClient : IDisposable
{
    private const int Tries = 20;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private readonly HttpClient http;

    private OperatorClient(HttpClient http) => this.http = http;

    /// <summary>Signs in with the operator's password.</summary>
    /// <exception cref="HttpRequestException">The gateway is not there, or refuses.</exception>
    public static async Task<OperatorClient> SignIn(Uri gateway, string email, string password)
    {
        var client = new HttpClient { BaseAddress = gateway, Timeout = TimeSpan.FromSeconds(30) };
        using var response = await client.PostAsJsonAsync("/v1/sessions", new { email, password });
        response.EnsureSuccessStatusCode();
        var session = await response.Content.ReadFromJsonAsync<JsonElement>();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", session.GetProperty("accessToken").GetString());
        return new(client);
    }

    /// <summary>The body of a GET.</summary>
    /// <exception cref="HttpRequestException">It was refused, or the service stayed away.</exception>
    public async Task<T> Get<T>(string path)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var response = await http.GetAsync(path);
                if (response.StatusCode is not (HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout) || attempt == Tries)
                {
                    return response.IsSuccessStatusCode
                        ? (await response.Content.ReadFromJsonAsync<T>())!
                        : throw new HttpRequestException($"GET {path} answered {(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}", null, response.StatusCode);
                }
            }
            catch (HttpRequestException exception) when (exception.StatusCode is null && attempt < Tries)
            {
                // A process is being started again.
            }

            await Task.Delay(Pause, TimeProvider.System);
        }
    }

    /// <summary>Every entry of a list, page by page.</summary>
    public async Task<IReadOnlyList<T>> All<T>(string path)
    {
        List<T> all = [];
        string? cursor = null;
        do
        {
            var page = await Get<Paged<T>>($"{path}?limit=100{(cursor is null ? "" : $"&cursor={cursor}")}");
            all.AddRange(page.Data);
            cursor = page.NextCursor;
        }
        while (cursor is not null);
        return all;
    }

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private sealed record Paged<T>(IReadOnlyList<T> Data, string? NextCursor);
}
