using System.Text.Json;
using Marketplace.Contracts.Invoicing;
using Marketplace.Storage;
using Marketplace.Testing;

namespace Marketplace.Invoicing.Tests;

/// <summary>Billing integrations of a database from before Accounts was told of them, and before the keys of deleted ones were erased.</summary>
public sealed class OldIntegrationTests
{
    [Fact]
    public async Task All_are_told_once_as_the_service_itself_tells_them_and_no_secret_of_a_deleted_one_is_accepted_any_more()
    {
        await using var schema = await EarlierSchema.Before("invoicing", typeof(Invoice).Assembly, "035_erased_keys.sql");
        var database = schema.Database;
        await database.Execute(
            """
            insert into billing_integrations (id, organization_id, name, title, account_id, livemode, billing_model, publishable_key, secret_key, secret_key_hint, webhook_endpoint_id,
                    signing_secrets, old_secrets_until, retiring_endpoints, version, created_at, deleted_at) values
                ('bil_1', 'org_1', 'stripe', 'Stripe "live" \ ü', 'acct_1', true, 'subscriptions', 'pk_live_1', 'cipher', 'sk_live_…1', 'we_2',
                    '{new,old}', '2026-03-05 12:00:00.123456Z', '{we_1}', 5, '2026-01-01Z', null),
                ('bil_2', 'org_1', 'bare', 'Without a secret', 'acct_2', false, 'invoices', 'pk_test_2', 'cipher', 'sk_test_…2', null, '{}', null, '{}', 1, '2026-01-01Z', null),
                ('bil_3', 'org_2', 'gone', 'Gone', 'acct_3', false, 'invoices', 'pk_test_3', 'cipher', 'sk_test_…3', 'we_3', '{new,old}', '2026-03-05 12:00Z', '{we_0}', 9, '2026-01-01Z', '2026-02-01Z');
            """);

        await schema.Migrate();

        var told = await schema.Told<BillingIntegrationChanged>();
        Assert.Equal(["bil_1", "bil_2", "bil_3"], told.Select(m => m.BillingIntegrationId));
        Assert.Equal([5L, 1, 10], told.Select(m => m.Version));
        Assert.Equal([false, false, true], told.Select(m => m.Deleted));
        Assert.Equal([2, 0, 0], told.Select(m => m.SigningSecrets.Count));

        // Nothing at Stripe is forgotten: the timer removes the endpoints before it erases the key that this takes.
        Assert.Equal(["bil_3 we_3 {we_0} cipher"], await database.Column<string>(
            "select concat_ws(' ', id, webhook_endpoint_id, retiring_endpoints::text, secret_key) from billing_integrations where deleted_at is not null"));

        var itself = new Database(database.Source, TimeProvider.System);
        await using (var transaction = await itself.Begin(default))
        {
            foreach (var integration in await transaction.Query<BillingIntegration>($"select {BillingIntegration.Columns} from billing_integrations order by id", null, default))
            {
                await integration.Announce(transaction, default);
            }

            await transaction.Commit(default);
        }

        Assert.Equal(told.Select(Written), (await schema.Told<BillingIntegrationChanged>()).Skip(3).Select(Written));

        await schema.Migrate();
        Assert.Equal(6, await database.Scalar<long>("select count(*) from outbox"));
    }

    private static string Written(BillingIntegrationChanged changed) => JsonSerializer.Serialize(changed with { OldSecretsUntil = changed.OldSecretsUntil?.ToUniversalTime() });
}
