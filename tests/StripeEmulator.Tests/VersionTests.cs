using Marketplace.StripeEmulator.Api;

namespace Marketplace.StripeEmulator.Tests;

/// <summary>What older API versions may say, and newer ones may not any more.</summary>
public sealed class VersionTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private readonly Caller caller = app.NewAccount();

    public static TheoryData<string, string, string> OlderNames =>
        [.. OlderParameters.All.Where(o => EndpointTable.All.Any(e => e.Name == o.Endpoint)).Select(o => (o.Endpoint, o.Until, o.Name))];

    [Theory]
    [MemberData(nameof(OlderNames))]
    public async Task An_older_name_is_known_to_older_versions_only(string endpoint, string until, string name)
    {
        var known = EndpointTable.All.Single(e => e.Name == endpoint);
        var sample = name.Split(':') is [var bare, var value] ? $"{bare}={value}" : $"{name.Replace("[]", "[0]", StringComparison.Ordinal)}=not_there";
        var ahead = ParameterTable.Versions.First(v => string.CompareOrdinal(v, until) > 0);
        var refused = await Call(known, sample, ahead);
        var (unknown, top) = (refused.Code == "parameter_unknown" || refused.Message.StartsWith("Invalid ", StringComparison.Ordinal), sample.Split('=', '[')[0]);
        Assert.True(refused.Status == 400 && unknown && refused.Text("error.param").StartsWith(top, StringComparison.Ordinal), refused.Body.ToJsonString());
        var accepted = await Call(known, sample, "2022-11-15");
        Assert.True(accepted.Code != "parameter_unknown", accepted.Body.ToJsonString());
    }

    [Fact]
    public async Task An_older_name_has_its_type()
    {
        var refused = await caller.Post("/v1/invoiceitems", $"customer={await caller.Customer()}&unit_amount=much", ("Stripe-Version", "2024-06-20"));
        Assert.Equal((400, "unit_amount", "Invalid integer: much"), (refused.Status, refused.Text("error.param"), refused.Message));
        var made = (await caller.Post("/v1/invoiceitems", $"customer={await caller.Customer()}&unit_amount=150&quantity=3&currency=usd", ("Stripe-Version", "2024-06-20"))).Ok();
        Assert.Equal((450, 150), (made.Number("amount"), made.Number("unit_amount")));
    }

    [Fact]
    public async Task An_unknown_version_is_refused()
    {
        var refused = await caller.Get("/v1/customers", ("Stripe-Version", "2021-02-30"));
        Assert.Equal((400, "Invalid Stripe API version: 2021-02-30"), (refused.Status, refused.Message));
    }

    private Task<Answer> Call(Endpoint endpoint, string sample, string version)
    {
        var path = string.Join('/', endpoint.Path.Split('/').Select(s => s.StartsWith('{') ? "missing_1" : s));
        return caller.Send(new HttpMethod(endpoint.Method), endpoint.Method == "POST" ? path : $"{path}?{sample}", endpoint.Method == "POST" ? sample : null, [("Stripe-Version", version)]);
    }
}
