using Marketplace.Contracts.Invoicing;
using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>A customer that the provider deleted at Stripe. Nothing can be charged to it any more: what is unpaid is voided, the subscriptions end, and whatever is
/// charged later (also what was used until then) goes to a new customer.</summary>
public sealed class CustomerDeletion(StripeConnections stripe, InvoiceVoiding voiding, Database database, TimeProvider clock)
{
    /// <summary>Whether a refusal says that the customer of the call is not there.</summary>
    public static bool Tells(StripeException exception) =>
        exception.StripeError is { Code: "resource_missing" } error && (error.Param == "customer" || error.Message?.StartsWith("No such customer", StringComparison.Ordinal) == true);

    /// <summary>Our id of a customer that is not at Stripe any more; null while it is, and for one of others.</summary>
    public async Task<string?> Find(StripeKeys keys, string stripeCustomer, CancellationToken cancellation)
    {
        if (await StripeObjects.OurId(database, keys, stripeCustomer, cancellation) is not { } ours)
        {
            return null;
        }

        try
        {
            return (await stripe.Open(keys).V1.Customers.GetAsync(stripeCustomer, cancellationToken: cancellation)).Deleted == true ? ours : null;
        }
        catch (StripeException exception) when (Tells(exception))
        {
            return ours;
        }
    }

    /// <summary>Writes it down once, in a write of its own.</summary>
    public async Task Apply(StripeKeys keys, string customerId, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        await Apply(transaction, keys, customerId, cancellation);
        await transaction.Commit(cancellation);
    }

    /// <summary>The same inside a write; noticed again it changes nothing.</summary>
    public async Task Apply(Transaction transaction, StripeKeys keys, string customerId, CancellationToken cancellation)
    {
        var deleted = await transaction.QueryOne<Row>(
            "update customers set deleted_at = @Now where id = @customerId and integration_id = @IntegrationId and deleted_at is null returning id, organization_id",
            new { customerId, keys.IntegrationId, Now = clock.GetUtcNow() }, cancellation);
        if (deleted is null)
        {
            return;
        }

        var unpaid = await transaction.Query<Invoice>(
            $"select {Invoice.Columns} from invoices where customer_id = @customerId and status not in ('paid', 'void') order by id for no key update", new { customerId }, cancellation);
        foreach (var invoice in unpaid)
        {
            await voiding.Request(transaction, invoice, cancellation);
        }

        await transaction.Announce(new CustomerDeleted(customerId, keys.IntegrationId, deleted.OrganizationId, clock.GetUtcNow()), cancellation);
    }

    private sealed record Row(string Id, string OrganizationId);
}
