using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Invoicing;

/// <summary>Answers a person who waited for Stripe in vain.</summary>
public static partial class StripeRefusal
{
    /// <summary>The refusal for a failed call. A missing permission concerns this request alone; only a key that Stripe does not know any more stops the queue.</summary>
    public static async Task<ProblemHttpResult> Of(StripeFailure failure, StripeKeys keys, JobQueue queue, CancellationToken cancellation)
    {
        if (failure.Code == StripeFailure.KeyRevoked.Code)
        {
            await queue.Pause(keys, failure, cancellation);
            return Problems.BillingUnavailable();
        }

        return failure.Kind switch
        {
            StripeFailureKind.AccountWide => Missing(failure.Detail),
            StripeFailureKind.Refused => Problems.StripeRefused(failure.Detail),
            _ => Problems.StripeAway(),
        };
    }

    /// <summary>Whether a call failed for want of a permission.</summary>
    public static bool IsPermission(StripeFailure failure) => failure is { Kind: StripeFailureKind.AccountWide, Code: "permission_missing" };

    /// <summary>What ends the one object that a job is about and not its lane: Stripe refused it, or the key may not make such ones, which invoices do not need.</summary>
    public static StripeFailure? OfObject(Exception exception, CancellationToken cancellation) =>
        StripeFailure.Of(exception, cancellation) is { } failure && (failure.Kind == StripeFailureKind.Refused || IsPermission(failure)) ? failure : null;

    /// <summary>The permission that Stripe's words name.</summary>
    public static string? Named(string detail) => Permission().Match(detail) is { Success: true } named ? named.Groups["name"].Value : null;

    private static ProblemHttpResult Missing(string detail)
    {
        var name = Named(detail) ?? "a permission";
        var known = StripePermissions.Of.Values.SelectMany(permissions => permissions).FirstOrDefault(permission => permission.Name == name);
        return Problems.PermissionMissing(name, known?.DashboardName ?? name);
    }

    [GeneratedRegex("rak_(?<name>[a-z_]+)", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Permission();
}
