using System.Text.Json;
using System.Text.Json.Nodes;

namespace Marketplace.Gateway.Control;

/// <summary>The OpenAPI 3.1 document of the whole control API, merged from the services' own at <c>/openapi/v1.json</c>. Paths under <c>/internal</c> stay inside.</summary>
public sealed class ApiDocument(IHttpClientFactory clients, IConfiguration configuration)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>The merged document, or a 503 while a service does not answer: half a document would be a wrong one.</summary>
    public async Task<IResult> Get(CancellationToken cancellation)
    {
        JsonObject[] parts;
        try
        {
            parts = await Task.WhenAll(ControlRoutes.Services.Select(service => PartOf(service, cancellation)));
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException || (exception is TaskCanceledException && !cancellation.IsCancellationRequested))
        {
            return Problems.ServiceUnavailable();
        }

        var merged = new JsonObject
        {
            ["openapi"] = "3.1.1",
            ["info"] = new JsonObject
            {
                ["title"] = "Marketplace",
                ["version"] = "v1",
                ["description"] = "Sell and buy access to APIs. Money is in minor units; times are RFC 3339 UTC; errors are RFC 9457 with a stable code.",
            },
            ["servers"] = new JsonArray(new JsonObject { ["url"] = configuration["Marketplace:PublicUrl"] is { Length: > 0 } address ? address : "/" }),
            ["security"] = new JsonArray(new JsonObject { ["bearer"] = new JsonArray() }),
            ["paths"] = new JsonObject(),
            ["components"] = new JsonObject
            {
                ["schemas"] = new JsonObject(),
                ["securitySchemes"] = new JsonObject
                {
                    ["bearer"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer", ["description"] = "A session's access token or a personal API token." },
                },
            },
            ["tags"] = new JsonArray(),
        };
        foreach (var (service, part) in ControlRoutes.Services.Zip(parts))
        {
            Merge(merged, service, part);
        }

        return TypedResults.Text(merged.ToJsonString(), "application/json");
    }

    // A service that has just started takes longer to write its first document than a token's exchange may take.
    private async Task<JsonObject> PartOf(string service, CancellationToken cancellation)
    {
        var client = clients.CreateClient(service);
        client.Timeout = Patience;
        return JsonNode.Parse(await client.GetStringAsync("openapi/v1.json", cancellation))!.AsObject();
    }

    private static void Merge(JsonObject merged, string service, JsonObject part)
    {
        var all = merged["components"]!["schemas"]!.AsObject();
        var own = part["components"]?["schemas"]?.AsObject() ?? [];
        var renamed = SchemaNames.Renamed(all, own, service);
        foreach (var (name, schema) in own)
        {
            var copy = schema!.DeepClone();
            SchemaNames.Apply(copy, renamed);
            all[renamed.GetValueOrDefault(name, name)] = copy;
        }

        foreach (var (path, item) in part["paths"]?.AsObject() ?? [])
        {
            if (!path.StartsWith("/internal", StringComparison.OrdinalIgnoreCase))
            {
                var copy = item!.DeepClone();
                SchemaNames.Apply(copy, renamed);
                merged["paths"]![path] = copy;
            }
        }

        foreach (var tag in part["tags"]?.AsArray() ?? [])
        {
            if (!merged["tags"]!.AsArray().Any(known => JsonNode.DeepEquals(known, tag)))
            {
                merged["tags"]!.AsArray().Add(tag!.DeepClone());
            }
        }
    }
}
