using System.Text.Json.Nodes;

namespace Marketplace.Gateway.Control;

/// <summary>The OpenAPI 3.1 document of the whole control API, merged from the services' own at <c>/openapi/v1.json</c>. Paths under <c>/internal</c> stay inside.</summary>
public sealed class ApiDocument(IHttpClientFactory clients, IConfiguration configuration)
{
    /// <summary>The merged document, or a 503 while a service does not answer: half a document would be a wrong one.</summary>
    public async Task<IResult> Get(CancellationToken cancellation)
    {
        JsonNode?[] parts;
        try
        {
            parts = await Task.WhenAll(ControlRoutes.Services.Select(async service =>
                JsonNode.Parse(await clients.CreateClient(service).GetStringAsync("openapi/v1.json", cancellation))));
        }
        catch (HttpRequestException)
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
            ["servers"] = new JsonArray(new JsonObject { ["url"] = configuration["Marketplace:PublicUrl"] ?? "/" }),
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
            Merge(merged, service, part!.AsObject());
        }

        return TypedResults.Text(merged.ToJsonString(), "application/json");
    }

    private static void Merge(JsonObject merged, string service, JsonObject part)
    {
        var schemas = merged["components"]!["schemas"]!.AsObject();
        var renamed = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, schema) in part["components"]?["schemas"]?.AsObject() ?? [])
        {
            // Two services may give one name to two shapes; the second keeps its own under a longer name.
            if (schemas[name] is { } present && !JsonNode.DeepEquals(present, schema))
            {
                renamed[name] = $"{char.ToUpperInvariant(service[0])}{service[1..]}{name}";
            }

            schemas[renamed.GetValueOrDefault(name, name)] = schema!.DeepClone();
        }

        foreach (var (path, item) in part["paths"]?.AsObject() ?? [])
        {
            if (!path.StartsWith("/internal", StringComparison.Ordinal))
            {
                merged["paths"]![path] = item!.DeepClone();
                Rename(merged["paths"]![path], renamed);
            }
        }

        foreach (var name in renamed.Values)
        {
            Rename(schemas[name], renamed);
        }

        foreach (var tag in part["tags"]?.AsArray() ?? [])
        {
            if (!merged["tags"]!.AsArray().Any(known => JsonNode.DeepEquals(known, tag)))
            {
                merged["tags"]!.AsArray().Add(tag!.DeepClone());
            }
        }
    }

    private static void Rename(JsonNode? node, Dictionary<string, string> renamed)
    {
        const string prefix = "#/components/schemas/";
        if (renamed.Count == 0)
        {
            return;
        }

        switch (node)
        {
            case JsonObject map:
                foreach (var (key, value) in map.ToList())
                {
                    if (key == "$ref" && value!.GetValue<string>() is var target && target.StartsWith(prefix, StringComparison.Ordinal)
                        && renamed.TryGetValue(target[prefix.Length..], out var other))
                    {
                        map[key] = prefix + other;
                    }
                    else
                    {
                        Rename(value, renamed);
                    }
                }

                break;
            case JsonArray list:
                foreach (var value in list)
                {
                    Rename(value, renamed);
                }

                break;
        }
    }
}
