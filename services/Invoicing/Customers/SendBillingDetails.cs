using System.Net;
using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Job: bring an organization's address and tax id to its customer at Stripe. Every invoice does the same before it is made, so that none is made with an
/// older address, in whatever order the jobs stand.</summary>
public sealed class SendBillingDetails(StripeConnections stripe, CreateCustomer customers, JobQueue queue, Database database) : IStripeJobKind
{
    /// <summary>Its name in the queue.</summary>
    public const string JobKind = "update_customer";

    /// <inheritdoc/>
    public string Kind => JobKind;

    /// <summary>Adds the job to every customer of an organization in an integration that is not deleted, and lets go on what waited for its address, in the caller's transaction, which holds
    /// the details.</summary>
    public static async Task Ask(Transaction transaction, JobQueue queue, string organizationId, CancellationToken cancellation)
    {
        var customers = await transaction.Query<Customer>(
            """
            select c.id, c.integration_id from customers c join billing_integrations i on i.id = c.integration_id
            where c.organization_id = @organizationId and c.deleted_at is null and i.deleted_at is null order by c.id
            """, new { organizationId }, cancellation);
        var waiting = await transaction.Query<Customer>(
            """
            select j.subject_id as id, j.integration_id from stripe_jobs j join billing_integrations i on i.id = j.integration_id and i.deleted_at is null
            where j.organization_id = @organizationId and j.status = 'failed' and j.error_code = any(@Codes) order by j.subject_id
            """,
            new { organizationId, Codes = new[] { StripeFailure.AddressMissing, StripeFailure.AddressUnclear } }, cancellation);
        foreach (var invoice in waiting)
        {
            await queue.Fire(transaction, invoice.IntegrationId, invoice.Id, codes: null, cancellation);
        }

        foreach (var customer in customers)
        {
            await queue.Enqueue(transaction, customer.IntegrationId, organizationId, JobKind, customer.Id, cancellation);
        }

        await BringTaxes.OfOrganization(transaction, queue, organizationId, cancellation);
    }

    /// <summary>Brings what is newer than what was brought, and finishes the job; what was written meanwhile has a job of its own.</summary>
    public async Task Carry(StripeJob job, StripeKeys keys, CancellationToken cancellation)
    {
        job = job.FreshKey ? await queue.UseFreshKey(job, cancellation) : job;
        await Bring(keys, job.SubjectId, await customers.Ensure(job, keys, job.SubjectId, cancellation), job.Key, cancellation);
        await using var transaction = await database.Begin(cancellation);
        // Held whatever its version, while the job leaves: a change that is being written is waited for and seen, one that comes now waits, and then finds no job that would stand for it.
        var missed = await transaction.QueryOne<string>(
            """
            select case when d.version > c.details_version then c.organization_id end from customers c join billing_details d on d.organization_id = c.organization_id
            where c.id = @SubjectId for share of d
            """, job, cancellation);
        await queue.Finish(transaction, job, cancellation);
        if (missed is not null)
        {
            await queue.Enqueue(transaction, job.IntegrationId, missed, JobKind, job.SubjectId, cancellation);
        }

        await transaction.Commit(cancellation);
    }

    /// <summary>Writes the newest details to Stripe's customer unless they are there. A tax id that Stripe does not take stops nothing: it is told to those who gave
    /// it, and taxes are reckoned without it.</summary>
    /// <param name="key">The idempotency key of one step.</param>
    public async Task Bring(StripeKeys keys, string customerId, string stripeId, Func<string, string> key, CancellationToken cancellation)
    {
        var details = await database.QueryOne<Newer>(
            $"""
            select {BillingDetails.Columns}, c.name as title, c.sent_tax_id from customers c join billing_details d on d.organization_id = c.organization_id
            where c.id = @customerId and d.version > c.details_version
            """, new { customerId }, cancellation);
        if (details is null)
        {
            return;
        }

        var client = stripe.Open(keys);
        await client.V1.Customers.UpdateAsync(
            stripeId,
            new CustomerUpdateOptions
            {
                Name = details.Name ?? details.Title,
                // What is left out would stay as it was there; an empty text takes it away.
                Address = new AddressOptions
                {
                    Line1 = details.Line1 ?? "", Line2 = details.Line2 ?? "", City = details.City ?? "", State = details.State ?? "", PostalCode = details.PostalCode ?? "", Country = details.Country,
                },
            },
            new RequestOptions { IdempotencyKey = key($"details-{details.Version}") }, cancellation);
        var problem = await BringTaxId(client, stripeId, details, key, cancellation);
        await database.Execute(
            "update customers set details_version = @Version, details_problem = @problem, sent_tax_id = @Sent where id = @customerId and details_version < @Version",
            new { customerId, details.Version, problem, Sent = problem is null ? details.TaxIdWord : null }, cancellation);
    }

    // Others that the provider wrote there by hand stay.
    private static async Task<string?> BringTaxId(StripeClient client, string stripeId, Newer details, Func<string, string> key, CancellationToken cancellation)
    {
        var there = false;
        await foreach (var id in client.V1.Customers.TaxIds.ListAutoPagingAsync(stripeId, new CustomerTaxIdListOptions { Limit = 100 }, cancellationToken: cancellation))
        {
            var word = $"{id.Type}:{id.Value}";
            there |= word == details.TaxIdWord;
            if (word == details.SentTaxId && word != details.TaxIdWord)
            {
                await client.V1.Customers.TaxIds.DeleteAsync(stripeId, id.Id, cancellationToken: cancellation);
            }
        }

        if (there || details.TaxId is null)
        {
            return null;
        }

        try
        {
            await client.V1.Customers.TaxIds.CreateAsync(
                stripeId, new CustomerTaxIdCreateOptions { Type = details.TaxIdType, Value = details.TaxId },
                new RequestOptions { IdempotencyKey = key($"tax-id-{details.Version}") }, cancellation);
            return null;
        }
        catch (StripeException exception) when (exception.HttpStatusCode == HttpStatusCode.BadRequest && exception.StripeError is { } refused)
        {
            return $"Stripe does not take the tax id: {refused.Message}";
        }
    }

    private sealed record Customer(string Id, string IntegrationId);

    private sealed record Newer(
        string OrganizationId, string? Name, string? Line1, string? Line2, string? City, string? State, string? PostalCode, string Country, string? TaxIdType, string? TaxId,
        long Version, DateTimeOffset ChangedAt, string Title, string? SentTaxId)
    {
        public string? TaxIdWord => TaxId is null ? null : $"{TaxIdType}:{TaxId}";
    }
}
