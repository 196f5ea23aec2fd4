using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Invoicing;

/// <summary>Another title. What is on the card is changed at Stripe only.</summary>
public sealed record RenamePaymentMethodRequest([property: Required, PlainText(100)] string Title);

/// <summary>Title and default of a stored payment method: administrators and billing members of its consumer organization.</summary>
public static class ChangePaymentMethod
{
    /// <summary><c>PATCH /v1/payment-methods/{id}</c>; needs <c>If-Match</c>.</summary>
    public static async Task<Results<Ok<PaymentMethodResponse>, ProblemHttpResult>> Rename(
        string id, RenamePaymentMethodRequest request, Caller caller, FieldCipher cipher, Database database, TimeProvider clock, HttpContext http, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var (customer, method) = await Lock(transaction, id, cancellation);
        if ((ReadPaymentMethods.Refuse(caller, method, id, Roles.ConsumerPayments) ?? http.Mismatch(method!.Version)) is { } refusal)
        {
            return refusal;
        }

        var renamed = method! with { Title = request.Title, Version = method.Version + 1 };
        var before = await customer!.Default(transaction, cancellation);
        await renamed.Save(transaction, cancellation);
        await customer.SetDefault(transaction, null, customer.DefaultMethodId, customer.DefaultUnsent, before, cancellation);
        await transaction.Record(caller, "payment_method.renamed", method.OrganizationId, id, new { method.Title }, new { renamed.Title }, cancellation);
        await transaction.Commit(cancellation);
        http.SetVersion(renamed.Version);
        return TypedResults.Ok(ReadPaymentMethods.Show(renamed, customer.DefaultMethodId == id, cipher, clock.GetUtcNow()));
    }

    /// <summary><c>POST /v1/payment-methods/{id}/default</c>: invoices are charged to it from now on. 200, also when it is the default already.</summary>
    public static async Task<Results<Ok<PaymentMethodResponse>, ProblemHttpResult>> MakeDefault(
        string id, Caller caller, JobQueue queue, FieldCipher cipher, Database database, TimeProvider clock, HttpContext http, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var (customer, method) = await Lock(transaction, id, cancellation);
        if (ReadPaymentMethods.Refuse(caller, method, id, Roles.ConsumerPayments) is { } refusal)
        {
            return refusal;
        }

        if (method!.Status != PaymentMethod.Stored)
        {
            return Problems.PaymentMethodBeingRemoved(id);
        }

        if (customer!.DefaultMethodId != id)
        {
            await customer.SetDefault(transaction, queue, id, unsent: true, await customer.Default(transaction, cancellation), cancellation);
            await transaction.Record(caller, "payment_method.made_default", method.OrganizationId, id, new { customer.DefaultMethodId }, new { DefaultMethodId = id }, cancellation);
            await transaction.Commit(cancellation);
            queue.Wake();
        }

        http.SetVersion(method.Version);
        return TypedResults.Ok(ReadPaymentMethods.Show(method, true, cipher, clock.GetUtcNow()));
    }

    /// <summary>Holds a method by its customer, as everything about methods does.</summary>
    internal static async Task<(PayingCustomer? Customer, PaymentMethod? Method)> Lock(Transaction transaction, string id, CancellationToken cancellation)
    {
        var owner = await transaction.QueryOne<string>("select customer_id from payment_methods where id = @id", new { id }, cancellation);
        var customer = owner is null ? null : await PayingCustomer.Lock(transaction, owner, cancellation);
        return (customer, customer is null ? null : await transaction.QueryOne<PaymentMethod>($"select {PaymentMethod.Columns} from payment_methods where id = @id", new { id }, cancellation));
    }
}
