using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Marketplace.Invoicing;

/// <summary><c>DELETE /v1/payment-methods/{id}</c>: administrators and billing members of the consumer organization.</summary>
public static class RemovePaymentMethod
{
    /// <summary>202: it is not charged any more, and a job detaches it at Stripe. Of several, the newest of the others becomes the default. The last one stays
    /// while paid subscriptions are charged to it, unless <c>confirm=detach</c> says that their invoices are to be paid by hand; where the billing model or the
    /// catalog demands a payment method, it stays in any case. Where the integration is deleted it is removed at once: its Stripe account is out of our reach.</summary>
    public static async Task<Results<Accepted<PaymentMethodResponse>, ProblemHttpResult>> Handle(
        string id, [FromQuery, PlainText] string? confirm, Caller caller, JobQueue queue, FieldCipher cipher, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var (customer, method) = await ChangePaymentMethod.Lock(transaction, id, cancellation);
        if (ReadPaymentMethods.Refuse(caller, method, id, Roles.ConsumerPayments) is { } refusal)
        {
            return refusal;
        }

        if (method!.Status == PaymentMethod.Removing && await BillingIntegration.Remains(transaction, method.IntegrationId, cancellation))
        {
            return TypedResults.Accepted($"/v1/payment-methods/{id}", ReadPaymentMethods.Show(method, false, cipher, clock.GetUtcNow()));
        }

        if (await Others(transaction, method, cancellation) is [] && await Charged(transaction, customer!, confirm, cancellation) is { } inUse)
        {
            return inUse;
        }

        var removing = await Remove(transaction, queue, customer!, method, caller, clock.GetUtcNow(), cancellation);
        await transaction.Commit(cancellation);
        queue.Wake();
        return TypedResults.Accepted($"/v1/payment-methods/{id}", ReadPaymentMethods.Show(removing, false, cipher, clock.GetUtcNow()));
    }

    /// <summary>Has a method detached, or removes it here alone where the integration is deleted; another one becomes the default in its place.</summary>
    /// <param name="caller">Who asked; null for the system itself.</param>
    internal static async Task<PaymentMethod> Remove(
        Transaction transaction, JobQueue queue, PayingCustomer customer, PaymentMethod method, Caller? caller, DateTimeOffset now, CancellationToken cancellation)
    {
        var reachable = await BillingIntegration.Remains(transaction, method.IntegrationId, cancellation);
        var others = await Others(transaction, method, cancellation);
        var removing = reachable ? method with { Status = PaymentMethod.Removing, Problem = null, Version = method.Version + 1 } : method.Gone(now);
        var before = await customer.Default(transaction, cancellation);
        await removing.Save(transaction, cancellation);
        if (customer.DefaultMethodId == method.Id)
        {
            await customer.SetDefault(transaction, reachable ? queue : null, others.Count > 0 ? others[^1] : null, others.Count > 0, before, cancellation);
        }

        await queue.Enqueue(transaction, method.IntegrationId, method.OrganizationId, DetachPaymentMethod.JobKind, method.Id, cancellation);
        await transaction.Record(caller, reachable ? "payment_method.removal_requested" : "payment_method.removed", method.OrganizationId, method.Id, method.Facts(), removing.Facts(), cancellation);
        return removing;
    }

    private static Task<IReadOnlyList<string>> Others(Transaction transaction, PaymentMethod method, CancellationToken cancellation) => transaction.Query<string>(
        "select id from payment_methods where customer_id = @CustomerId and status = 'stored' and id <> @Id order by created_at, id", method, cancellation);

    private static async Task<ProblemHttpResult?> Charged(Transaction transaction, PayingCustomer customer, string? confirm, CancellationToken cancellation)
    {
        var subscriptions = await transaction.Query<Live>(
            """
            select s.id, i.billing_model = 'subscriptions' or coalesce(c.payment_method_required, false) as demanded
            from subscriptions s join billing_integrations i on i.id = s.integration_id left join catalogs c on c.id = s.catalog_id
            where s.integration_id = @IntegrationId and s.organization_id = @OrganizationId and s.cancelled_at is null order by s.id limit 10
            """, customer, cancellation);
        var demanded = subscriptions.Any(s => s.Demanded);
        return subscriptions.Count == 0 || (confirm == "detach" && !demanded) ? null : Problems.PaymentMethodInUse([.. subscriptions.Select(s => s.Id)], demanded);
    }

    private sealed record Live(string Id, bool Demanded);
}
