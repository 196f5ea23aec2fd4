namespace Marketplace.Contracts.Storage;

/// <summary>Somebody changed something: one entry of the audit log. Any service tells it, in the transaction of the change itself. Kept once per <paramref name="ChangeId"/>.</summary>
/// <param name="ChangeId"><c>chg_…</c></param>
/// <param name="Actor">The user (<c>usr_…</c>); null for what the system did by itself.</param>
/// <param name="Action">What was done to what, such as <c>plan.activated</c>.</param>
/// <param name="OrganizationId">Whose object it is; null for the installation's own.</param>
/// <param name="ObjectId">The object that was changed.</param>
/// <param name="Before">What changed as it was, JSON without secrets; null for something new.</param>
/// <param name="After">What changed as it is now, JSON without secrets; null for something gone.</param>
/// <param name="TraceId">The trace of the request or message that did it.</param>
public sealed record ChangeRecorded(
    string ChangeId, DateTimeOffset At, string? Actor, string Action, string? OrganizationId, string ObjectId,
    string? Before, string? After, string? TraceId);
