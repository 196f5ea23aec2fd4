using System.Text.RegularExpressions;

namespace Marketplace.House.Tests;

/// <summary>What the API document leaves out, <c>tests/Isolation.Tests/access.txt</c> does not know: nobody is asked who may call it. So it is named here, with why.</summary>
public sealed partial class DescriptionTests
{
    // What programs of the installation ask, under the policy Service; what tells health; the gateway's own pages.
    private static readonly string[] Undescribed =
    [
        "gateway/GatewayEndpoints.cs: \"/\"",
        "gateway/GatewayEndpoints.cs: \"/openapi/v1.json\"",
        // The gateway's own document is not among those it puts together. BooksTests says who may.
        "gateway/GatewayEndpoints.cs: $\"{ReadBooks.Area}/books\"",
        "services/Accounts/AccountsEndpoints.cs: \"/internal/token-exchange\"",
        "services/Catalog/CatalogEndpoints.cs: \"/internal/routes\"",
        "services/Subscriptions/SubscriptionEndpoints.cs: \"/internal\"",
        "ServiceDefaults/Clock.cs: \"/internal/clock\"",
        "ServiceDefaults/Clock.cs: \"/internal/clock\"",
        "ServiceDefaults/Health.cs: \"/alive\"",
        "ServiceDefaults/Health.cs: \"/ready\"",
    ];

    [Fact]
    public void Only_named_routes_are_left_out_of_the_API_document() => Assert.Equal(
        Undescribed.Order(StringComparer.Ordinal),
        House.Sources.Where(file => !file.IsTest && !file.IsStandIn).SelectMany(LeftOut).Order(StringComparer.Ordinal));

    [Fact]
    public void Routes_that_are_left_out_are_found() => Assert.Equal(
        ["services/A/Endpoints.cs: what cannot be read", "services/A/Endpoints.cs: \"/v1/a\"", "services/A/Endpoints.cs: \"/v1/b\""],
        LeftOut(new("services/A/Endpoints.cs", """
            route.WithMetadata(new ExcludeFromDescriptionAttribute());
            app.MapGet("/v1/a", A.Handle).RequireAuthorization().ExcludeFromDescription(); app.MapGet("/v1/seen", Seen.Handle);
            var group = app.MapGroup("/v1/b")
                .ExcludeFromDescription();
            """)));

    // By the call that maps it: the last one before the word.
    private static IEnumerable<string> LeftOut(SourceFile file) => Word().Matches(file.Text).Select(word =>
        $"{file.Path}: {(Mapping().Matches(file.Text[..word.Index]) is { Count: > 0 } mappings ? mappings[^1].Groups["route"].Value : "what cannot be read")}");

    [GeneratedRegex(@"ExcludeFromDescription(?:Attribute)?\b", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Word();

    [GeneratedRegex(@"\.Map\w+\(\s*(?<route>\$?""[^""]*"")", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Mapping();
}
