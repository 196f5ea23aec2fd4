using System.Net;

namespace Marketplace.Invoicing;

/// <summary>What a probe found out about one permission.</summary>
/// <param name="Permission">What was asked for.</param>
/// <param name="Has">Null where Stripe's answer tells neither.</param>
/// <param name="Said">Stripe's own words where it is not there.</param>
public sealed record ProbedPermission(StripePermission Permission, bool? Has, string? Said);

/// <summary>Finds out what a key may do. Nothing is made or changed: every request is one that Stripe cannot carry out.</summary>
public sealed class PermissionProbe(StripeConnections stripe)
{
    // A sandbox allows 25 requests a second, and what is asked here must leave some for the queue.
    private const int AtOnce = 6;

    /// <summary>Probes the permissions of the given billing models, each request once.</summary>
    /// <exception cref="JobFailedException">Stripe could not be asked, or refuses the key altogether.</exception>
    public async Task<IReadOnlyList<ProbedPermission>> Probe(StripeSession session, IEnumerable<StripePermission> permissions, CancellationToken cancellation)
    {
        using var gate = new SemaphoreSlim(AtOnce);
        return await Task.WhenAll(permissions.DistinctBy(p => p.Name).Select(async permission =>
        {
            await gate.WaitAsync(cancellation);
            try
            {
                return Judge(permission, await stripe.Ask(session, permission.Method, permission.Path, permission.Form, permission.Version, cancellation));
            }
            finally
            {
                gate.Release();
            }
        }));
    }

    /// <summary>What an answer to a probe proves: pure, so that one test pins the table.</summary>
    public static ProbedPermission Judge(StripePermission permission, StripeAnswer answer) => answer switch
    {
        { Status: HttpStatusCode.Forbidden } => new(permission, false, answer.Message),
        { Status: HttpStatusCode.BadRequest } or { Status: HttpStatusCode.NotFound, Code: "resource_missing" } => new(permission, true, null),
        { IsSuccess: true } => new(permission, true, null),
        _ => new(permission, null, $"Stripe answered {(int)answer.Status} {answer.Code}: {answer.Message}"),
    };
}
