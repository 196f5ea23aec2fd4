using System.Collections.Concurrent;
using System.Text;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.WebhookIngest.Ingest;

/// <summary>A billing integration as it was when it was read: what its deliveries are signed with and belong to.</summary>
/// <param name="Secrets">The signing secrets, newest first, as keys.</param>
/// <param name="Version">The version of these facts; an event is stored only if they are still in force.</param>
/// <param name="OldSecretsUntil">Until when secrets after the first are accepted; null for no end.</param>
public sealed record KnownEndpoint(Endpoint Endpoint, IReadOnlyList<byte[]> Secrets, long Version, DateTimeOffset? OldSecretsUntil)
{
    /// <summary>The secrets that a delivery may be signed with now. An old one ends by this very check, whatever else is late or away.</summary>
    public IReadOnlyList<byte[]> InForce(DateTimeOffset now) => OldSecretsUntil <= now && Secrets.Count > 1 ? [Secrets[0]] : Secrets;
}

/// <summary>Keeps integrations in memory, so that a delivery costs no read and no decryption. What is remembered may be out of date and decides nothing
/// alone: a signature that fits none of the remembered secrets is checked against fresh ones, and the insert itself asks for the remembered version.</summary>
public sealed class KnownEndpoints(Database database, FieldCipher cipher)
{
    private const int Most = 10_000;
    private readonly ConcurrentDictionary<string, KnownEndpoint> known = new(StringComparer.Ordinal);

    /// <summary>The integration, read again if <paramref name="fresh"/>; null when there is none, or not any more.</summary>
    public async Task<KnownEndpoint?> Find(string integration, bool fresh, CancellationToken cancellation)
    {
        if (!fresh && known.TryGetValue(integration, out var remembered))
        {
            return remembered;
        }

        var row = await database.QueryOne<Row>(
            "select integration_id, organization_id, account_id, livemode, secrets, old_secrets_until, version from webhook_endpoints where integration_id = @integration and not deleted",
            new { integration }, cancellation);
        if (row is null)
        {
            known.TryRemove(integration, out _);
            return null;
        }

        if (known.Count >= Most)
        {
            known.Clear();
        }

        return known[integration] = new KnownEndpoint(
            new Endpoint(row.IntegrationId, row.OrganizationId, row.AccountId, row.Livemode),
            [.. row.Secrets.Select(secret => Encoding.UTF8.GetBytes(cipher.Decrypt(secret, row.OrganizationId, row.IntegrationId, "webhook-secret")))],
            row.Version, row.OldSecretsUntil);
    }

    private sealed record Row
    {
        public required string IntegrationId { get; init; }

        public required string OrganizationId { get; init; }

        public required string AccountId { get; init; }

        public required bool Livemode { get; init; }

        public required string[] Secrets { get; init; }

        public DateTimeOffset? OldSecretsUntil { get; init; }

        public required long Version { get; init; }
    }
}
