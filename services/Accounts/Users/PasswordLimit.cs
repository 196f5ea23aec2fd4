using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;

namespace Marketplace.Accounts.Users;

/// <summary>Keeps anonymous callers from taking every core with password hashes: the token exchange, on which everything else waits, needs them too.</summary>
public static class PasswordLimit
{
    /// <summary>The policy's name.</summary>
    public const string Policy = "passwords";

    /// <summary>Registers the limit: half the cores hash, a hundred callers wait, the rest come again.</summary>
    public static void AddPasswordLimit(this IServiceCollection services) => services.AddRateLimiter(limits =>
    {
        limits.RejectionStatusCode = StatusCodes.Status503ServiceUnavailable;
        limits.OnRejected = (context, _) =>
        {
            context.HttpContext.Response.Headers.RetryAfter = "2";
            return ValueTask.CompletedTask;
        };
        limits.AddConcurrencyLimiter(Policy, limit =>
        {
            limit.PermitLimit = Math.Max(1, Environment.ProcessorCount / 2);
            limit.QueueLimit = 100;
            limit.QueueProcessingOrder = QueueProcessingOrder.OldestFirst;
        });
    });
}
