using System.Net;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Takes over a customer's payment methods and its default from Stripe, always all of them: so that it does not matter which of many events came, or that
/// none did. Every question gets a number before it is asked, and an answer is applied only if that of no later question was: so one that was overtaken can't
/// bring back a card that is gone. The customer itself comes with each answer: its balance, and what somebody changed of it at Stripe.</summary>
public sealed class MirrorPaymentMethods(StripeConnections stripe, CustomerChanges changes, JobQueue queue, FieldCipher cipher, Database database, TimeProvider clock)
{
    /// <summary>How long after the last look a customer's methods are looked at again without any event.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromDays(1);

    /// <summary>Asks for the methods of a customer at Stripe.</summary>
    /// <param name="named">A method's token and what it is to be called.</param>
    /// <returns>How the answer is applied.</returns>
    public async Task<ApplyFetched> Ask(StripeKeys keys, string stripeCustomer, (string StripeId, string Title)? named, CancellationToken cancellation)
    {
        var asked = await database.QueryOne<Asked>(
            """
            update customers c set methods_asked = methods_asked + 1 from stripe_objects o
            where o.our_id = c.id and o.stripe_id = @stripeCustomer and o.account_id = @AccountId and o.livemode = @Livemode and o.integration_id = @IntegrationId
            returning c.id as customer_id, c.methods_asked as number
            """, new { stripeCustomer, keys.AccountId, keys.Livemode, keys.IntegrationId }, cancellation);
        if (asked is null)
        {
            return Ignored.Because("The customer was not made by the marketplace.");
        }

        try
        {
            var since = TimeProvider.System.GetUtcNow();
            var fetched = await Fetch(stripe.Open(keys), stripeCustomer, cancellation);
            return async (transaction, stop) =>
            {
                if (fetched.Customer is { } customer)
                {
                    await CustomerBalance.Keep(transaction, asked.CustomerId, customer.Balance, customer.Currency, since, clock.GetUtcNow(), stop);
                }

                await Apply(transaction, keys, asked, fetched, named, stop);
                return fetched.Unreadable;
            };
        }
        catch (StripeException exception) when (exception.HttpStatusCode is HttpStatusCode.Forbidden or HttpStatusCode.NotFound)
        {
            // Nothing else of this integration needs what the key may not do here; the queue goes on.
            return Ignored.Because(exception.Message);
        }
    }

    private static async Task<Fetched> Fetch(StripeClient client, string stripeCustomer, CancellationToken cancellation)
    {
        var customer = await client.V1.Customers.GetAsync(stripeCustomer, cancellationToken: cancellation);
        if (customer.Deleted == true)
        {
            return new([], null);
        }

        List<PaymentMethodFacts> methods = [];
        var options = new CustomerPaymentMethodListOptions { Limit = 100 };
        try
        {
            await foreach (var method in client.V1.Customers.PaymentMethods.ListAutoPagingAsync(stripeCustomer, options, cancellationToken: cancellation))
            {
                methods.Add(PaymentMethodFacts.Of(method));
            }
        }
        catch (StripeException exception) when (exception.HttpStatusCode == HttpStatusCode.Forbidden)
        {
            // A key that may not list them may read the customer all the same.
            return new(null, customer, exception.Message);
        }

        return new([.. methods.OrderBy(method => method.CreatedAt)], customer);
    }

    private async Task Apply(Transaction transaction, StripeKeys keys, Asked asked, Fetched fetched, (string StripeId, string Title)? named, CancellationToken cancellation)
    {
        var customer = (await PayingCustomer.Lock(transaction, asked.CustomerId, cancellation))!;
        var before = await customer.Default(transaction, cancellation);
        var (next, unsent) = (customer.DefaultMethodId, customer.DefaultUnsent);
        var overtaken = customer.MethodsApplied > asked.Number;
        if (!overtaken)
        {
            await transaction.Execute(
                "update customers set methods_applied = @Number, methods_look_at = now() + @Interval where id = @CustomerId", new { asked.Number, asked.CustomerId, Interval }, cancellation);
            (next, unsent) = fetched.Methods is { } methods
                ? await TakeAll(transaction, keys, customer, methods, fetched.Customer?.InvoiceSettings?.DefaultPaymentMethodId, cancellation) : (next, unsent);
        }

        if (named is { } name)
        {
            await transaction.Execute(
                """
                update payment_methods set title = @Title, version = version + 1 where customer_id = @CustomerId and title <> @Title
                    and id = (select our_id from stripe_objects where stripe_id = @StripeId and account_id = @AccountId and livemode = @Livemode)
                """, new { name.Title, name.StripeId, asked.CustomerId, keys.AccountId, keys.Livemode }, cancellation);
        }

        await customer.SetDefault(transaction, overtaken || fetched.Methods is null ? null : queue, next, unsent, before, cancellation);
        await (overtaken ? changes.PutBack(transaction, keys, customer.Id, cancellation) : changes.Found(transaction, keys, customer.Id, fetched.Customer, cancellation));
    }

