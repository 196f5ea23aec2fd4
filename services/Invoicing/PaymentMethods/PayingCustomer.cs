using Marketplace.Contracts.Invoicing;
using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>A customer with what is known of its payment methods. Its row lock is the lock of all of them.</summary>
public sealed record PayingCustomer
{
    /// <summary>Our id (<c>cst_…</c>).</summary>
    public required string Id { get; init; }

    /// <summary>The Stripe account.</summary>
    public required string IntegrationId { get; init; }

    /// <summary>The consumer organization.</summary>
    public required string OrganizationId { get; init; }

    /// <summary>The method that is charged by itself.</summary>
    public string? DefaultMethodId { get; init; }

    /// <summary>Whether Stripe is still to be told of it. Until then Stripe's own default is an earlier one and is not taken over.</summary>
    public bool DefaultUnsent { get; init; }

    /// <summary>Grows with every announced change of the default, also from a deleted customer to the one made after it: every insert begins at the highest that the
    /// organization's earlier customers reached, so that hearers do not take its first announcement for an old one.</summary>
    public long MethodsVersion { get; init; }

    /// <summary>The number of the latest question to Stripe whose answer was applied.</summary>
    public long MethodsApplied { get; init; }

    private const string Columns = "id, integration_id, organization_id, default_method_id, default_unsent, methods_version, methods_applied";

    /// <summary>Holds a customer and its methods for a change.</summary>
    public static Task<PayingCustomer?> Lock(Transaction transaction, string id, CancellationToken cancellation) =>
        transaction.QueryOne<PayingCustomer>($"select {Columns} from customers where id = @id for no key update", new { id }, cancellation);

    /// <summary>Which method is the default, pure: what was chosen here until Stripe knows of it, then what Stripe has; one that is gone is followed by the
    /// newest of the others, so that there is a default while there is a method, the first one included.</summary>
    /// <param name="stored">The methods that can be charged, oldest first.</param>
    /// <param name="atStripe">Our id of Stripe's default.</param>
    /// <returns>The default, and whether Stripe has to be told.</returns>
    public (string? MethodId, bool Unsent) NextDefault(IReadOnlyList<string> stored, string? atStripe)
    {
        var ours = DefaultMethodId is { } known && stored.Contains(known) ? known : null;
        var next = DefaultUnsent && ours is not null ? ours
            : atStripe is not null && stored.Contains(atStripe) ? atStripe
            : ours ?? (stored.Count > 0 ? stored[^1] : null);
        return (next, next is not null && next != atStripe);
    }

    /// <summary>Writes the default. Where it or what people know of it changed it is announced; where Stripe has another one a job tells it; and what the one
    /// before did not pay is charged to it.</summary>
    /// <param name="queue">Null where the default stays and nothing is to be sent.</param>
    /// <param name="before">What the default was like when the customer was locked.</param>
    public async Task SetDefault(
        Transaction transaction, JobQueue? queue, string? methodId, bool unsent, PaymentMethodSummary? before, CancellationToken cancellation)
    {
        var method = methodId is null ? null : await transaction.QueryOne<PaymentMethod>($"select {PaymentMethod.Columns} from payment_methods where id = @methodId", new { methodId }, cancellation);
        var version = method?.Summary == before ? MethodsVersion : MethodsVersion + 1;
        await transaction.Execute(
            "update customers set default_method_id = @methodId, default_unsent = @unsent, methods_version = @version where id = @Id", new { methodId, unsent, version, Id }, cancellation);
        if (version != MethodsVersion)
        {
            await transaction.Announce(new PaymentMethodChanged(OrganizationId, IntegrationId, method?.Summary, version), cancellation);
        }

        if (queue is not null && unsent)
        {
            await queue.Enqueue(transaction, IntegrationId, OrganizationId, SetDefaultMethod.JobKind, Id, cancellation);
        }

        if (queue is not null && methodId is not null && methodId != DefaultMethodId)
        {
            await ChargeInvoice.Again(transaction, queue, this, cancellation);
        }
    }

    /// <summary>What the default is like now.</summary>
    public async Task<PaymentMethodSummary?> Default(Transaction transaction, CancellationToken cancellation) => DefaultMethodId is null
        ? null
        : (await transaction.QueryOne<PaymentMethod>($"select {PaymentMethod.Columns} from payment_methods where id = @DefaultMethodId", this, cancellation))?.Summary;
}
