using Marketplace.Contracts.WebhookIngest;
using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>Applies what was fetched, inside the write that also answers the event.</summary>
/// <returns>Why the object does not concern us; null when it does, whether or not anything changed.</returns>
public delegate Task<string?> ApplyFetched(Transaction transaction, CancellationToken cancellation);

/// <summary>Mirrors one type of Stripe's objects. Events are hints only: every one leads to the object's present state, so that order, duplicates and the
/// event's own API version do not matter.</summary>
public interface IStripeMirror
{
    /// <summary>Stripe's name of the type, such as <c>invoice</c>.</summary>
    string ObjectType { get; }

    /// <summary>Asks Stripe for the object's present state, outside any transaction. An object that is not there any more is a state, not a failure.</summary>
    /// <returns>How that state is applied.</returns>
    Task<ApplyFetched> Fetch(StripeEventReceived heard, BillingIntegration integration, CancellationToken cancellation);

    /// <summary>Stripe could not be asked: where something else looks at such objects from time to time, it is to look at this one soon.</summary>
    Task LookSoon(Transaction transaction, StripeEventReceived heard, BillingIntegration integration, CancellationToken cancellation);
}

/// <summary>Registers mirrors.</summary>
public static class StripeMirrors
{
    /// <summary>Mirrors one more type of object.</summary>
    public static IServiceCollection AddStripeMirror<TMirror>(this IServiceCollection services)
        where TMirror : class, IStripeMirror =>
        services.AddSingleton<TMirror>().AddSingleton<IStripeMirror>(provider => provider.GetRequiredService<TMirror>());
}