    private async Task<(string? Default, bool Unsent)> TakeAll(
        Transaction transaction, StripeKeys keys, PayingCustomer customer, IReadOnlyList<PaymentMethodFacts> methods, string? atStripe, CancellationToken cancellation)
    {
        var known = (await transaction.Query<Known>(
            "select p.id, o.stripe_id from payment_methods p join stripe_objects o on o.our_id = p.id where p.customer_id = @Id", customer, cancellation))
            .ToDictionary(k => k.StripeId, k => k.Id, StringComparer.Ordinal);
        List<string> stored = [];
        foreach (var facts in methods)
        {
            var method = await Take(transaction, keys, customer, facts, known.GetValueOrDefault(facts.StripeId), cancellation);
            known[facts.StripeId] = method.Id;
            if (method.Status == PaymentMethod.Stored)
            {
                stored.Add(method.Id);
            }
            else
            {
                // Unless it is there: an operator may have removed it from the queue.
                await queue.Enqueue(transaction, method.IntegrationId, method.OrganizationId, DetachPaymentMethod.JobKind, method.Id, cancellation);
            }
        }

        foreach (var gone in known.Where(k => methods.All(facts => facts.StripeId != k.Key)))
        {
            await Remove(transaction, gone.Value, cancellation);
        }

        return customer.NextDefault(stored, atStripe is null ? null : known.GetValueOrDefault(atStripe));
    }

    private async Task<PaymentMethod> Take(Transaction transaction, StripeKeys keys, PayingCustomer customer, PaymentMethodFacts facts, string? knownId, CancellationToken cancellation)
    {
        var known = knownId is null ? null : await transaction.QueryOne<PaymentMethod>($"select {PaymentMethod.Columns} from payment_methods where id = @knownId", new { knownId }, cancellation);
        if (known is not null)
        {
            var changed = known.After(facts, cipher);
            if (changed != known)
            {
                changed = changed with { Version = known.Version + 1 };
                await changed.Save(transaction, cancellation);
                await transaction.Record(null, "payment_method.changed", known.OrganizationId, known.Id, known.Facts(), changed.Facts(), cancellation);
            }

            return changed;
        }

        var method = new PaymentMethod
        {
            Id = Ids.New("pmt", clock),
            CustomerId = customer.Id,
            IntegrationId = customer.IntegrationId,
            OrganizationId = customer.OrganizationId,
            Type = facts.Type,
            Title = PaymentMethod.TitleOf(facts),
            CreatedAt = clock.GetUtcNow(),
        }.After(facts, cipher);
        await method.Save(transaction, cancellation);
        await StripeObjects.Record(transaction, keys, "payment_method", method.Id, facts.StripeId, method.CreatedAt, cancellation);
        await transaction.Record(null, "payment_method.stored", method.OrganizationId, method.Id, null, method.Facts(), cancellation);
        return method;
    }

    private async Task Remove(Transaction transaction, string id, CancellationToken cancellation)
    {
        var removed = await transaction.QueryOne<PaymentMethod>(
            $"""
            update payment_methods set status = 'removed', removed_at = @Now, problem = null, owner_name = null, owner_email = null, version = version + 1 where id = @id and status <> 'removed'
            returning {PaymentMethod.Columns}
            """, new { id, Now = clock.GetUtcNow() }, cancellation);
        if (removed is not null)
        {
            await transaction.Record(null, "payment_method.removed", removed.OrganizationId, id, removed.Facts(), null, cancellation);
        }
    }

    private sealed record Asked(string CustomerId, long Number);

    // Neither customer nor methods where it is deleted; no methods where the key may not list them, with Stripe's words.
    private sealed record Fetched(IReadOnlyList<PaymentMethodFacts>? Methods, Customer? Customer, string? Unreadable = null);

    private sealed record Known(string Id, string StripeId);
}
