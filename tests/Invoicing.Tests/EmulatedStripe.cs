using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Marketplace.StripeEmulator;
using Marketplace.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Stripe;

namespace Marketplace.Invoicing.Tests;

/// <summary>The Stripe of a test class: the emulator behind a real port.</summary>
public sealed class EmulatedStripe : IAsyncDisposable
{
    private readonly Host host = new();
    private readonly HttpClient admin;

    public EmulatedStripe()
    {
        host.UseKestrel();
        host.StartServer();
        Address = host.ClientOptions.BaseAddress;
        // Moving the clock answers when everything that falls due meanwhile is done.
        admin = new() { BaseAddress = Address, Timeout = TimeSpan.FromMinutes(20) };
    }

    public Uri Address { get; }

    /// <summary>How many requests came with a key, those included that a fault met.</summary>
    public int Requests(string key) => host.Seen.GetValueOrDefault(key);

    /// <summary>Lets something happen at Stripe right before the next call of a method and a path that an account makes with a key of its own, so that it comes between two calls.</summary>
    public void Before(string account, string method, string path, Func<Task> happens) => host.Meanwhile.Enqueue((account, method, path, happens));

    /// <summary>Whether everything that was to happen between calls has.</summary>
    public bool HasHappened => host.Meanwhile.IsEmpty;

    /// <summary>A new account's id; its keys are made by form.</summary>
    public static string NewAccount() => "acct_1" + Guid.NewGuid().ToString("n")[..16];

    public static string Publishable(string account, bool live = false) => $"pk_{(live ? "live" : "test")}_51{account[6..]}publishable0";

    public static string Secret(string account, bool live = false) => $"sk_{(live ? "live" : "test")}_51{account[6..]}{Guid.NewGuid():n}";

    /// <summary>A restricted key; by default with what billing needs and nothing else.</summary>
    public async Task<string> Restricted(string account, string customer = "write", string invoice = "write", string? webhook = null)
    {
        var permissions = new JsonObject { ["customer"] = customer, ["invoice"] = invoice };
        if (webhook is not null)
        {
            permissions["webhook"] = webhook;
        }

        return (await admin.Post("/_emulator/keys", new { account, livemode = false, permissions }).Expect<JsonElement>()).GetProperty("key").GetString()!;
    }

    /// <summary>A restricted key with exactly the given permissions, each <c>read</c> or <c>write</c>.</summary>
    public async Task<string> Permitted(string account, IReadOnlyDictionary<string, string> permissions) =>
        (await admin.Post("/_emulator/keys", new { account, livemode = false, permissions }).Expect<JsonElement>()).GetProperty("key").GetString()!;

    /// <summary>Edits what a restricted key may do, as in the dashboard.</summary>
    public Task Permit(string key, IReadOnlyDictionary<string, string> permissions) => admin.Put($"/_emulator/keys/{key}/permissions", permissions).Expect(HttpStatusCode.NoContent);

    /// <summary>Every object of the account with its contents, as text: equal before and after when nothing was done.</summary>
    public async Task<string> Objects(string account) => string.Join('\n', (await admin.Get("/_emulator/state")).GetProperty("objects").EnumerateObject()
        .Where(kind => kind.Name is not "api_key")
        .SelectMany(kind => kind.Value.EnumerateArray()).Where(o => o.GetProperty("account").GetString() == account).Select(o => o.GetRawText()));

    /// <summary>The networks renew a card.</summary>
    public async Task Renew(string token, DateTimeOffset expiry) =>
        (await admin.Post($"/_emulator/payment_methods/{token}/update", new { expMonth = expiry.Month, expYear = expiry.Year })).EnsureSuccessStatusCode();

    public Task Revoke(string key) => admin.Delete($"/_emulator/keys/{key}").Expect(HttpStatusCode.NoContent);

    /// <summary>Where the account is and what Stripe Tax collects for it where.</summary>
    public async Task Collect(string account, string country, IReadOnlyDictionary<string, string> tax) =>
        (await admin.Post("/_emulator/accounts", new { id = account, country, tax })).EnsureSuccessStatusCode();

