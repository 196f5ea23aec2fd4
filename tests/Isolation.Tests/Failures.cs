using System.Text.Json;
using Marketplace.Contracts.Invoicing;
using Marketplace.Contracts.Storage;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Contracts.WebhookIngest;
using Marketplace.Testing;
using Npgsql;

namespace Marketplace.Isolation.Tests;

/// <summary>What failed for good, as operators find it. It is written to the services' own databases: nothing that is sent through the API fails for good.</summary>
public sealed class Failures(RunningSystem system)
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);

    /// <summary>One of what the name says; null when it is none of these.</summary>
    /// <param name="ours">The provider's things.</param>
    public Task<string?> Make(string thing, IReadOnlyDictionary<string, string> ours) => thing switch
    {
        "failed mail" => Mail(),
        "parked event" => Event(ours["integration"], ours["provider"]),
        "accounts message" => Message("accounts", "accounts-keep-change", new ChangeRecorded($"chg_{Guid.NewGuid():n}", DateTimeOffset.UtcNow, null, "note.made", null, "obj_none", null, null, null)),
        "catalog message" => Message("catalog", "catalog-keep-subscription-count", new SubscriptionCounted("pln_none", 0, 1)),
        "subscriptions message" => Message("subscriptions", "subscriptions-cancel-on-customer-deleted", new CustomerDeleted("cus_none", "bil_none", "org_none", DateTimeOffset.UtcNow)),
        "invoicing message" => Message("invoicing", "invoicing-count-missed-events", new StripeEventsTaken("bil_none", "rec_none", Guid.NewGuid().ToString("n"), 0)),
        "webhooks message" => Message("webhooks", "webhooks-close-event", new StripeEventHandled("bil_none", "evt_none", "handled", null)),
        _ => Task.FromResult<string?>(null),
    };

    private Task<string?> Mail() => Write(
        "accounts",
        """
        insert into mails (id, kind, recipient, subject, state, attempts, next_attempt_at, created_at)
        values ('mail_' || $1, 'deletion_code', 'nobody@example.com', 'Failed', 'failed', 8, now(), now()) returning id
        """);

    // Its body is no event, so that nothing can announce it.
    private Task<string?> Event(string integration, string provider) => Write(
        "webhooks",
        """
        insert into webhook_events (id, integration_id, organization_id, event_id, headers, body, state, reason, received_at, last_delivered_at)
        values ('whe_' || $1, $2, $3, 'evt_' || $1, '{}', '', 'parked', 'unreadable', now(), now()) returning id
        """, integration, provider);

    // To a queue that there is: a replay brings it there, and it says nothing to anybody.
    private Task<string?> Message<T>(string service, string queue, T message) => Write(
        service,
        """
        insert into parked_messages (id, queue, message_id, message_type, body, reason)
        values ('prk_' || $1, $2, gen_random_uuid(), $3, $4::jsonb, 'None') returning id
        """, queue, $"{typeof(T).FullName}, {typeof(T).Assembly.GetName().Name}", JsonSerializer.Serialize(message, Web));

    private async Task<string?> Write(string database, string sql, params string[] values)
    {
        await using var connection = new NpgsqlConnection(system.Database(database));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.Add(new() { Value = Guid.CreateVersion7().ToString("n") });
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        return (string?)await command.ExecuteScalarAsync();
    }
}
