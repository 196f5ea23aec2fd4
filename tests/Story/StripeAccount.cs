using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Marketplace.Story;

/// <summary>The provider's Stripe account, as the provider sees it: its keys, its webhook endpoints, its events. On the emulator.</summary>
public sealed class StripeAccount : IDisposable
{
    private readonly HttpClient http;
    private readonly string account;

    /// <summary>An account of its own for each run.</summary>
    public StripeAccount(Uri stripe, string run)
    {
        account = $"Story{run}".PadRight(16, '0')[..16];
        http = new HttpClient { BaseAddress = stripe };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", SecretKey);
    }

    /// <summary>The account's id.</summary>
    public string Id => $"acct_1{account}";

    /// <summary>The key that may be shown to browsers.</summary>
    public string PublishableKey => $"pk_test_51{account}000000000000";

    /// <summary>The key that may do everything.</summary>
    public string SecretKey => $"sk_test_51{account}000000000000";

    /// <summary>Makes a restricted key with what a billing model needs, nothing else.</summary>
    public async Task<string> CreateRestrictedKey(string billingModel)
    {
        string[] more = billingModel == "invoices" ? [] :
        [
            "checkout_session", "subscription", "charge", "portal_session", "payment_method", "plan", "product", "usage_record", "billing_meter", "billing_meter_event", "billing_meter_event_adjustment",
        ];
        var permissions = more.Append("customer").Append("invoice").ToDictionary(name => name, _ => "write");
        using var response = await http.PostAsJsonAsync("_emulator/keys", new { account = Id, livemode = false, permissions });
        return (string)(await Read(response))["key"]!;
    }

    /// <summary>Makes the webhook endpoint; its signing secret, which Stripe shows this once.</summary>
    public async Task<string> CreateWebhookEndpoint(string url, string apiVersion, IEnumerable<string> events)
    {
        var form = new List<KeyValuePair<string, string>> { new("url", url), new("api_version", apiVersion) };
        form.AddRange(events.Select(name => new KeyValuePair<string, string>("enabled_events[]", name)));
        using var response = await http.PostAsync("v1/webhook_endpoints", new FormUrlEncodedContent(form));
        return (string)(await Read(response))["secret"]!;
    }

    /// <summary>Ids of the account's events, newest first.</summary>
    public async Task<IReadOnlyList<string>> Events()
    {
        using var response = await http.GetAsync("v1/events?limit=100");
        return [.. (await Read(response))["data"]!.AsArray().Select(e => (string)e!["id"]!)];
    }

    /// <summary>Lets Stripe deliver an event again; what our endpoint answered to each.</summary>
    public async Task<IReadOnlyList<int>> Deliver(string eventId, int times, bool forged = false)
    {
        using var response = await http.PostAsJsonAsync($"_emulator/events/{eventId}/deliver", new { times, forged });
        return [.. (await Read(response))["statuses"]!.AsArray().Select(s => (int)s!)];
    }

    /// <summary>Lets the next attempts at cards decline; none any more with 0.</summary>
    public async Task DeclineCards(int times)
    {
        using var response = await http.PostAsJsonAsync("_emulator/cards/fail", new { times });
        await Read(response);
    }

    /// <summary>An invoice as Stripe has it.</summary>
    public async Task<JsonNode> Invoice(string id)
    {
        using var response = await http.GetAsync($"v1/invoices/{id}");
        return await Read(response);
    }

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private static async Task<JsonNode> Read(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        Check.That(response.IsSuccessStatusCode, $"Stripe answered {(int)response.StatusCode} to {response.RequestMessage?.RequestUri?.AbsolutePath}: {text}");
        return text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!;
    }
}
