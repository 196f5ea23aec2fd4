using System.Net.Sockets;
using System.Text.Json;
using MassTransit;
using Marketplace.ServiceDefaults;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Marketplace.Storage;

/// <summary>Runs around the retries of every consumer: a transient fault is waited out, a message that is not in turn yet for ten minutes, and one that fails for good is parked with its reason.
/// Nothing is acknowledged that was neither handled nor parked.</summary>
public sealed partial class ParkingFilter<T>(Database database, TimeProvider clock, ILogger<ParkingFilter<T>> logger) : IFilter<ConsumeContext<T>>
    where T : class
{
    /// <summary>Handles, waits out, or parks the message.</summary>
    public async Task Send(ConsumeContext<T> context, IPipe<ConsumeContext<T>> next)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await next.Send(context);
                return;
            }
            catch (Exception exception) when ((IsTransient(exception) || IsWaitedFor(exception, attempt)) && !context.CancellationToken.IsCancellationRequested)
            {
                Waiting(logger, typeof(T).Name, context.MessageId, exception.GetBaseException().Message);
                await Pause(attempt, context.CancellationToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                ParkedFor(logger, typeof(T).Name, context.MessageId, exception);
                await Park(context, exception);
                return;
            }
        }
    }

    /// <inheritdoc/>
    public void Probe(ProbeContext context) => context.CreateFilterScope("parking");

    /// <summary>Whether what was not heard yet is waited for at an attempt, 0 for the first. Twenty-four waits are ten minutes.</summary>
    public static bool IsWaitedFor(Exception exception, int attempt) => exception.GetBaseException() is NotHeardYetException && attempt < 24;

    // Whatever it is wrapped in, and whatever it wraps: a database that breaks off amid an answer is the driver's exception around that of the stream.
    private static bool IsTransient(Exception exception) =>
        exception is NpgsqlException { IsTransient: true } or SocketException or TimeoutException or HttpRequestException or OperationCanceledException
        || (exception.InnerException is { } inner && IsTransient(inner));

    private static Task Pause(int attempt, CancellationToken cancellation) =>
        Task.Delay(TimeSpan.FromSeconds(Math.Min(30, 1 << Math.Min(attempt, 5))), TimeProvider.System, cancellation);

    // Whatever leaves this filter is acknowledged by the bus, so a message stays here until its row is written.
    private async Task Park(ConsumeContext<T> context, Exception exception)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await Insert(context, exception);
                return;
            }
            catch (Exception failure) when (!context.CancellationToken.IsCancellationRequested)
            {
                NotParkedYet(logger, typeof(T).Name, context.MessageId, failure);
                await Pause(attempt, context.CancellationToken);
            }
        }
    }

    private Task Insert(ConsumeContext<T> context, Exception exception) => database.Execute(
        """
        insert into parked_messages (id, queue, message_id, message_type, body, reason)
        values (@Id, @Queue, @MessageId, @Type, @Body::jsonb, @Reason)
        on conflict (queue, message_id) do update set
            state = 'parked', reason = excluded.reason, parked_at = now(), parkings = parked_messages.parkings + 1
        """,
        new
        {
            Id = Ids.New("prk", clock),
            Queue = context.ReceiveContext.InputAddress.AbsolutePath.Split('/')[^1],
            MessageId = context.MessageId ?? Guid.CreateVersion7(),
            Type = $"{typeof(T).FullName}, {typeof(T).Assembly.GetName().Name}",
            Body = JsonSerializer.Serialize(context.Message, Transaction.Json),
            Reason = $"{exception.GetBaseException().GetType().Name}: {exception.GetBaseException().Message}",
        },
        context.CancellationToken);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Message} {MessageId} waits for something that is away: {Reason}")]
    private static partial void Waiting(ILogger logger, string message, Guid? messageId, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Message} {MessageId} failed for good and is parked.")]
    private static partial void ParkedFor(ILogger logger, string message, Guid? messageId, Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Message} {MessageId} could not be parked and is tried again.")]
    private static partial void NotParkedYet(ILogger logger, string message, Guid? messageId, Exception exception);
}

/// <summary>A message that failed for good.</summary>
/// <param name="Queue">The queue whose consumer refused it; a replay goes there only.</param>
/// <param name="State"><c>parked</c>, <c>replayed</c> or <c>dropped</c>.</param>
/// <param name="Parkings">How often it has failed for good.</param>
public sealed record ParkedMessage(string Id, string Queue, Guid MessageId, string MessageType, string Body, string Reason, string State, DateTimeOffset ParkedAt, int Parkings);

/// <summary>The operator's view of parked messages, mapped in every service under <c>/v1/operations/{area}/parked-messages</c>.</summary>
public static class ParkedMessages
{
    internal static void Map(IEndpointRouteBuilder app, string area)
    {
        var group = app.MapGroup($"/v1/operations/{area}/parked-messages").WithTags("Operations").RequireAuthorization(Policies.Operator);
        group.MapGet("/", List).WithName(Operations.Name("List", area, "ParkedMessages"));
        group.MapPost("/{id}/replay", Replay).WithName(Operations.Name("Replay", area, "ParkedMessage")).Produces(StatusCodes.Status202Accepted).ProducesProblem(StatusCodes.Status404NotFound);
        group.MapDelete("/{id}", Drop).WithName(Operations.Name("Delete", area, "ParkedMessage")).Produces(StatusCodes.Status204NoContent).ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static async Task<Page<ParkedMessage>> List([AsParameters] PageQuery page, Database database, CancellationToken cancellation) => Page<ParkedMessage>.Of(
        await database.Query<ParkedMessage>(
            """
            select id, queue, message_id, message_type, body::text as body, reason, state, parked_at, parkings from parked_messages
            where state = 'parked' and id < @After order by id desc limit @Take
            """, page, cancellation),
        page, message => message.Id);

    // Under its own message id, so that a message that fails again is the same parked message; to the
    // exchange that only this queue is bound to.
    private static async Task<IResult> Replay(string id, Caller caller, Database database, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        if (!await Leave(transaction, id, "replayed", caller, cancellation))
        {
            return Problem.NotFound("parked message", id);
        }

        // A message can be parked before the relay has taken its row away: that is waited for, and one that is to be sent again is sent now.
        await transaction.Execute(
            """
            insert into outbox (id, message_type, body, destination) select message_id, message_type, body, queue from parked_messages where id = @id
            on conflict (id) do update set next_attempt_at = now()
            """, new { id }, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.Accepted((string?)null);
    }

    private static async Task<IResult> Drop(string id, Caller caller, Database database, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        if (!await Leave(transaction, id, "dropped", caller, cancellation))
        {
            return Problem.NotFound("parked message", id);
        }

        await transaction.Commit(cancellation);
        return TypedResults.NoContent();
    }

    // The state is the lock: of two operators at once one finds the message parked. What the message says, and the reason, which may quote it, are not for the log.
    private static async Task<bool> Leave(Transaction transaction, string id, string state, Caller caller, CancellationToken cancellation)
    {
        var (queue, type, parkings) = await transaction.QueryOne<(string? Queue, string MessageType, int Parkings)>(
            "update parked_messages set state = @state where id = @id and state = 'parked' returning queue, message_type, parkings", new { id, state }, cancellation);
        if (queue is null)
        {
            return false;
        }

        await transaction.Record(
            caller, $"parked_message.{state}", null, id,
            new { State = "parked", Queue = queue, MessageType = type.Split(',')[0], Parkings = parkings }, new { State = state }, cancellation);
        return true;
    }
}