    /// <summary>Puts a coupon on a customer, as the dashboard does; today's API versions cannot.</summary>
    public async Task Discount(string account, string customer, decimal percent)
    {
        var coupon = await Client(account).V1.Coupons.CreateAsync(new CouponCreateOptions { PercentOff = percent, Duration = "forever" });
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["coupon"] = coupon.Id });
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Address, $"/v1/customers/{customer}")) { Content = form };
        request.Headers.Add("Authorization", $"Bearer {Secret(account)}");
        request.Headers.Add("Stripe-Version", "2024-06-20");
        using var http = new HttpClient();
        (await http.SendAsync(request)).EnsureSuccessStatusCode();
    }

    /// <summary>From now on the account's webhook endpoints are given no thin events.</summary>
    public async Task RefuseThinEvents(string account) => (await admin.Post("/_emulator/accounts", new { id = account, thinEvents = false })).EnsureSuccessStatusCode();

    /// <summary>Makes the next matching calls fail.</summary>
    public async Task Fail(object rule) => (await admin.Post("/_emulator/faults", rule)).EnsureSuccessStatusCode();

    /// <summary>Faults that nothing has met yet.</summary>
    public async Task<List<JsonElement>> Faults() => [.. (await admin.Get("/_emulator/faults")).EnumerateArray()];

    /// <summary>Makes the next attempts at cards decline.</summary>
    public async Task FailCards(int times) => (await admin.Post("/_emulator/cards/fail", new { times })).EnsureSuccessStatusCode();

    public async Task ClearFaults() => (await admin.DeleteAsync("/_emulator/faults")).EnsureSuccessStatusCode();

    public async Task<DateTimeOffset> Now() => (await admin.Get("/_emulator/clock")).GetProperty("now").GetDateTimeOffset();

    public async Task MoveTo(DateTimeOffset now) => (await admin.Put("/_emulator/clock", new { now })).EnsureSuccessStatusCode();

    /// <summary>How many webhooks and timers are due or under way.</summary>
    public async Task<long> Pending() => (await admin.Get("/_emulator/clock")).GetProperty("pending").GetInt64();

    /// <summary>Lets this share of the webhooks vanish from now on.</summary>
    public async Task Drop(double share) => (await admin.Put("/_emulator/webhooks", new { dropShare = share })).EnsureSuccessStatusCode();

    /// <summary>Stripe's own client, as another user of the account would have it.</summary>
    public StripeClient Client(string account, bool live = false) => new(new StripeClientOptions
    {
        ApiKey = Secret(account, live), ApiBase = Address.ToString().TrimEnd('/'), HttpClient = new SystemNetHttpClient(maxNetworkRetries: 0),
    });

    /// <summary>Pays an invoice on its hosted page with a card.</summary>
    public async Task Pay(string hostedInvoiceUrl, string card = "4242424242424242")
    {
        Assert.Equal(HttpStatusCode.SeeOther, await TryToPay(hostedInvoiceUrl, card));
    }

    /// <summary>The same with a card that may be declined (402).</summary>
    public async Task<HttpStatusCode> TryToPay(string hostedInvoiceUrl, string card)
    {
        using var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["card_number"] = card, ["card_expiry"] = "12/34", ["card_cvc"] = "123" });
        using var answer = await browser.PostAsync(new Uri(hostedInvoiceUrl + "/pay"), form);
        return answer.StatusCode;
    }

    /// <summary>Pays on a checkout's page with a card.</summary>
    public static async Task CheckOut(string page)
    {
        using var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["card_number"] = "4242424242424242", ["card_expiry"] = "12/34", ["card_cvc"] = "123", ["payment_method"] = "card", ["name"] = "Ada", ["country"] = "US", ["postal_code"] = "10001",
        });
        using var answer = await browser.PostAsync(new Uri(page), form);
        Assert.True(answer.StatusCode == HttpStatusCode.SeeOther, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>The cardholder disputes a payment; Stripe's id of the dispute.</summary>
    public async Task<string> Dispute(string paymentIntent, bool inquiry = false) =>
        (await admin.Post("/_emulator/disputes", new { paymentIntent, inquiry }).Expect<JsonElement>()).GetProperty("id").GetString()!;

    public async ValueTask DisposeAsync()
    {
        admin.Dispose();
        await host.DisposeAsync();
    }

    private sealed class Host : WebApplicationFactory<EmulatorOptions>
    {
        public ConcurrentDictionary<string, int> Seen { get; } = new(StringComparer.Ordinal);

        public ConcurrentQueue<(string Account, string Method, string Path, Func<Task> Happens)> Meanwhile { get; } = new();

        // Not UseKestrel(0): that sets the address while the program may have started already.
        // A refund that fails does so half an hour later by the test's clock, as a dispute is decided, and not while a slow machine still looks at it.
        protected override void ConfigureWebHost(IWebHostBuilder builder) => builder.UseUrls("http://127.0.0.1:0").UseSetting("Emulator:SettlementSeconds", "1800").UseContentRoot(Repository.FolderOf(typeof(EmulatorOptions).Assembly))
            .ConfigureServices(services => services.AddSingleton<IStartupFilter>(new Counted(Seen, Meanwhile)));
    }

    private sealed class Counted(
        ConcurrentDictionary<string, int> seen, ConcurrentQueue<(string Account, string Method, string Path, Func<Task> Happens)> meanwhile) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use(async (context, inner) =>
            {
                if (context.Request.Headers.Authorization.ToString() is { Length: > 7 } bearer)
                {
                    seen.AddOrUpdate(bearer[7..], 1, (_, count) => count + 1);
                    if (meanwhile.TryPeek(out var next) && next.Method == context.Request.Method && next.Path == context.Request.Path
                        && bearer.Contains(next.Account[6..], StringComparison.Ordinal) && meanwhile.TryDequeue(out next))
                    {
                        await next.Happens();
                    }
                }

                await inner(context);
            });
            next(app);
        };
    }
}
