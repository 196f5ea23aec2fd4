using System.Text.Json.Nodes;
using Marketplace.Story;
using Marketplace.Testing;

namespace Marketplace.Isolation.Tests;

/// <summary>The control API's own description, as the gateway answers it.</summary>
public sealed class ApiDescription
{
    private static readonly string[] Methods = ["get", "put", "post", "patch", "delete"];

    private ApiDescription(JsonObject document) => Document = document;

    /// <summary>All of it.</summary>
    public JsonObject Document { get; }

    /// <summary>Every operation.</summary>
    public IEnumerable<ApiOperation> Operations =>
        from path in Document["paths"]!.AsObject()
        from operation in path.Value!.AsObject()
        where Methods.Contains(operation.Key)
        select new ApiOperation(operation.Key.ToUpperInvariant(), path.Key, operation.Value!.AsObject());

    /// <summary>Reads it through the gateway, which answers 503 while a service is busy elsewhere.</summary>
    public static async Task<ApiDescription> Of(RunningSystem system)
    {
        using var http = new HttpClient { BaseAddress = system.Gateway };
        var (response, _) = await Check.Until(() => http.GetAsync("/openapi/v1.json"), answer => answer.IsSuccessStatusCode, "The description of the API");
        return new(JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject());
    }
}

/// <summary>One operation of the description.</summary>
public sealed record ApiOperation(string Method, string Path, JsonObject Description)
{
    /// <summary>Its route as the table knows it.</summary>
    public string Route => AccessRow.RouteOf(Method, Path);

    /// <summary>Names of its query parameters.</summary>
    public IEnumerable<string> Filters =>
        (Description["parameters"]?.AsArray() ?? []).Where(p => (string?)p!["in"] == "query").Select(p => (string)p!["name"]!);
}
