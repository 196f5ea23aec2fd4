using System.Text.Json;
using MassTransit;
using Marketplace.Contracts.Invoicing;
using Marketplace.Storage;

namespace Marketplace.Subscriptions;

/// <summary>Keeps what every organization pays with by itself.</summary>
public sealed class KeepPaymentMethod(Database database) : IConsumer<PaymentMethodChanged>
{
    /// <inheritdoc/>
    public Task Consume(ConsumeContext<PaymentMethodChanged> context) => Handle(context.Message, context.CancellationToken);

    /// <summary>Applies a newer version; an older one changes nothing.</summary>
    public Task Handle(PaymentMethodChanged message, CancellationToken cancellation) => database.Execute(
        """
        insert into payment_methods as p (organization_id, billing_integration_id, facts, version)
        values (@OrganizationId, @BillingIntegrationId, @Facts::jsonb, @Version)
        on conflict (organization_id, billing_integration_id) do update set facts = excluded.facts, version = excluded.version
        where p.version < excluded.version
        """,
        new { message.OrganizationId, message.BillingIntegrationId, Facts = message.Default is null ? null : JsonSerializer.Serialize(message.Default, JsonSerializerOptions.Web), message.Version },
        cancellation);

    /// <summary>What the organization pays with at an integration; null while there is nothing.</summary>
    public static Task<PaymentMethodSummary?> Find(Database database, string organizationId, string? billingIntegrationId, CancellationToken cancellation) =>
        database.QueryOne<PaymentMethodSummary>(
            "select facts from payment_methods where organization_id = @organizationId and billing_integration_id = @billingIntegrationId and facts is not null",
            new { organizationId, billingIntegrationId }, cancellation);

    /// <summary>Whether it pays with something, inside a write.</summary>
    public static Task<bool> IsStored(Transaction transaction, string organizationId, string billingIntegrationId, CancellationToken cancellation) => transaction.QueryOne<bool>(
        "select exists (select from payment_methods where organization_id = @organizationId and billing_integration_id = @billingIntegrationId and facts is not null)",
        new { organizationId, billingIntegrationId }, cancellation);
}
