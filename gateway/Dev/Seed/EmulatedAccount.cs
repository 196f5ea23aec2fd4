using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace Marketplace.Gateway.Dev.Seed;

/// <summary>The Stripe account of the seeded provider, at the emulator, which takes every well-formed key for one of the account that the key names.</summary>
internal sealed class EmulatedAccount(HttpClient http, Uri stripe) : IDisposable
{
    private const string Name = "MarketplaceSeed0";

    /// <summary>Its id.</summary>
    public const string Id = $"acct_1{Name}";

    /// <summary>The key for browsers.</summary>
    public const string PublishableKey = $"pk_test_51{Name}000000000000";

    /// <summary>The key that may do everything, so that the marketplace makes its webhook endpoint by itself.</summary>
    public const string SecretKey = $"sk_test_51{Name}000000000000";

    /// <summary>Pays an open invoice with a test card, as its customer would.</summary>
    public async Task Pay(string number, CancellationToken cancellation)
    {
        var invoices = await Send(HttpMethod.Get, "v1/invoices?limit=100", null, cancellation);
        var invoice = invoices["data"]!.AsArray().FirstOrDefault(entry => (string?)entry!["number"] == number)
            ?? throw new SeedException($"Stripe has no invoice {number}. Was the emulator's data removed and the marketplace's not? ./run --fresh starts both from empty data.");
        var card = await Send(HttpMethod.Post, "v1/payment_methods/pm_card_visa/attach", new() { ["customer"] = (string)invoice["customer"]! }, cancellation);
        await Send(HttpMethod.Post, $"v1/invoices/{(string)invoice["id"]!}/pay", new() { ["payment_method"] = (string)card["id"]! }, cancellation);
    }

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private async Task<JsonNode> Send(HttpMethod method, string path, Dictionary<string, string>? form, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, new Uri(stripe, path)) { Content = form is null ? null : new FormUrlEncodedContent(form) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", SecretKey);
        using var response = await http.SendAsync(request, cancellation);
        var text = await response.Content.ReadAsStringAsync(cancellation);
        return response.IsSuccessStatusCode ? JsonNode.Parse(text)! : throw new SeedException($"Stripe answered {(int)response.StatusCode} to {method} {path}.");
    }
}
