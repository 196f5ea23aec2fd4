using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>What a checkout is opened for.</summary>
/// <param name="Purpose">One of <see cref="CheckoutPurpose"/>.</param>
/// <param name="Options">Mode, addresses and what the mode needs; customer and metadata are added.</param>
/// <param name="Title">What the payment method is to be called.</param>
/// <param name="SubscriptionId">The subscription that it begins.</param>
/// <param name="Prepare">What is done before it is opened, to the customer at Stripe and to the options, which name it and the checkout by then; null for nothing.</param>
/// <param name="Give">Carries out the call that opens it, and judges what Stripe refuses of what it is given; null for nothing beside what every call may be refused for.</param>
/// <param name="Confirm">Whether what it was opened with still holds, asked in the write that keeps it; null for always.</param>
public sealed record WantedCheckout(
    string Purpose, Stripe.Checkout.SessionCreateOptions Options, string? Title = null, string? SubscriptionId = null, Func<Stripe.Checkout.SessionCreateOptions, Task>? Prepare = null,
    Func<Func<Task<Stripe.Checkout.Session>>, Task<Stripe.Checkout.Session>>? Give = null, Func<Transaction, Task<bool>>? Confirm = null);

/// <summary>Opens a page at Stripe while the person waits. Nothing of it is written before Stripe has answered: a page whose address nobody was given can't be
/// used, so a lost answer leaves nothing but a session that expires.</summary>
public sealed class OpenCheckout(StripeConnections stripe, CreateCustomer customers, JobQueue queue, Database database, TimeProvider clock)
{
    /// <summary>The open session, or the refusal.</summary>
    public async Task<(CheckoutSession? Session, ProblemHttpResult? Refusal)> Open(Payer payer, WantedCheckout wanted, Caller caller, CancellationToken cancellation)
    {
        var id = Ids.New("chk", clock);
        var keys = payer.Integration.Keys;
        Stripe.Checkout.Session made;
        try
        {
            wanted.Options.Customer = await customers.Ensure(keys, payer.CustomerId, cancellation);
            wanted.Options.ClientReferenceId = id;
            wanted.Options.Metadata = StripeMetadata.Of(keys.IntegrationId, payer.OrganizationId, id);
            await (wanted.Prepare?.Invoke(wanted.Options) ?? Task.CompletedTask);
            made = await (wanted.Give?.Invoke(Create) ?? Create());
        }
        catch (Exception exception) when (StripeFailure.Of(exception, cancellation) is { } failure)
        {
            return (null, failure.Code switch
            {
                // Only what begins a subscription asks where the customer is, and is given tax rates.
                StripeFailure.AddressUnclear => Problems.AddressUnclear(payer.OrganizationId),
                StripeFailure.TaxRateArchived => Problems.TaxRateArchived(),
                StripeFailure.TaxRateUnknown => Problems.TaxRateUnknown(),
                _ => await StripeRefusal.Of(failure, keys, queue, cancellation),
            });
        }

        var session = new CheckoutSession
        {
            Id = id,
            Purpose = wanted.Purpose,
            IntegrationId = keys.IntegrationId,
            OrganizationId = payer.OrganizationId,
            CustomerId = payer.CustomerId,
            SubscriptionId = wanted.SubscriptionId,
            Title = wanted.Title,
            Url = made.Url,
            ExpiresAt = StripeTimes.Utc(made.ExpiresAt),
            OpenedBy = caller.UserId,
            CreatedAt = clock.GetUtcNow(),
        };
        await using var transaction = await database.Begin(cancellation);
        await session.Insert(transaction, cancellation);
        if (wanted.Confirm is { } confirm && !await confirm(transaction))
        {
            // It is never given to anybody and expires.
            return (null, Problems.CheckoutNotReady());
        }

        await StripeObjects.Record(transaction, keys, "checkout.session", id, made.Id, session.CreatedAt, cancellation);
        await transaction.Record(
            caller, "checkout_session.opened", session.OrganizationId, id, null, new { session.Purpose, session.IntegrationId, session.SubscriptionId, session.Title, session.ExpiresAt }, cancellation);
        await transaction.Commit(cancellation);
        return (session, null);

        Task<Stripe.Checkout.Session> Create() =>
            stripe.Open(keys).V1.Checkout.Sessions.CreateAsync(wanted.Options, new RequestOptions { IdempotencyKey = $"{id}/checkout" }, cancellation);
    }
}
