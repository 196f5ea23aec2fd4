using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Stripe;

namespace Marketplace.StripeNet.Tests;

/// <summary>A server that answers what the test says, in order, and remembers what it was asked.</summary>
public sealed class ScriptedStripe : IAsyncDisposable
{
    private readonly WebApplication server;
    private readonly ConcurrentQueue<Answer> answers = new();

    private ScriptedStripe(WebApplication server) => this.server = server;

    public ConcurrentQueue<Asked> Requests { get; } = new();

    public string Address => server.Urls.Single();

    public static async Task<ScriptedStripe> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var stripe = new ScriptedStripe(builder.Build());
        stripe.server.Run(stripe.Reply);
        await stripe.server.StartAsync();
        return stripe;
    }

    public ScriptedStripe Answers(string body, HttpStatusCode status = HttpStatusCode.OK, params (string Name, string Value)[] headers)
    {
        answers.Enqueue(new Answer(status, body, headers));
        return this;
    }

    /// <summary>The connection breaks before an answer.</summary>
    public ScriptedStripe HangsUp()
    {
        answers.Enqueue(null);
        return this;
    }

    public StripeClient Client(int maxNetworkRetries = 0, AppInfo appInfo = null) => new(
        "sk_test_scripted",
        httpClient: new SystemNetHttpClient(new HttpClient(), maxNetworkRetries, appInfo),
        apiBase: Address);

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private async Task Reply(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        Requests.Enqueue(new Asked(
            http.Request.Method,
            http.Request.Path.Value,
            http.Request.QueryString.Value.TrimStart('?'),
            await reader.ReadToEndAsync(),
            http.Request.Headers.ToDictionary(x => x.Key, x => x.Value.ToString(), StringComparer.OrdinalIgnoreCase)));
        if (!answers.TryDequeue(out var answer))
        {
            answer = new Answer(HttpStatusCode.OK, """{"id":"x_1","object":"customer"}""", []);
        }

        if (answer is null)
        {
            http.Abort();
            return;
        }

        http.Response.StatusCode = (int)answer.Status;
        foreach (var (name, value) in answer.Headers)
        {
            http.Response.Headers[name] = value;
        }

        await http.Response.WriteAsync(answer.Body);
    }

    private sealed record Answer(HttpStatusCode Status, string Body, (string Name, string Value)[] Headers);
}

/// <summary>One request as it arrived.</summary>
public sealed record Asked(string Method, string Path, string Query, string Body, Dictionary<string, string> Headers)
{
    /// <summary>The form (or query) as sorted <c>name=value</c> lines, decoded.</summary>
    public string[] Form => [.. (Body.Length > 0 ? Body : Query).Split('&', StringSplitOptions.RemoveEmptyEntries).Select(WebUtility.UrlDecode).Order(StringComparer.Ordinal)];
}
