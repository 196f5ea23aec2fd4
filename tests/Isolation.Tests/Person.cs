using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Marketplace.Story;

namespace Marketplace.Isolation.Tests;

/// <summary>Who calls: a name, a personal API token, and (for people who signed up) an id and an address.</summary>
public sealed class Person : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly HttpClient http;

    public Person(string name, Uri gateway, string? token, string id = "", string email = "")
    {
        (Name, Id, Email) = (name, id, email);
        http = new HttpClient { BaseAddress = gateway, Timeout = TimeSpan.FromSeconds(100) };
        http.DefaultRequestHeaders.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        Client = new Client(gateway, token);
        Authorization = token is null ? null : $"Bearer {token}";
    }

    /// <summary>The column of the table.</summary>
    public string Name { get; }

    public string Id { get; }

    public string Email { get; }

    /// <summary>What it sends to say who it is.</summary>
    public string? Authorization { get; }

    /// <summary>For setting up: tries again what is away for a moment, and throws for what is refused.</summary>
    public Client Client { get; }

    /// <summary>Signs up.</summary>
    public static async Task<Person> SignUp(Settings settings, string name)
    {
        var email = $"{name.Replace('_', '-')}-{settings.Run}@example.com";
        var token = await People.SignUp(settings, email);
        using var client = new Client(settings.Gateway, token);
        return new Person(name, settings.Gateway, token, (string)(await client.Get("/v1/me"))["id"]!, email);
    }

    /// <summary>One request and its answer. What is told to come again (503 with <c>Retry-After</c>) is sent again for a while.</summary>
    /// <param name="trace">The trace that it belongs to: 32 hexadecimal digits.</param>
    public async Task<Answer> Send(HttpMethod method, string path, string? body = null, string? ifMatch = null, string? trace = null)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            using var request = new HttpRequestMessage(method, path);
            if (body is not null)
            {
                request.Content = new StringContent(body, Encoding.UTF8, "application/json");
            }

            if (ifMatch is not null)
            {
                request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
            }

            if (trace is not null)
            {
                request.Headers.TryAddWithoutValidation("traceparent", $"00-{trace}-{trace[..16]}-01");
            }

            using var response = await http.SendAsync(request);
            var text = await response.Content.ReadAsStringAsync();
            if (response.StatusCode != HttpStatusCode.ServiceUnavailable || TimeProvider.System.GetElapsedTime(began) > Patience)
            {
                return new Answer((int)response.StatusCode, text, $"{method} {path} as {Name}");
            }

            await Task.Delay(200);
        }
    }

    public void Dispose()
    {
        http.Dispose();
        Client.Dispose();
    }
}

/// <summary>What came back.</summary>
public sealed record Answer(int Status, string Body, string Request)
{
    public bool IsSuccess => Status is >= 200 and < 300;

    public override string ToString() => $"{Request} answered {Status} {(Body.Length > 400 ? Body[..400] + "…" : Body)}";
}
