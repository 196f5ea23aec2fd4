using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Marketplace.Benchmarks;

/// <summary>The least that a durable webhook costs when each request stands alone: a bare Kestrel endpoint that checks the signature, reads the event's id,
/// and inserts one row in a commit of its own before it answers.</summary>
public static class WebhookPeer
{
    public static async Task Serve(string address, string connection, string secret)
    {
        await using var source = NpgsqlDataSource.Create(connection);
        await using (var table = source.CreateCommand("create table if not exists events (id text primary key, body bytea not null, received_at timestamptz not null default now())"))
        {
            await table.ExecuteNonQueryAsync();
        }

        var key = Encoding.UTF8.GetBytes(secret);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(address);
        await using var app = builder.Build();
        app.MapGet("/ready", () => "ready");
        app.MapPost("/webhooks", async (HttpRequest request) =>
        {
            using var kept = new MemoryStream();
            await request.Body.CopyToAsync(kept);
            var body = kept.ToArray();
            var parts = request.Headers["Stripe-Signature"].ToString().Split(',', '=');
            byte[] signed = [.. Encoding.ASCII.GetBytes(parts[1]), (byte)'.', .. body];
            if (!CryptographicOperations.FixedTimeEquals(HMACSHA256.HashData(key, signed), Convert.FromHexString(parts[3])))
            {
                return Results.BadRequest();
            }

            using var document = JsonDocument.Parse(body);
            await using var insert = source.CreateCommand("insert into events (id, body) values ($1, $2) on conflict do nothing");
            insert.Parameters.AddWithValue(document.RootElement.GetProperty("id").GetString()!);
            insert.Parameters.AddWithValue(body);
            await insert.ExecuteNonQueryAsync();
            return Results.Ok();
        });
        await app.RunAsync();
    }
}
