using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Job: tell Stripe which payment method a customer's invoices are charged to. Its subject is the customer, so that the last choice is what is told,
/// however often it was changed.</summary>
public sealed class SetDefaultMethod(StripeConnections stripe, JobQueue queue, Database database) : IStripeJobKind
{
    /// <summary>Its name in the queue.</summary>
    public const string JobKind = "set_default_method";

    /// <inheritdoc/>
    public string Kind => JobKind;

    /// <inheritdoc/>
    public async Task Carry(StripeJob job, StripeKeys keys, CancellationToken cancellation)
    {
        for (var done = false; !done;)
        {
            var method = await database.QueryOne<string>("select default_method_id from customers where id = @SubjectId", job, cancellation);
            await Tell(job, keys, method, cancellation);
            await using var transaction = await database.Begin(cancellation);
            var customer = (await PayingCustomer.Lock(transaction, job.SubjectId, cancellation))!;
            // Chosen anew while Stripe was told: it is told again.
            done = customer.DefaultMethodId == method;
            if (done)
            {
                await transaction.Execute("update customers set default_unsent = false where id = @SubjectId", job, cancellation);
                await queue.Finish(transaction, job, cancellation);
                await transaction.Commit(cancellation);
            }
        }
    }

    // Saying it twice is the same as once, so it needs no idempotency key: that would keep an earlier choice from being made again.
    private async Task Tell(StripeJob job, StripeKeys keys, string? method, CancellationToken cancellation)
    {
        if (method is null || await StripeObjects.Find(database, keys, job.SubjectId, cancellation) is not { } customer || await StripeObjects.Find(database, keys, method, cancellation) is not { } token)
        {
            return;
        }

        try
        {
            await stripe.Open(keys).V1.Customers.UpdateAsync(
                customer, new CustomerUpdateOptions { InvoiceSettings = new CustomerInvoiceSettingsOptions { DefaultPaymentMethod = token } }, cancellationToken: cancellation);
        }
        catch (StripeException exception) when (StripeFailure.Of(exception, cancellation) is { Kind: StripeFailureKind.Refused })
        {
            // The method was detached there meanwhile: its event, or the daily look, chooses another one. Nothing behind this job has to wait for that.
            await database.Execute("update customers set methods_look_at = now() where id = @SubjectId", job, cancellation);
        }
    }
}
