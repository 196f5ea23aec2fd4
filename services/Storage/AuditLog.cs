using System.Diagnostics;
using System.Text.Json;
using Marketplace.Contracts.Storage;
using Marketplace.ServiceDefaults;

namespace Marketplace.Storage;

/// <summary>Tells the audit log of changes. The entry is an event of the change's own transaction: there is never the one without the other.</summary>
public static class AuditLog
{
    /// <summary>Records a change that commits with this transaction.</summary>
    /// <param name="caller">Who did it; null for the system itself.</param>
    /// <param name="action">The object's kind and what was done, such as <c>plan.activated</c>.</param>
    /// <param name="organizationId">Whose object it is; null for the installation's own.</param>
    /// <param name="before">What changed as it was; null for something new. Never a secret, whole or masked.</param>
    /// <param name="after">What changed as it is now; null for something gone. Never a secret, whole or masked.</param>
    public static Task Record(
        this Transaction transaction, Caller? caller, string action, string? organizationId, string objectId, object? before, object? after, CancellationToken cancellation) =>
        transaction.Announce(
            new ChangeRecorded(
                Ids.New("chg", transaction.Clock), transaction.Clock.GetUtcNow(), caller?.UserId, action, organizationId, objectId, Json(before), Json(after),
                Activity.Current?.TraceId.ToString()),
            cancellation);

    private static string? Json(object? state) => state is null ? null : JsonSerializer.Serialize(state, Transaction.Json);
}
