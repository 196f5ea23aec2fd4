using Marketplace.Testing;
using Marketplace.WebhookIngest.Retention;
using Microsoft.Extensions.Configuration;

namespace Marketplace.WebhookIngest.Tests;

public sealed class RetentionTests(IngestApp app) : IClassFixture<IngestApp>
{
    [Fact]
    public async Task Handled_and_ignored_events_are_forgotten_after_90_days_and_nothing_else_is()
    {
        var integration = await app.Integration();
        string[] states = ["handled", "ignored", "parked", "announced"];
        await Insert("old", 91);
        await Insert("young", 89);
        // More than one batch.
        await app.Database.Execute(
            """
            insert into webhook_events (id, integration_id, organization_id, event_id, headers, body, state, received_at, last_delivered_at)
            select 'whe_' || n, $1, $2, 'evt_' || n, '{}', '', 'handled', $3, $3 from generate_series(1, 700) n
            """, integration.Id, integration.Organization, app.Clock.GetUtcNow().AddDays(-100));

        app.Clock.Advance(TimeSpan.FromHours(1));

        await Eventually.Until(() => app.Stored(integration), left => left == 6, "the old ones are gone");
        Assert.Equal(
            ["announced_old", "announced_young", "handled_young", "ignored_young", "parked_old", "parked_young"],
            await app.Database.Column<string>("select event_id from webhook_events where integration_id = $1 order by 1", integration.Id));

        async Task Insert(string age, int days)
        {
            foreach (var state in states)
            {
                await app.Database.Execute(
                    """
                    insert into webhook_events (id, integration_id, organization_id, event_id, headers, body, state, received_at, last_delivered_at)
                    values ('whe_' || $3, $1, $2, $3, '{}', '', $4, $5, $5)
                    """, integration.Id, integration.Organization, $"{state}_{age}", state, app.Clock.GetUtcNow().AddDays(-days));
            }
        }
    }

    [Fact]
    public void Events_are_not_forgotten_while_Stripe_may_deliver_them_again()
    {
        Assert.Equal(TimeSpan.FromDays(35), ForgetEvents.Retention(Days("35")));
        Assert.Contains("35 or more", Assert.Throws<InvalidOperationException>(() => ForgetEvents.Retention(Days("34"))).Message, StringComparison.Ordinal);
    }

    private static IConfiguration Days(string days) =>
        new ConfigurationBuilder().AddInMemoryCollection([new("Inbox:RetentionDays", days)]).Build();
}
