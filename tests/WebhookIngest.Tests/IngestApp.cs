using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Marketplace.Contracts.Invoicing;
using Marketplace.Contracts.WebhookIngest;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;
using Marketplace.WebhookIngest.Announce;
using Marketplace.WebhookIngest.Ingest;
using Marketplace.WebhookIngest.Integrations;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Marketplace.WebhookIngest.Tests;

/// <summary>WebhookIngest on its own database, with integrations as Invoicing announces them and deliveries as Stripe makes them.</summary>
public class IngestApp : ServiceApp<Program>
{
    private static int events;

    public HttpClient Stripe => field ??= Anonymous();

    /// <summary>An integration that Invoicing announced.</summary>
    public async Task<Integration> Integration(bool livemode = false, string account = "acct_ours", params string[] secrets)
    {
        var integration = new Integration(TestCaller.NewId("bil"), TestCaller.NewId("org"), account, livemode, secrets.Length > 0 ? secrets : ["whsec_" + Guid.NewGuid().ToString("n")]);
        await Announce(integration, 1);
        return integration;
    }

    public Task Announce(Integration integration, long version, bool deleted = false)
    {
        var cipher = Services.GetRequiredService<FieldCipher>();
        return Make<KeepIntegration>().Handle(
            new BillingIntegrationChanged(
                integration.Id, integration.Organization, "Stripe", integration.Account, integration.Livemode, "invoices",
                [.. integration.Secrets.Select(s => cipher.Encrypt(s, integration.Organization, integration.Id, "webhook-secret"))], true, deleted, version),
            CancellationToken.None);
    }

    /// <summary>Has the broker take all that is announced, as the service sees it: no outbox row has its announcement's id any more. The messages are still read here.</summary>
    public Task Sent() => Database.Execute("update outbox set id = gen_random_uuid()");

    /// <summary>What the service announced of events, told together or alone, oldest first.</summary>
    public async Task<List<StripeEventReceived>> AnnouncedEvents(Func<StripeEventReceived, bool> fits)
    {
        var bodies = await Database.Column<string>("select coalesce(body->'events', jsonb_build_array(body))::text from outbox where message_type like '%.StripeEvent%Received,%' order by position");
        return [.. bodies.SelectMany(body => JsonSerializer.Deserialize<StripeEventReceived[]>(body, JsonSerializerOptions.Web)!).Select(told => told with { TraceParent = null }).Where(fits)];
    }

    public Task Answer(Integration integration, string eventId, string outcome, string? reason = null, int? replay = 0) =>
        Make<CloseEvent>().Handle(new StripeEventHandled(integration.Id, eventId, outcome, reason, replay), CancellationToken.None);

    public static string NewEventId() => $"evt_{Interlocked.Increment(ref events):d6}{Guid.NewGuid():n}"[..28];

    /// <summary>An event's body as Stripe writes it.</summary>
    public static string Event(
        string id, string type = "invoice.paid", string objectType = "invoice", string objectId = "in_1", bool livemode = false, string? apiVersion = "2026-07-29.dahlia", string? account = null) =>
        $$$"""
        {"id":"{{{id}}}","object":"event","account":{{{Json(account)}}},"api_version":{{{Json(apiVersion)}}},"created":1768467600,
         "data":{"object":{"id":"{{{objectId}}}","object":"{{{objectType}}}","total":2500}},"livemode":{{{(livemode ? "true" : "false")}}},"pending_webhooks":1,"type":"{{{type}}}"}
        """;

    private static string Json(string? text) => text is null ? "null" : $"\"{text}\"";

    public string Sign(string body, params string[] secrets) => Sign(Encoding.UTF8.GetBytes(body), Clock.GetUtcNow(), secrets);

    public static string Sign(byte[] body, DateTimeOffset at, params string[] secrets)
    {
        var time = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        byte[] signed = [.. Encoding.UTF8.GetBytes(time), (byte)'.', .. body];
        return $"t={time}" + string.Concat(secrets.Select(s => ",v1=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(s), signed))));
    }

    /// <summary>Delivers a body, correctly signed unless another header is given.</summary>
    public Task<HttpResponseMessage> Deliver(Integration integration, string body, string? signature = null, HttpClient? client = null) =>
        Deliver(integration.Id, Encoding.UTF8.GetBytes(body), signature ?? Sign(body, integration.Secrets[0]), client);

    /// <summary>A delivery whose body does not come to its end.</summary>
    public static HttpRequestMessage Dripping(Integration integration)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"/webhooks/stripe/{integration.Id}") { Content = new StreamContent(new EndlessStream(fast: false)) };
        request.Headers.TryAddWithoutValidation("Stripe-Signature", "t=1,v1=1");
        return request;
    }

    public async Task<HttpResponseMessage> Deliver(string integrationId, byte[] body, string? signature, HttpClient? client = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/webhooks/stripe/{integrationId}") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json") { CharSet = "utf-8" };
        request.Headers.TryAddWithoutValidation("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)");
        if (signature is not null)
        {
            request.Headers.TryAddWithoutValidation("Stripe-Signature", signature);
        }

        return await (client ?? Stripe).SendAsync(request);
    }

    /// <summary>How many deliveries wait for the next group.</summary>
    public int Waiting => Services.GetRequiredService<GroupCommit>().Gathered;

    /// <summary>Lets nobody insert an event until disposed.</summary>
    public async Task<IAsyncDisposable> HoldInserts()
    {
        var connection = await Database.Source.OpenConnectionAsync();
        await using var hold = new NpgsqlCommand("begin; lock table webhook_events in share mode", connection);
        await hold.ExecuteNonQueryAsync();
        return new Held(connection);
    }

    public Task<long> Stored(Integration integration) => Database.Scalar<long>("select count(*) from webhook_events where integration_id = $1", integration.Id);

    public async Task<(string? State, string? Reason)> StateOf(string eventId) =>
        (await Database.Scalar<string>("select state from webhook_events where event_id = $1", eventId), await Database.Scalar<string>("select reason from webhook_events where event_id = $1", eventId));
}

internal sealed class Held(NpgsqlConnection connection) : IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        await using (var release = new NpgsqlCommand("commit", connection))
        {
            await release.ExecuteNonQueryAsync();
        }

        await connection.DisposeAsync();
    }
}

public sealed record Integration(string Id, string Organization, string Account, bool Livemode, string[] Secrets);
