using System.Net;
using System.Text.RegularExpressions;

namespace Marketplace.Story;

/// <summary>Pays an invoice as a person does who fills in the hosted page's form, without a browser.</summary>
public static partial class HostedPage
{
    /// <summary>Fills in the card 4242 4242 4242 4242 and sends the form.</summary>
    public static async Task PayByCard(Uri page)
    {
        using var http = new HttpClient();
        using var answer = await Send(http, page, "4242424242424242");
        Check.That(answer.IsSuccessStatusCode, $"The hosted page answered {(int)answer.StatusCode} to the card.");
    }

    /// <summary>Stores a card on a checkout page. Where the page leads afterwards need not be there.</summary>
    public static async Task StoreCard(Uri page, string card)
    {
        using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        using var answer = await Send(http, page, card);
        Check.That(answer.StatusCode == HttpStatusCode.SeeOther, $"The checkout page answered {(int)answer.StatusCode} to the card.");
    }

    private static async Task<HttpResponseMessage> Send(HttpClient http, Uri page, string card)
    {
        var html = await http.GetStringAsync(page);
        var form = Forms().Matches(html).FirstOrDefault(f => f.Value.Contains("card_number", StringComparison.Ordinal));
        Check.That(form is not null, $"The hosted page {page} has no form for a card.");
        var fields = Inputs().Matches(form.Value)
            .Select(input => (Name: Attribute(input.Value, "name"), Value: Attribute(input.Value, "value") ?? ""))
            .Where(field => field.Name is not null)
            .ToDictionary(field => field.Name!, field => field.Value, StringComparer.Ordinal);
        fields["card_number"] = card;
        fields["card_expiry"] = "12/34";
        fields["card_cvc"] = "123";
        if (fields.ContainsKey("name"))
        {
            fields["name"] = "Ada Lovelace";
        }

        var action = Attribute(form.Groups["attributes"].Value, "action") is { Length: > 0 } target ? new Uri(page, WebUtility.HtmlDecode(target)) : page;
        return await http.PostAsync(action, new FormUrlEncodedContent(fields));
    }

    private static string? Attribute(string tag, string name)
    {
        var match = Regex.Match(tag, $@"\b{name}\s*=\s*""(?<value>[^""]*)""", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));
        return match.Success ? WebUtility.HtmlDecode(match.Groups["value"].Value) : null;
    }

    [GeneratedRegex(@"<form(?<attributes>[^>]*)>.*?</form>", RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Forms();

    [GeneratedRegex(@"<(input|button)\b[^>]*>", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Inputs();
}
