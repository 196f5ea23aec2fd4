using System.Text.Json;
using Marketplace.Contracts.Invoicing;
using Marketplace.Storage;
using Marketplace.Testing;

namespace Marketplace.Invoicing.Tests;

/// <summary>Invoices of a database from before Subscriptions was told what is taken back of them.</summary>
public sealed class OldTakenBackTests
{
    [Fact]
    public async Task Each_that_something_is_taken_back_of_is_told_once_as_the_service_itself_tells_it()
    {
        await using var schema = await EarlierSchema.Before("invoicing", typeof(Invoice).Assembly, "057_taken_back_told.sql");
        var database = schema.Database;
        await database.Execute(
            """
            insert into billing_integrations (id, organization_id, name, title, account_id, livemode, billing_model, publishable_key, secret_key, secret_key_hint, version, created_at)
                values ('bil_1', 'org_1', 'stripe', 'Stripe', 'acct_1', false, 'subscriptions', 'pk_test_1', 'cipher', 'sk_test_…1', 1, '2026-01-01Z');
            insert into subscriptions (id, organization_id, integration_id) values ('sub_1', 'org_2', 'bil_1');
            insert into invoices (id, subscription_id, organization_id, provider_organization_id, integration_id, kind, period_start, status, level, description, currency, total, tax,
                    payment_term_days, covers_from, covers_to, number, hosted_invoice_url, due_at, paid_at, amount_paid, amount_due, amount_refunded, amount_taken_back, problem, job_kind, version, created_at) values
                ('inv_1', 'sub_1', 'org_2', 'org_1', 'bil_1', 'initial', '2026-01-01Z', 'paid', 'success', 'A "plan"', 'usd', 2500, 475, 7,
                    '2026-01-01 00:00:00.123456Z', '2026-02-01Z', 'NO-1', 'http://stripe/hosted', '2026-01-08Z', '2026-01-02Z', 2975, 2975, 0, 1000, null, 'issue_invoice', 4, '2026-01-01Z'),
                ('inv_2', 'sub_1', 'org_2', 'org_1', 'bil_1', 'period', '2026-02-01Z', 'open', 'success', 'P', 'usd', 2500, 0, 7,
                    '2026-02-01Z', '2026-03-01Z', null, null, null, null, 0, null, 0, 500, '{"type":"payment_failed","code":"card_declined","detail":"No.","attempts":2,"nextAttemptAt":null,"hostedInvoiceUrl":null}', 'settle_period', 2, '2026-02-01Z'),
                ('inv_3', 'sub_1', 'org_2', 'org_1', 'bil_1', 'period', '2026-03-01Z', 'paid', 'success', 'P', 'usd', 2500, 0, 7,
                    '2026-03-01Z', '2026-04-01Z', null, null, null, null, 0, null, 0, 0, null, 'issue_invoice', 1, '2026-03-01Z');
            """);

        await schema.Migrate();

        var told = await schema.Told<InvoiceChanged>();
        Assert.Equal([("inv_1", 5L, (long?)1000), ("inv_2", 3L, 500)], told.Select(m => (m.InvoiceId, m.Version, m.AmountTakenBack)));

        var itself = new Database(database.Source, TimeProvider.System);
        await using (var transaction = await itself.Begin(default))
        {
            foreach (var invoice in await transaction.Query<Invoice>($"select {Invoice.Columns} from invoices where amount_taken_back > 0 order by id", null, default))
            {
                await invoice.Announce(transaction, InvoiceEvents.Status, default);
            }

            await transaction.Commit(default);
        }

        Assert.Equal(told.Select(Written), (await schema.Told<InvoiceChanged>()).Skip(2).Select(Written));

        await schema.Migrate();
        Assert.Equal(4, await database.Scalar<long>("select count(*) from outbox"));
    }

    // What paid it in all is told since; the next refund tells it.
    private static string Written(InvoiceChanged changed) => JsonSerializer.Serialize(changed with
    {
        AmountSettled = null,
        CoversFrom = changed.CoversFrom?.ToUniversalTime(), CoversTo = changed.CoversTo?.ToUniversalTime(), DueAt = changed.DueAt?.ToUniversalTime(), PaidAt = changed.PaidAt?.ToUniversalTime(),
    });
}
