using Marketplace.Contracts.WebhookIngest;
using Marketplace.Testing;

namespace Marketplace.WebhookIngest.Tests;

public sealed class AnnounceTests(IngestApp app) : IClassFixture<IngestApp>
{
    [Fact]
    public async Task An_unanswered_event_is_announced_again_with_growing_waits_and_parked_in_the_end()
    {
        var id = await Delivered(await app.Integration());
        await app.Sent();
        for (var told = 2; told <= WebhookEvent.MaxAttempts; told++)
        {
            app.Clock.Advance(WebhookEvent.Wait(told - 1) - TimeSpan.FromSeconds(1));
            Assert.Equal(told - 1, (await Announced(id)).Count);
            app.Clock.Advance(TimeSpan.FromSeconds(1));
            await Eventually.Until(() => Announced(id), all => all.Count == told, $"announced {told} times");
            await app.Sent();
        }

        app.Clock.Advance(TimeSpan.FromHours(1));
        await Eventually.Until(() => app.StateOf(id), s => s == ("parked", "unanswered"), "it is parked");
        Assert.Equal(WebhookEvent.MaxAttempts, (await Announced(id)).Count);
    }

    [Fact]
    public async Task What_the_broker_has_not_taken_is_neither_announced_again_nor_given_up()
    {
        var id = await Delivered(await app.Integration());
        for (var looked = 0; looked < 30; looked++)
        {
            app.Clock.Advance(TimeSpan.FromMinutes(6));
            await Eventually.Until(async () => await NextAttempt(id) > app.Clock.GetUtcNow().UtcDateTime, "it was looked at");
        }

        Assert.Single(await Announced(id));
        Assert.Equal(("announced", null), await app.StateOf(id));

        await app.Sent();
        app.Clock.Advance(TimeSpan.FromMinutes(6));
        await Eventually.Until(() => Announced(id), all => all.Count == 2, "told again");
    }

    [Theory]
    [InlineData("handled", null)]
    [InlineData("ignored", "not_ours")]
    public async Task An_answer_ends_the_announcing(string outcome, string? reason)
    {
        var integration = await app.Integration();
        var id = await Delivered(integration);

        await app.Sent();
        await app.Answer(integration, id, outcome, reason);
        app.Clock.Advance(TimeSpan.FromDays(1));

        Assert.Equal((outcome, reason), await app.StateOf(id));
        await Eventually.Never(async () => (await Announced(id)).Count > 1, "it is announced again", TimeSpan.FromMilliseconds(300));
    }

    [Fact]
    public async Task An_event_whose_handler_fails_each_time_is_parked_with_what_it_said()
    {
        var integration = await app.Integration();
        var id = await Delivered(integration);
        await app.Sent();
        await app.Answer(integration, id, "failed", "api_key_expired");
        await app.Database.Execute("update webhook_events set attempts = $2, next_attempt_at = $3 where event_id = $1", id, WebhookEvent.MaxAttempts, app.Clock.GetUtcNow());

        app.Clock.Advance(TimeSpan.FromSeconds(1));

        await Eventually.Until(() => app.StateOf(id), s => s == ("parked", "handler_failed"), "it is parked");
        Assert.Equal("api_key_expired", await app.Database.Scalar<string>("select last_failure from webhook_events where event_id = $1", id));
        await app.Answer(integration, id, "handled");
        Assert.Null(await app.Database.Scalar<string>("select last_failure from webhook_events where event_id = $1", id));
    }

    [Fact]
    public async Task A_late_answer_closes_a_parked_event_and_later_answers_change_nothing()
    {
        var integration = await app.Integration();
        var id = await Delivered(integration);
        await app.Database.Execute("update webhook_events set state = 'parked', reason = 'unanswered', next_attempt_at = null where event_id = $1", id);

        await app.Answer(integration, id, "handled");
        await app.Answer(integration, id, "ignored", "too late");
        await app.Answer(integration with { Id = "bil_other" }, id, "ignored");

        Assert.Equal(("handled", null), await app.StateOf(id));
    }

    [Fact]
    public async Task A_copy_of_a_handled_event_is_not_announced_again()
    {
        var integration = await app.Integration();
        var id = await Delivered(integration);
        await app.Answer(integration, id, "handled");

        await app.Deliver(integration, IngestApp.Event(id)).Expect();

        Assert.Equal("handled", (await app.StateOf(id)).State);
        Assert.Single(await Announced(id));
    }

    [Theory]
    [InlineData("announced", "handled", "handled")]
    [InlineData("announced", "ignored", "ignored")]
    [InlineData("announced", "something new", "handled")]
    [InlineData("announced", "failed", null)]
    [InlineData("parked", "failed", null)]
    [InlineData("parked", "handled", "handled")]
    [InlineData("parked", "ignored", "ignored")]
    [InlineData("handled", "ignored", null)]
    [InlineData("handled", "handled", null)]
    [InlineData("ignored", "handled", null)]
    public void The_rule_about_answers_is_this_table(string state, string outcome, string? next) => Assert.Equal(next, WebhookEvent.After(state, outcome));

    private async Task<string> Delivered(Integration integration)
    {
        var id = IngestApp.NewEventId();
        await app.Deliver(integration, IngestApp.Event(id)).Expect();
        return id;
    }

    private Task<DateTime> NextAttempt(string id) => app.Database.Scalar<DateTime>("select next_attempt_at from webhook_events where event_id = $1", id);

    private Task<List<StripeEventReceived>> Announced(string id) => app.AnnouncedEvents(e => e.EventId == id);
}
