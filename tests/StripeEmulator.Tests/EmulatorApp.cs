using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Marketplace.StripeEmulator;
using Marketplace.Testing;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.Logging;

namespace Marketplace.StripeEmulator.Tests;

/// <summary>The emulator on a real port of loopback, in memory.</summary>
public sealed class EmulatorApp : WebApplicationFactory<EmulatorOptions>
{
    private static int accounts;

    private readonly Lazy<HttpClient> http;

    public EmulatorApp() => http = new Lazy<HttpClient>(() =>
    {
        UseKestrel();
        StartServer();
        return new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = ClientOptions.BaseAddress };
    });

    /// <summary>Requests per second and account; 0 is unlimited.</summary>
    public int RateLimit { get; init; }

    /// <summary>More than a bank takes here: no test is so slow that it answers by itself.</summary>
    public const int BankSeconds = 61;

    /// <summary>How long a call waits for another one that changes the same object; 0 is as long as it takes.</summary>
    public int LockTimeoutMilliseconds { get; init; }

    /// <summary>Makes ids repeatable.</summary>
    public int? Seed { get; init; }

    public HttpClient Http => http.Value;

    /// <summary>A caller with an account of its own.</summary>
    public Caller NewAccount(string mode = "test") => new(Http, $"sk_{mode}_51Account{Interlocked.Increment(ref accounts):000000000}abcdefgh");

    /// <summary>A form as a browser sends it, without following what is answered.</summary>
    public async Task<HttpResponseMessage> Browse(HttpMethod method, string url, params (string Name, string Value)[] fields)
    {
        using var request = new HttpRequestMessage(method, new Uri(url).PathAndQuery);
        if (method == HttpMethod.Post)
        {
            request.Content = new FormUrlEncodedContent(fields.Select(f => KeyValuePair.Create(f.Name, f.Value)));
        }

        return await Http.SendAsync(request);
    }

    /// <summary>Moves everybody's clock and lets happen what is due.</summary>
    public async Task Advance(long seconds)
    {
        var clock = JsonNode.Parse(await Told(await Http.GetAsync("/_emulator/clock")))!;
        var to = clock["now"]!.GetValue<DateTimeOffset>().AddSeconds(seconds);
        await Told(await Http.PutAsJsonAsync("/_emulator/clock", new { now = to }));

        static async Task<string> Told(HttpResponseMessage answer)
        {
            using (answer)
            {
                var body = await answer.Content.ReadAsStringAsync();
                Assert.True(answer.IsSuccessStatusCode, body);
                return body;
            }
        }
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        // Not UseKestrel(0): that sets the address while the program may have started already.
        builder.UseUrls("http://127.0.0.1:0");
        builder.UseSetting("Emulator:RateLimit", $"{RateLimit}");
        builder.UseSetting("Emulator:Seed", Seed is null ? null : $"{Seed}");
        builder.UseSetting("Emulator:SettlementSeconds", $"{BankSeconds - 1}");
        builder.UseSetting("Emulator:LockTimeoutMilliseconds", $"{LockTimeoutMilliseconds}");
        builder.UseContentRoot(Repository.FolderOf(typeof(EmulatorOptions).Assembly));
        builder.ConfigureLogging(logging => logging.ClearProviders());
    }

    protected override void Dispose(bool disposing)
    {
        if (http.IsValueCreated)
        {
            Http.Dispose();
        }

        base.Dispose(disposing);
    }
}

/// <summary>What was answered.</summary>
public sealed record Answer(int Status, JsonObject Body, HttpResponseHeaders Headers)
{
    public JsonNode? this[string name] => Body[name];

    public string Id => Text("id");

    /// <summary>The field at a path: <c>error.code</c>, <c>data.0.id</c>.</summary>
    public JsonNode? At(string path) => path.Split('.').Aggregate((JsonNode?)Body, (node, step) => node is JsonArray list ? list[int.Parse(step)] : node?[step]);

    public string Text(string path) => At(path)?.GetValue<string>() ?? "";

    public long Number(string path) => At(path)!.GetValue<long>();

    public string Code => Text("error.code");

    public string Message => Text("error.message");

    public Answer Ok()
    {
        Assert.True(Status == 200, $"{Status}: {Body}");
        return this;
    }
}

/// <summary>Calls with one key.</summary>
public sealed class Caller(HttpClient http, string key)
{
    public string Key => key;

    public string Account => "acct_1" + key.Split('_')[2][2..18];

    public Caller With(string otherKey) => new(http, otherKey);

    public Caller Live() => new(http, key.Replace("_test_", "_live_", StringComparison.Ordinal));

    public Task<Answer> Get(string path, params (string Name, string Value)[] headers) => Send(HttpMethod.Get, path, null, headers);

    public Task<Answer> Delete(string path) => Send(HttpMethod.Delete, path, null, []);

    public Task<Answer> Post(string path, string form = "", params (string Name, string Value)[] headers) => Send(HttpMethod.Post, path, form, headers);

    /// <summary>A call of /v2.</summary>
    public Task<Answer> PostJson(string path, string json, params (string Name, string Value)[] headers) => Send(HttpMethod.Post, path, json, headers);

    public async Task<Answer> Send(HttpMethod method, string path, string? form, (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        if (key.Length > 0)
        {
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + key);
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.Remove(name);
            request.Headers.TryAddWithoutValidation(name, value);
        }

        if (form is not null)
        {
            request.Content = new StringContent(form, Encoding.UTF8, path.StartsWith("/v2/", StringComparison.Ordinal) ? "application/json" : "application/x-www-form-urlencoded");
        }

        using var response = await http.SendAsync(request);
        var body = JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject();
        Shapes.Check(body, response.Headers.TryGetValues("Stripe-Version", out var version) ? version.Single() : Shapes.Newest);

        return new Answer((int)response.StatusCode, body, response.Headers);
    }

    /// <summary>A knob.</summary>
    public async Task<JsonNode?> Turn(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, "/_emulator/" + path) { Content = body is null ? null : JsonContent.Create(body) };
        using var response = await http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode}: {text}");
        return text.Length == 0 ? null : JsonNode.Parse(text);
    }

    public async Task<string> Customer(string form = "") => (await Post("/v1/customers", form)).Ok().Id;

    /// <summary>A draft over an amount, 25.00 USD unless said otherwise.</summary>
    public async Task<Answer> Draft(string customer, long amount = 2500, string form = "")
    {
        var invoice = (await Post("/v1/invoices", $"customer={customer}&{form}")).Ok();
        if (amount != 0)
        {
            (await Post("/v1/invoiceitems", $"customer={customer}&invoice={invoice.Id}&amount={amount}&currency=usd&description=Plan")).Ok();
        }

        return (await Get($"/v1/invoices/{invoice.Id}")).Ok();
    }

    /// <summary>A finalized invoice.</summary>
    public async Task<Answer> Open(string customer, long amount = 2500, string form = "") =>
        (await Post($"/v1/invoices/{(await Draft(customer, amount, form)).Id}/finalize")).Ok();
}
