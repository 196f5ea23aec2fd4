using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>What somebody changed at Stripe of a customer of ours: a discount, which nobody rated. All of it under the customer's row lock.</summary>
public sealed class CustomerChanges(StripeChanges changes, JobQueue queue, TimeProvider clock)
{
    /// <summary>What it is filed under.</summary>
    public const string ObjectType = "customer";

    /// <summary>The word for a discount.</summary>
    public const string Discounted = "discounted";

    /// <summary>What becomes of it.</summary>
    public const string Advice = "A job takes the discount off, and no invoice bears it. What a customer pays is set in the marketplace, by its plan, not at Stripe.";

    /// <summary>Whether a customer has a discount that lasts.</summary>
    public bool IsDiscounted(Stripe.Customer customer) => customer.Discount is { } discount && (discount.End is null || discount.End > clock.GetUtcNow().UtcDateTime);

    /// <summary>Applies what was found at Stripe.</summary>
    public async Task Found(Transaction transaction, StripeKeys keys, string customerId, Stripe.Customer? customer, CancellationToken cancellation)
    {
        if (customer is not null && IsDiscounted(customer))
        {
            await Note(transaction, keys, customerId, cancellation);
            return;
        }

        await Over(transaction, keys, customerId, cancellation);
    }

    /// <summary>Notes a discount, with the job that takes it off.</summary>
    public async Task Note(Transaction transaction, StripeKeys keys, string customerId, CancellationToken cancellation)
    {
        await changes.Note(transaction, keys, ObjectType, customerId, [Discounted], Advice, cancellation);
        await PutBack(transaction, keys, customerId, cancellation);
    }

    /// <summary>There is none any more.</summary>
    public Task Over(Transaction transaction, StripeKeys keys, string customerId, CancellationToken cancellation) =>
        changes.Repaired(transaction, keys.IntegrationId, ObjectType, customerId, cancellation);

    /// <summary>Adds the job where there is something to put back.</summary>
    public async Task PutBack(Transaction transaction, StripeKeys keys, string customerId, CancellationToken cancellation)
    {
        if (await transaction.QueryOne<string>(
            """
            select organization_id from customers where id = @customerId and deleted_at is null
                and exists (select from stripe_changes where integration_id = @IntegrationId and object_type = @ObjectType and our_id = @customerId and state = 'open')
            """, new { customerId, keys.IntegrationId, ObjectType }, cancellation) is { } organization)
        {
            await queue.Enqueue(transaction, keys.IntegrationId, organization, TakeOffDiscount.JobKind, customerId, cancellation);
        }
    }
}
