using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Storage;
using Microsoft.AspNetCore.Mvc;

namespace Marketplace.Catalog.Routes;

/// <summary>Tells gateways where runtime calls go.</summary>
public static class ReadRoutes
{
    /// <summary>Routes that changed after a position, oldest change first. For other processes of the installation.</summary>
    public static async Task<RoutePage> Handle(
        Database database, CancellationToken cancellation,
        [FromQuery] long after = 0, [FromQuery, Range(1, 1000)] int limit = 500)
    {
        var rows = await database.Query<Row>(
            """
            select product_id, product_name, api_id, api_name, upstream_url, resources::text as resources, position from routes
            where position > @after order by position limit @take
            """, new { after, take = limit + 1 }, cancellation);
        var shown = rows.Take(limit).ToList();
        return new(shown is [] ? after : shown[^1].Position, rows.Count > limit, [.. shown.Select(row => row.Route)]);
    }

    private sealed record Row(string ProductId, string ProductName, string ApiId, string ApiName, string UpstreamUrl, string Resources, long Position)
    {
        public RuntimeRoute Route => new(
            ProductId, ProductName, ApiId, ApiName, UpstreamUrl, JsonSerializer.Deserialize<List<PublishedResource>>(Resources, JsonSerializerOptions.Web)!);
    }
}
