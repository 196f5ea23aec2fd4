using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;

namespace Marketplace.StripeEmulator.Tests;

/// <summary>The same questions to every endpoint of the table, made out of its parameters.</summary>
public sealed class StrictnessTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private readonly Caller caller = app.NewAccount();

    public static TheoryData<string> Endpoints => Where(_ => true);

    public static TheoryData<string> WithIds => Where(e => e.Path.Contains('{'));

    public static TheoryData<string> WithRequired => Where(e => e.Rule.Fields.Any(f => f.Value.Required));

    public static TheoryData<string> WithTypes => Where(e => e.Rule.Fields.Any(f => Wrong(f.Key, f.Value) is not null));

    [Theory]
    [MemberData(nameof(Endpoints))]
    public async Task An_unknown_parameter_is_refused(string endpoint)
    {
        var answer = await Call(endpoint, caller, "not_a_parameter=1");
        Assert.Equal((400, "parameter_unknown", "not_a_parameter", "Received unknown parameter: not_a_parameter"), (answer.Status, answer.Code, answer.Text("error.param"), answer.Message));
    }

    [Theory]
    [MemberData(nameof(WithRequired))]
    public async Task A_missing_parameter_is_named(string endpoint)
    {
        var first = Known(endpoint).Rule.Fields.First(f => f.Value.Required).Key;
        var answer = await Call(endpoint, caller, "");
        Assert.Equal((400, "parameter_missing", first, $"Missing required param: {first}."), (answer.Status, answer.Code, answer.Text("error.param"), answer.Message));
    }

    [Theory]
    [MemberData(nameof(WithTypes))]
    public async Task A_value_of_a_wrong_type_is_refused_for_every_parameter(string endpoint)
    {
        var wrong = Known(endpoint).Rule.Fields.Select(f => (Name: f.Key, Form: Wrong(f.Key, f.Value))).Where(p => p.Form is not null).ToList();
        foreach (var (name, form) in wrong)
        {
            var answer = await Call(endpoint, caller, form!);
            Assert.Equal((400, "invalid_request_error", name), (answer.Status, answer.Text("error.type"), answer.Text("error.param")));
            Assert.StartsWith("Invalid ", answer.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(WithIds))]
    public async Task A_missing_object_is_not_found(string endpoint)
    {
        var answer = await Call(endpoint, caller, Required(endpoint));
        if (endpoint.Contains("/accounts/", StringComparison.Ordinal))
        {
            Assert.Equal((403, "account_invalid"), (answer.Status, answer.Code));
            return;
        }

        Assert.Equal((404, "resource_missing"), (answer.Status, answer.Code));
        Assert.EndsWith("'missing_1'", answer.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(WithIds))]
    public async Task A_live_key_does_not_find_an_object_of_test_mode_and_is_told_so(string endpoint)
    {
        var path = endpoint.Split(' ')[1];
        var resource = path[..(path.IndexOf('{', StringComparison.Ordinal) - 1)];
        if (resource == "/v1/accounts")
        {
            return; // both modes share the account
        }

        var id = await new Samples(caller).Make(resource);
        Assert.True(id is not null, $"Samples knows no object of {resource}.");
        var answer = await Call(endpoint, caller.Live(), Required(endpoint), id);
        Assert.Equal((404, "resource_missing"), (answer.Status, answer.Code));
        Assert.EndsWith($": '{id}'; a similar object exists in test mode, but a live mode key was used to make this request.", answer.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Endpoints))]
    public async Task A_key_with_no_permission_is_refused_by_the_permission_it_lacks(string endpoint)
    {
        var known = Known(endpoint);
        var made = await caller.Turn(HttpMethod.Post, "keys", new { account = caller.Account, livemode = false, permissions = new { nothing = "write" } });
        var answer = await Call(endpoint, caller.With(made!["key"]!.GetValue<string>()), "");
        Assert.Equal(403, answer.Status);
        Assert.EndsWith($"does not have the required permissions for this endpoint on account '{caller.Account}'. Having the 'rak_{known.Permission}_{(known.Method == "GET" ? "read" : "write")}' permission would allow this request to continue.", answer.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("POST", "/v1/webhook_endpoints", "url=http://127.0.0.1:9/&enabled_events[]=*&connect=true", "connect")]
    [InlineData("POST", "/v1/invoices", "customer={0}&payment_settings[payment_method_options][card][request_three_d_secure]=any", "payment_settings[payment_method_options]")]
    [InlineData("POST", "/v1/prices", "currency=usd&unit_amount=1&product_data[name]=x&recurring[interval]=month&recurring[interval_count]=0", "recurring[interval_count]")]
    [InlineData("POST", "/v1/subscriptions", "customer={0}&items[0][price_data][currency]=usd&items[0][price_data][product]={1}&items[0][price_data][unit_amount]=1&items[0][price_data][recurring][interval]=month&items[0][price_data][recurring][interval_count]=0", "items[0][price_data][recurring][interval_count]")]
    [InlineData("GET", "/v2/core/events", "page=2", "page")]
    public async Task What_is_not_done_and_what_is_wrong_inside_a_hash_is_named_in_full(string method, string path, string form, string param)
    {
        form = string.Format(null, form, await caller.Customer(), (await caller.Post("/v1/products", "name=x")).Ok().Id);
        var refused = method == "POST" ? await caller.Post(path, form) : await caller.Get($"{path}?{form}");
        Assert.Equal((400, param), (refused.Status, refused.Text("error.param")));
    }

    private static TheoryData<string> Where(Func<Endpoint, bool> holds) => [.. EndpointTable.All.Where(holds).Select(e => $"{e.Method} {e.Path}")];

    private static Endpoint Known(string endpoint) => EndpointTable.All.Single(e => $"{e.Method} {e.Path}" == endpoint);

    private static Task<Answer> Call(string endpoint, Caller caller, string parameters, string? id = null)
    {
        var (method, path) = (endpoint.Split(' ')[0], endpoint.Split(' ')[1]);
        var ids = new Queue<string>([id ?? "missing_1"]);
        path = string.Join('/', path.Split('/').Select(s => !s.StartsWith('{') ? s : ids.TryDequeue(out var first) ? first : "missing_1"));
        if (method == "POST" && path.StartsWith("/v2/", StringComparison.Ordinal))
        {
            return caller.PostJson(path, Json(parameters));
        }

        return method == "POST" ? caller.Post(path, parameters) : caller.Send(new HttpMethod(method), $"{path}?{parameters}", null, []);
    }

    /// <summary>What the parameter does not take, or null when it takes anything.</summary>
    private static string? Wrong(string name, ParameterRule rule) => rule switch
    {
        { Any: true } => null,
        { Number: true } or { Boolean: true } or { Decimal: true } when !rule.Text => $"{name}=not_a_value",
        { Values.Length: > 0 } when !rule.Text => $"{name}=not_a_value",
        { Object: true } or { Element: not null } when !rule.Text => $"{name}=text",
        { Text: true, Object: false, Element: null } => $"{name}[a]=1",
        _ => null,
    };

    private static string Required(string endpoint) =>
        string.Join('&', Known(endpoint).Rule.Fields.Where(f => f.Value.Required).Select(f => Sample(f.Key, f.Value)));

    /// <summary>The same parameters as a body of /v2.</summary>
    private static string Json(string parameters)
    {
        var body = new JsonObject();
        foreach (var pair in parameters.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(p => p.Split('=')))
        {
            JsonNode target = body;
            var steps = pair[0].TrimEnd(']').Split(["][", "["], StringSplitOptions.None);
            for (var at = 0; at < steps.Length - 1; at++)
            {
                var inList = int.TryParse(steps[at + 1], out _);
                var next = target is JsonArray list ? (list.Count == 0 ? null : list[0]) : target[steps[at]];
                if (next is null)
                {
                    next = inList ? new JsonArray() : new JsonObject();
                    if (target is JsonArray into)
                    {
                        into.Add(next);
                    }
                    else
                    {
                        target[steps[at]] = next;
                    }
                }

                target = next;
            }

            target[steps[^1]] = pair[1];
        }

        return body.ToJsonString();
    }

    private static string Sample(string name, ParameterRule rule) => rule switch
    {
        { Values.Length: > 0 } => $"{name}={rule.Values[0]}",
        { Number: true } => $"{name}=100",
        { Boolean: true } => $"{name}=true",
        { Decimal: true } => $"{name}=1.5",
        { Element: { Object: true } element } => Inside($"{name}[0]", element),
        { Element: not null } => $"{name}[]=invoice.paid",
        { Object: true } => Inside(name, rule),
        _ => name switch { "currency" => "currency=usd", "url" => "url=http://example.com", "query" => "query=created>1", _ => $"{name}=x" },
    };

    private static string Inside(string name, ParameterRule rule)
    {
        var required = rule.Fields.Where(f => f.Value.Required).DefaultIfEmpty(rule.Fields.FirstOrDefault());
        return string.Join('&', required.Select(f => Sample($"{name}[{f.Key}]", f.Value)));
    }
}
