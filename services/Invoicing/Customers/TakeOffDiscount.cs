using System.Net;
using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Job: take the discount off that somebody gave one of our customers at Stripe, where it would come off each invoice that a subscription begins or renews with. Drafts do not wait for it: whatever
/// invoice of ours or renewal of Stripe's still bears one is given none (<see cref="StripeTaxes.WithoutDiscounts"/>).</summary>
public sealed class TakeOffDiscount(StripeConnections stripe, MirrorPaymentMethods customers, CustomerChanges changes, JobQueue queue, Database database) : IStripeJobKind
{
    /// <summary>Its name in the queue.</summary>
    public const string JobKind = "take_off_discount";

    /// <inheritdoc/>
    public string Kind => JobKind;

    /// <summary>Takes it off unless that is done, and looks what there is now. Another one that was given meanwhile has this job once more.</summary>
    public async Task Carry(StripeJob job, StripeKeys keys, CancellationToken cancellation)
    {
        ApplyFetched? look = null;
        if (await StripeObjects.Find(database, keys, job.SubjectId, cancellation) is { } customer)
        {
            await TakeOff(stripe.Open(keys), customer, cancellation);
            look = await customers.Ask(keys, customer, null, cancellation);
        }

        await using var transaction = await database.Begin(cancellation);
        await PayingCustomer.Lock(transaction, job.SubjectId, cancellation);
        if (look is null || await look(transaction, cancellation) is not null)
        {
            await changes.Over(transaction, keys, job.SubjectId, cancellation);
        }

        await queue.Finish(transaction, job, cancellation);
        await changes.PutBack(transaction, keys, job.SubjectId, cancellation);
        await transaction.Commit(cancellation);
        queue.Wake();
    }

    /// <summary>The same for whatever begins now and would bear it at once: it is noted, and taken off before.</summary>
    public async Task Before(StripeKeys keys, string customerId, string stripeCustomer, CancellationToken cancellation)
    {
        var client = stripe.Open(keys);
        if ((await client.V1.Customers.GetAsync(stripeCustomer, cancellationToken: cancellation)).Discount is null)
        {
            return;
        }

        await using (var transaction = await database.Begin(cancellation))
        {
            await PayingCustomer.Lock(transaction, customerId, cancellation);
            await changes.Note(transaction, keys, customerId, cancellation);
            await transaction.Commit(cancellation);
        }

        await TakeOff(client, stripeCustomer, cancellation);
    }

    private static async Task TakeOff(StripeClient client, string customer, CancellationToken cancellation)
    {
        try
        {
            await client.V1.Customers.DeleteDiscountAsync(customer, cancellationToken: cancellation);
        }
        catch (StripeException exception) when (exception.HttpStatusCode == HttpStatusCode.NotFound)
        {
            // There is none any more, or no such customer.
            return;
        }
    }
}
