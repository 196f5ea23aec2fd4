using System.Security.Cryptography;
using Marketplace.ServiceDefaults;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.AspNetCore.Http;

namespace Marketplace.Storage;

/// <summary>A column of a service that holds ciphertexts of <see cref="FieldCipher"/>. Whoever stores secrets registers it with
/// <see cref="ReencryptionDefaults.AddEncryptedColumn"/>, and a rotation of the encryption key takes care of them.</summary>
/// <param name="Table">The table.</param>
/// <param name="Key">Its primary key, a text column.</param>
/// <param name="Column">The column: text, or with <paramref name="Several"/> an array of texts.</param>
/// <param name="Context">The columns whose values, in this order, begin the context that the ciphertext is bound to.</param>
/// <param name="Field">The word that ends that context.</param>
/// <param name="Several">Whether the column is an array.</param>
public sealed record EncryptedColumn(string Table, string Key, string Column, string[] Context, string Field, bool Several = false)
{
    internal string Name => $"{Table}.{Column}";

    internal string Ciphertexts => Several ? Column : $"array_remove(array[{Column}], null)";
}

/// <summary>How far a service's secrets are under the current encryption key. Old keys may be removed from the settings when every service says so.</summary>
/// <param name="CurrentKey">Id of the key that new secrets are written under.</param>
/// <param name="OldKeys">Ids of the keys that may still read.</param>
/// <param name="OldKeysRemovable">Nothing of this service is under another key than the current one.</param>
public sealed record EncryptionReport(string? CurrentKey, IReadOnlyList<string> OldKeys, bool OldKeysRemovable, IReadOnlyList<EncryptedPlace> Places);

/// <summary>Where secrets lie.</summary>
/// <param name="Place">A column, <c>messages</c> (secrets in messages that are not sent or are parked), or <c>key ring</c>.</param>
/// <param name="Current">Under the current key.</param>
/// <param name="Waiting">Under an old key; they are being written again.</param>
/// <param name="Unreadable">Under a key that is not in the settings, or damaged.</param>
public sealed record EncryptedPlace(string Place, long Current, long Waiting, long Unreadable);

/// <summary>Writes secrets that an old encryption key encrypts again under the current one, in the background. What is left to do is read off the
/// ciphertexts, each of which names its key: whenever a process ends, the next one goes on from there, and any number of replicas may share the work,
/// because a value is only replaced if it is still the one that was read.</summary>
public sealed partial class Reencryption(IEnumerable<EncryptedColumn> columns, FieldCipher cipher, KeyRing ring, Database database, ILogger<Reencryption> logger)
{
    /// <summary>How many rows a batch has.</summary>
    public const int BatchSize = 50;

    private readonly EncryptedColumn[] columns = [.. columns];
    private readonly Dictionary<EncryptedColumn, string> reached = [];

    /// <summary>Does one batch; how many rows it looked at, 0 once a round over everything is over.</summary>
    public async Task<int> Run(CancellationToken cancellation)
    {
        if (cipher.OldKeys.Count == 0)
        {
            return 0;
        }

        if (ring.Renew() is var files and > 0)
        {
            Renewed(logger, files, "key ring");
        }

        foreach (var column in columns)
        {
            if (await Renew(column, cancellation) is var rows and > 0)
            {
                return rows;
            }
        }

        // A row that could not be written again is tried in the next round.
        reached.Clear();
        return 0;
    }

    /// <summary>How far everything is.</summary>
    public async Task<EncryptionReport> Report(CancellationToken cancellation)
    {
        var places = new List<EncryptedPlace>();
        foreach (var column in columns)
        {
            places.Add(Place(column.Name, await database.Query<Count>(
                $"select split_part(c, '.', 2) as key, count(*) as number from {column.Table}, unnest({column.Ciphertexts}) c group by 1", null, cancellation)));
        }

        places.Add(Place("messages", await database.Query<Count>(
            """
            select m[1] as key, count(*) as number
            from (select body from outbox union all select body from parked_messages where state = 'parked') b, regexp_matches(body::text, '"v1\.([0-9a-f]{8})\.', 'g') m group by 1
            """, null, cancellation)));
        places.Add(Place("key ring", [.. ring.Keys().GroupBy(key => key).Select(key => new Count(key.Key, key.LongCount()))]));
        return new(cipher.CurrentKey, cipher.OldKeys, places.TrueForAll(place => place is { Waiting: 0, Unreadable: 0 }), places);
    }

