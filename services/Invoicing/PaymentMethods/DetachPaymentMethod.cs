using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Job: detach a payment method at Stripe, for good. Where the key may not, the method stays stored and says so; the lane goes on.</summary>
public sealed class DetachPaymentMethod(StripeConnections stripe, JobQueue queue, Database database, TimeProvider clock) : IStripeJobKind
{
    /// <summary>Its name in the queue.</summary>
    public const string JobKind = "detach_payment_method";

    /// <inheritdoc/>
    public string Kind => JobKind;

    /// <inheritdoc/>
    public async Task Carry(StripeJob job, StripeKeys keys, CancellationToken cancellation)
    {
        var token = await StripeObjects.Find(database, keys, job.SubjectId, cancellation);
        var problem = token is null ? null : await Detach(keys, token, cancellation);
        await using var transaction = await database.Begin(cancellation);
        var (customer, method) = await ChangePaymentMethod.Lock(transaction, job.SubjectId, cancellation);
        if (method is { Status: PaymentMethod.Removing })
        {
            var now = clock.GetUtcNow();
            var next = problem is null
                ? method.Gone(now)
                : method with { Status = PaymentMethod.Stored, Problem = problem, Version = method.Version + 1 };
            await next.Save(transaction, cancellation);
            if (problem is not null && customer!.DefaultMethodId is null)
            {
                await customer.SetDefault(transaction, queue, method.Id, unsent: true, null, cancellation);
            }

            await transaction.Record(
                null, problem is null ? "payment_method.removed" : "payment_method.not_removed", method.OrganizationId, method.Id, method.Facts(), next.Facts(), cancellation);
        }

        await queue.Finish(transaction, job, cancellation);
        await transaction.Commit(cancellation);
    }

    // What it asks for is true or not, so a repetition needs no key: a method without a customer is detached, whoever did it.
    private async Task<string?> Detach(StripeKeys keys, string token, CancellationToken cancellation)
    {
        var client = stripe.Open(keys);
        try
        {
            await client.V1.PaymentMethods.DetachAsync(token, cancellationToken: cancellation);
            return null;
        }
        catch (StripeException exception) when (StripeFailure.Of(exception, cancellation) is { } failure && (failure.Kind == StripeFailureKind.Refused || StripeRefusal.IsPermission(failure)))
        {
            return await IsAttached(client, token, cancellation) ? $"{failure.Code}: {failure.Detail}" : null;
        }
    }

    private static async Task<bool> IsAttached(StripeClient client, string token, CancellationToken cancellation)
    {
        try
        {
            return (await client.V1.PaymentMethods.GetAsync(token, cancellationToken: cancellation)).CustomerId is not null;
        }
        catch (StripeException exception) when (StripeFailure.Of(exception, cancellation) is { Kind: not StripeFailureKind.Transient } failure)
        {
            return StripeRefusal.IsPermission(failure);
        }
    }
}
