using Marketplace.StripeEmulator.Api;

namespace Marketplace.StripeEmulator.Tests;

/// <summary>The same questions to every endpoint of the table.</summary>
public sealed class StrictnessTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private readonly Caller caller = app.NewAccount();

    public static TheoryData<string> Endpoints => [.. EndpointTable.All.Select(e => $"{e.Method} {e.Path}")];

    public static TheoryData<string> WithIds => [.. EndpointTable.All.Where(e => e.Path.Contains('{')).Select(e => $"{e.Method} {e.Path}")];

    public static TheoryData<string> WithRequired => [.. EndpointTable.All.Where(e => e.Rule.Fields.Any(f => f.Value.Required)).Select(e => $"{e.Method} {e.Path}")];

    [Theory]
    [MemberData(nameof(Endpoints))]
    public async Task An_unknown_parameter_is_refused(string endpoint)
    {
        var answer = await Call(endpoint, caller, "not_a_parameter=1");
        Assert.Equal((400, "parameter_unknown", "not_a_parameter"), (answer.Status, answer.Code, answer.Text("error.param")));
    }

    [Theory]
    [MemberData(nameof(WithIds))]
    public async Task A_missing_object_is_not_found(string endpoint)
    {
        var required = string.Join('&', EndpointTable.All.Single(e => $"{e.Method} {e.Path}" == endpoint).Rule.Fields.Where(f => f.Value.Required).Select(f => Sample(f.Key, f.Value)));
        var answer = await Call(endpoint, caller, required);
        if (endpoint.Contains("/accounts/", StringComparison.Ordinal))
        {
            Assert.Equal((403, "account_invalid"), (answer.Status, answer.Code));
            return;
        }

        // Attaching asks for the customer first.
        Assert.Contains((answer.Status, answer.Code), new[] { (404, "resource_missing"), (400, "parameter_missing") });
    }

    [Theory]
    [MemberData(nameof(WithRequired))]
    public async Task A_missing_parameter_is_named(string endpoint)
    {
        var first = EndpointTable.All.Single(e => $"{e.Method} {e.Path}" == endpoint).Rule.Fields.First(f => f.Value.Required).Key;
        var answer = await Call(endpoint, caller, "");
        Assert.Equal((400, "parameter_missing", first, $"Missing required param: {first}."), (answer.Status, answer.Code, answer.Text("error.param"), answer.Message));
    }

    [Theory]
    [MemberData(nameof(Endpoints))]
    public async Task A_key_with_no_permission_is_refused_by_the_permission_it_lacks(string endpoint)
    {
        var known = EndpointTable.All.Single(e => $"{e.Method} {e.Path}" == endpoint);
        var made = await caller.Turn(HttpMethod.Post, "keys", new { account = caller.Account, livemode = false, permissions = new { nothing = "write" } });
        var answer = await Call(endpoint, caller.With(made!["key"]!.GetValue<string>()), "");
        Assert.Equal(403, answer.Status);
        Assert.EndsWith($"does not have the required permissions for this endpoint on account '{caller.Account}'. Having the 'rak_{known.Permission}_{(known.Method == "GET" ? "read" : "write")}' permission would allow this request to continue.", answer.Message, StringComparison.Ordinal);
    }

    private static Task<Answer> Call(string endpoint, Caller caller, string parameters)
    {
        var (method, path) = (endpoint.Split(' ')[0], string.Join('/', endpoint.Split(' ')[1].Split('/').Select(s => s.StartsWith('{') ? "missing_1" : s)));
        return method == "POST" ? caller.Post(path, parameters) : caller.Send(new HttpMethod(method), $"{path}?{parameters}", null, []);
    }

    private static string Sample(string name, ParameterRule rule) => rule switch
    {
        { Element: { Object: true } element } when element.Fields.Any(f => f.Value.Required) => string.Join('&', element.Fields.Where(f => f.Value.Required).Select(f => $"{name}[0][{f.Key}]={f.Value.Values.FirstOrDefault() ?? "x"}")),
        { Element.Object: true } => $"{name}[0][amount]=1",
        { Number: true } => $"{name}=100",
        { Element: not null } => $"{name}[]=invoice.paid",
        _ => name switch { "currency" => "currency=usd", "url" => "url=http://example.com", "query" => "query=created>1", _ => $"{name}=x" },
    };
}
