using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Marketplace.Chaos.Tests;

/// <summary>The knobs of the Stripe emulator that make trouble.</summary>
public sealed class Emulator(Uri address) : IDisposable
{
    private readonly HttpClient http = new() { BaseAddress = address, Timeout = TimeSpan.FromSeconds(30) };

    /// <summary>Makes calls to Stripe fail: by status, by a lost answer, by a cut connection, by silence.</summary>
    public Task Fail(object rule) => Send(() => http.PostAsJsonAsync("_emulator/faults", rule));

    /// <summary>How webhooks misbehave from now on.</summary>
    public Task Webhooks(int times, bool shuffle, int delayMilliseconds, double dropShare) =>
        Send(() => http.PutAsJsonAsync("_emulator/webhooks", new { times, shuffle, delayMilliseconds, dropShare }));

    /// <summary>Everything in order again.</summary>
    public async Task Calm()
    {
        await Send(() => http.DeleteAsync("_emulator/faults"));
        await Webhooks(times: 1, shuffle: false, delayMilliseconds: 0, dropShare: 0);
    }

    /// <summary>How many webhooks were dropped: no attempt was made.</summary>
    public async Task<int> Dropped() =>
        (await http.GetFromJsonAsync<JsonArray>("_emulator/deliveries"))!.Count(delivery => (string?)delivery!["status"] == "dropped");

    /// <summary>Every invoice of the provider's account as Stripe has it, by our id; those of nobody under an empty one.</summary>
    public async Task<ILookup<string, JsonNode>> Invoices(string secretKey) =>
        (await All(secretKey, "invoices")).ToLookup(invoice => (string?)invoice["metadata"]?["marketplace_id"] ?? "", StringComparer.Ordinal);

    /// <summary>What each organization has paid there less what it was given back, and what it owes more than that by its balance.</summary>
    public async Task<IReadOnlyDictionary<string, long>> Money(string secretKey)
    {
        var charges = (await All(secretKey, "charges")).ToLookup(charge => (string?)charge["customer"], charge => (long)charge["amount_captured"]! - (long)charge["amount_refunded"]!);
        return (await All(secretKey, "customers")).GroupBy(customer => (string?)customer["metadata"]?["marketplace_organization"] ?? "", StringComparer.Ordinal)
            .ToDictionary(one => one.Key, one => one.Sum(customer => charges[(string?)customer["id"]].Sum() + (long)customer["balance"]!), StringComparer.Ordinal);
    }

    private async Task<List<JsonNode>> All(string secretKey, string kind)
    {
        List<JsonNode> all = [];
        string? after = null;
        do
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"v1/{kind}?limit=100{(after is null ? "" : $"&starting_after={after}")}");
            request.Headers.Authorization = new("Bearer", secretKey);
            using var response = await http.SendAsync(request);
            var page = (await response.Content.ReadFromJsonAsync<JsonNode>())!;
            all.AddRange(page["data"]!.AsArray().Select(found => found!));
            after = (bool)page["has_more"]! ? (string)all[^1]["id"]! : null;
        }
        while (after is not null);
        return all;
    }

    public void Dispose() => http.Dispose();

    // The emulator too is killed.
    private static async Task Send(Func<Task<HttpResponseMessage>> send)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var response = await send();
                Assert.True(response.IsSuccessStatusCode, $"The emulator answered {(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
                return;
            }
            catch (HttpRequestException) when (attempt < 100)
            {
                await Task.Delay(200);
            }
        }
    }
}
