using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Marketplace.Benchmarks;

/// <summary>What a durable answer costs at least: a bare Kestrel endpoint that appends one line and flushes it to disk before it answers.</summary>
public static class Peer
{
    public static async Task Serve(string address, string path)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(address);
        await using var app = builder.Build();
        await using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        var gate = new Lock();
        app.MapGet("/ready", () => "ready");
        app.MapPost("/append", async (HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            body.WriteByte((byte)'\n');
            lock (gate)
            {
                file.Write(body.GetBuffer(), 0, (int)body.Length);
                file.Flush(flushToDisk: true);
            }

            return Results.Ok();
        });
        await app.RunAsync();
    }
}
