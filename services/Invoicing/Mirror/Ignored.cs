using System.Net;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>What does not concern us, or cannot be read.</summary>
internal static class Ignored
{
    /// <summary>Applies nothing, with the reason.</summary>
    public static ApplyFetched Because(string reason) => (_, _) => Task.FromResult<string?>(reason);

    /// <summary>Why an object cannot be read although Stripe is there: it is gone, or the restricted key may not. No reason to stop the queue, which needs less.</summary>
    public static string? Reason(StripeException exception, string what, string permission) => exception.HttpStatusCode switch
    {
        HttpStatusCode.NotFound => $"The {what} is not at Stripe any more.",
        HttpStatusCode.Forbidden => $"The restricted key may not read it. Grant it {permission} in the Stripe dashboard.",
        _ => null,
    };
}