    private async Task<int> Renew(EncryptedColumn column, CancellationToken cancellation)
    {
        var rows = await database.Query<Row>(
            $"""
            select {column.Key} as id, array[{string.Join(", ", column.Context)}]::text[] as context, {column.Ciphertexts} as ciphertexts from {column.Table}
            where {column.Key} > @After and exists (select from unnest({column.Ciphertexts}) c where split_part(c, '.', 2) = any(@Old))
            order by {column.Key} limit @BatchSize
            """, new { After = reached.GetValueOrDefault(column, ""), Old = cipher.OldKeys.ToArray(), BatchSize }, cancellation);
        foreach (var row in rows)
        {
            await Renew(column, row, cancellation);
            reached[column] = row.Id;
        }

        if (rows.Count > 0)
        {
            Renewed(logger, rows.Count, column.Name);
        }

        return rows.Count;
    }

    private async Task Renew(EncryptedColumn column, Row row, CancellationToken cancellation)
    {
        try
        {
            string[] renewed = [.. row.Ciphertexts.Select(c => cipher.OldKeys.Contains(FieldCipher.KeyOf(c)) ? cipher.Renew(c, [.. row.Context, column.Field]) : c)];
            await database.Execute(
                $"update {column.Table} set {column.Column} = {(column.Several ? "@renewed" : "@renewed[1]")} where {column.Key} = @Id and {column.Ciphertexts} = @Ciphertexts",
                new { renewed, row.Id, row.Ciphertexts }, cancellation);
        }
        catch (CryptographicException exception)
        {
            Unreadable(logger, column.Name, row.Id, exception.Message);
        }
    }

    private EncryptedPlace Place(string name, IReadOnlyList<Count> counts)
    {
        var current = counts.Where(c => c.Key == cipher.CurrentKey).Sum(c => c.Number);
        var waiting = counts.Where(c => cipher.OldKeys.Contains(c.Key)).Sum(c => c.Number);
        return new(name, current, waiting, counts.Sum(c => c.Number) - current - waiting);
    }

    private sealed record Row
    {
        public required string Id { get; init; }

        public required string[] Context { get; init; }

        public required string[] Ciphertexts { get; init; }
    }

    private sealed record Count(string Key, long Number);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Rows} of {Place} are under the current encryption key now.")]
    private static partial void Renewed(ILogger logger, int rows, string place);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Column} of {Row} cannot be read and stays under its old key: {Reason}")]
    private static partial void Unreadable(ILogger logger, string column, string row, string reason);
}

/// <summary>Registers what is to be encrypted again, and the operators' view of it.</summary>
public static class ReencryptionDefaults
{
    /// <summary>The name of the timer.</summary>
    public const string Timer = "re-encrypt-secrets";

    /// <summary>Names a column of ciphertexts.</summary>
    public static IServiceCollection AddEncryptedColumn(this IServiceCollection services, EncryptedColumn column) => services.AddSingleton(column);

    internal static IServiceCollection AddReencryption(this IServiceCollection services) => services
        .AddSingleton<Reencryption>()
        .AddScheduled(new Scheduled(Timer, TimeSpan.FromMinutes(1), (provider, _, cancellation) => provider.GetRequiredService<Reencryption>().Run(cancellation)));

    internal static void MapReencryption(this IEndpointRouteBuilder app, string area) =>
        app.MapGet($"/v1/operations/{area}/encryption", (Reencryption reencryption, CancellationToken cancellation) => reencryption.Report(cancellation))
            .WithTags("Operations").WithName(Operations.Name("Get", area, "Encryption")).RequireAuthorization(Policies.Operator).Produces(StatusCodes.Status401Unauthorized).Produces(StatusCodes.Status403Forbidden);
}
