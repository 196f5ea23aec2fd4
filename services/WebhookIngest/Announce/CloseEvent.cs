using Marketplace.Contracts.Invoicing;
using Marketplace.Storage;
using MassTransit;

namespace Marketplace.WebhookIngest.Announce;

/// <summary>Invoicing's answer ends the announcing of an event.</summary>
public sealed class CloseEvent(Database database, TimeProvider clock) : IConsumer<StripeEventHandled>
{
    // An answer from before a replay says nothing of what the replay comes to.
    private const string Answered = "integration_id = @BillingIntegrationId and event_id = @EventId and (@Replay::int is null or replays <= @Replay)";

    /// <inheritdoc/>
    public Task Consume(ConsumeContext<StripeEventHandled> context) => Handle(context.Message, context.CancellationToken);

    /// <summary>Closes the event, or keeps why it could not be handled this time; an answer to a closed one changes nothing, and neither does one to an announcement before the last replay.</summary>
    public async Task Handle(StripeEventHandled answer, CancellationToken cancellation)
    {
        if (answer.Outcome == "failed")
        {
            await database.Execute(
                $"update webhook_events set last_failure = left(coalesce(@Reason, 'No reason given.'), 1000) where {Answered} and state in ('announced', 'parked')", answer, cancellation);
            return;
        }

        await using var transaction = await database.Begin(cancellation);
        var state = await transaction.QueryOne<string>($"select state from webhook_events where {Answered} for update", answer, cancellation);
        if (state is null || WebhookEvent.After(state, answer.Outcome) is not { } next)
        {
            return;
        }

        await transaction.Execute(
            """
            update webhook_events set state = @next, reason = @Reason, next_attempt_at = null, answered_at = @Now, last_failure = null
            where integration_id = @BillingIntegrationId and event_id = @EventId
            """, new { next, answer.Reason, Now = clock.GetUtcNow(), answer.BillingIntegrationId, answer.EventId }, cancellation);
        await transaction.Commit(cancellation);
    }
}
