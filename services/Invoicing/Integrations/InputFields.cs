using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Invoicing;

/// <summary>Fields of a billing integration that a request need not know: what a client reads and sends back whole is accepted where that is harmless,
/// and refused by name where it would look like a change.</summary>
public static class InputFields
{
    // Facts of the object itself, as clients that copy it send them.
    private static readonly HashSet<string> Ignored = new(["id", "type", "apiVersion", "api_version", "scope", "createdAt", "created_at", "updatedAt", "updated_at", "url"], StringComparer.Ordinal);

    private static readonly Dictionary<string, string> ReadOnly = new(StringComparer.Ordinal)
    {
        ["name"] = "It is generated from the title.",
        ["livemode"] = "It is fixed when the integration is made.",
        ["accountId"] = "The account is the keys' own.",
        ["jobQueue"] = "The queue has routes of its own under /jobs.",
        ["jobQueueStatus"] = "The queue has routes of its own under /jobs.",
        ["job_queue_status"] = "The queue has routes of its own under /jobs.",
        ["webhook"] = "The endpoint has routes of its own under /webhook-endpoint.",
        ["webhookUrl"] = "The address is this installation's own.",
        ["stripe"] = "It tells what was seen.",
        ["tax"] = "Taxes are set by PATCH, once the keys that prove tax rates are stored.",
    };

    private static readonly Dictionary<string, string> Fixed = new(StringComparer.Ordinal)
    {
        ["organizationId"] = "An integration stays with its organization.",
        ["billingModel"] = "What was billed by one model cannot go on by another: create another integration.",
        ["lanes"] = "Jobs keep their order: create another integration.",
        ["publishableKey"] = "Send both keys to POST …/keys.",
        ["secretKey"] = "Send both keys to POST …/keys.",
    };

    /// <summary>The refusal of the first field that may not be sent; null when all of them may be ignored.</summary>
    /// <param name="further">What the request has besides its own fields.</param>
    /// <param name="exists">Whether the integration is there already, so that what was fixed at its creation is refused too.</param>
    public static ProblemHttpResult? Refuse(IReadOnlyDictionary<string, JsonElement>? further, bool exists) => further?.Keys
        .Where(field => !Ignored.Contains(field))
        .Select(field =>
            ReadOnly.TryGetValue(field, out var instead) ? Problems.ReadOnlyField(field, instead)
            : exists && Fixed.TryGetValue(field, out instead) ? Problems.ReadOnlyField(field, instead)
            : Problems.UnknownField(field))
        .FirstOrDefault();
}
