using System.Buffers;
using System.Diagnostics;
using System.Text.Json;
using MassTransit.Logging;
using Microsoft.Extensions.Configuration;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Marketplace.ServiceDefaults;

/// <summary>A message on its way to the broker.</summary>
/// <param name="Id">The message id, the same however often it is sent.</param>
/// <param name="Type">Full name of the contract.</param>
/// <param name="Body">The contract as JSON.</param>
/// <param name="Exchange">Where it goes instead of to the contract's own exchange; null to publish.</param>
/// <param name="Trace">The W3C trace parent it belongs to.</param>
/// <param name="Queues">Queues that must hear it, whether or not their hosts have ever run; null where one that hears it is enough.</param>
public sealed record OutgoingMessage(Guid Id, string Type, string Body, string? Exchange = null, string? Trace = null, IReadOnlyList<string>? Queues = null);

/// <summary>Sends messages to the broker over a connection of its own: each with a confirm, <c>mandatory</c> and a time limit. The bus is not used for it,
/// because its client was seen to hang for ever after a restart of the broker; here whatever gives no answer in time costs the connection,
/// and the next batch opens another. The wire format is the bus's, so that its consumers read it.</summary>
public sealed class BrokerSender(IConfiguration configuration) : IAsyncDisposable
{
    /// <summary>How long one batch may take.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private const string NoAnswer = "No confirm within the time limit.";
    private static readonly ActivitySource Traces = new("Marketplace.Messages");
    private readonly SemaphoreSlim gate = new(1);
    private readonly HashSet<string> declared = new(StringComparer.Ordinal);
    private IConnection? connection;
    private IChannel? channel;

    /// <summary>Sends a batch; per message null when the broker has confirmed it, else the reason. "Unknown" counts as not sent: send it again under the same id.</summary>
    public async Task<string?[]> Send(IReadOnlyList<OutgoingMessage> messages, CancellationToken cancellation)
    {
        await gate.WaitAsync(cancellation);
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(Limit);
            // The client was seen to ignore its token; the wait itself is bounded too.
            var outcomes = await SendAll(messages, limit.Token).WaitAsync(Limit + TimeSpan.FromSeconds(1), cancellation);
            if (outcomes.Any(outcome => outcome.ConnectionIsDoubtful))
            {
                Drop();
            }

            return [.. outcomes.Select(outcome => outcome.Reason)];
        }
        catch (Exception exception) when (!cancellation.IsCancellationRequested)
        {
            Drop();
            var reason = exception is TimeoutException or OperationCanceledException ? NoAnswer : exception.GetBaseException().Message;
            return [.. messages.Select(_ => reason)];
        }
        catch
        {
            Drop();
            throw;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Drop();
        gate.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<(string? Reason, bool ConnectionIsDoubtful)[]> SendAll(IReadOnlyList<OutgoingMessage> messages, CancellationToken limit)
    {
        var open = await Open(limit);
        foreach (var exchange in messages.Select(ExchangeOf).Distinct(StringComparer.Ordinal).Where(exchange => !declared.Contains(exchange)))
        {
            // As the bus declares it, so that whoever comes second finds it alike.
            await open.ExchangeDeclareAsync(exchange, ExchangeType.Fanout, durable: true, autoDelete: false, cancellationToken: limit);
            declared.Add(exchange);
        }

        foreach (var (exchange, queue) in messages.SelectMany(message => (message.Queues ?? []).Select(queue => (ExchangeOf(message), queue))).Distinct().Where(pair => !declared.Contains($"{pair.Item1} {pair.queue}")))
        {
            await Bind(open, exchange, queue, limit);
            declared.Add($"{exchange} {queue}");
        }

        return await Task.WhenAll(messages.Select(message => Confirmed(open, message, limit)));
    }

    private async Task<IChannel> Open(CancellationToken limit)
    {
        if (channel is { IsOpen: true })
        {
            return channel;
        }

        Drop();
        var address = configuration.GetConnectionString("messaging")
            ?? throw new InvalidOperationException("Set ConnectionStrings__messaging to the broker's address: amqp://user:password@host:port/.");
        var factory = new ConnectionFactory
        {
            Uri = new Uri(address),
            AutomaticRecoveryEnabled = false,
            RequestedHeartbeat = TimeSpan.FromSeconds(10),
            RequestedConnectionTimeout = Limit,
            ContinuationTimeout = Limit,
        };
        connection = await factory.CreateConnectionAsync(limit);
        channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), limit);
        return channel;
    }

    // As the bus of its host will find it: contract's exchange → exchange of the queue's name → queue. One that is there stays as that host has made it, which may be of another build.
    private async Task Bind(IChannel open, string exchange, string queue, CancellationToken limit)
    {
        if (!await Exists(queue, limit))
        {
            await open.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, Messaging.QueueArguments, cancellationToken: limit);
        }

        await open.ExchangeDeclareAsync(queue, ExchangeType.Fanout, durable: true, autoDelete: false, cancellationToken: limit);
        await open.QueueBindAsync(queue, queue, routingKey: "", cancellationToken: limit);
        await open.ExchangeBindAsync(destination: queue, source: exchange, routingKey: "", cancellationToken: limit);
    }

    // Asking for a queue that is not there costs the channel that asks.
    private async Task<bool> Exists(string queue, CancellationToken limit)
    {
        await using var asking = await connection!.CreateChannelAsync(cancellationToken: limit);
        try
        {
            await asking.QueueDeclarePassiveAsync(queue, limit);
            return true;
        }
        catch (OperationInterruptedException missing) when (missing.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            return false;
        }
    }

    private static async Task<(string? Reason, bool ConnectionIsDoubtful)> Confirmed(IChannel channel, OutgoingMessage message, CancellationToken limit)
    {
        try
        {
            _ = ActivityContext.TryParse(message.Trace, null, out var parent);
            using var activity = Traces.StartActivity($"send {ExchangeOf(message)}", ActivityKind.Producer, parent);
            await channel.BasicPublishAsync(ExchangeOf(message), routingKey: "", mandatory: true, Properties(message, activity?.Id ?? message.Trace), Envelope(message), limit);
            return (null, false);
        }
        catch (PublishException exception)
        {
            return (exception.IsReturn ? "No queue is bound for it." : "The broker refused it.", false);
        }
        catch (OperationCanceledException)
        {
            return (NoAnswer, true);
        }
        catch (Exception exception) when (exception is RabbitMQClientException or IOException or ObjectDisposedException)
        {
            return (exception.GetBaseException().Message, true);
        }
    }

    // The connection goes in the background and within a limit: closing one that hangs would hang as well.
    private void Drop()
    {
        var (old, oldChannel) = (connection, channel);
        (connection, channel) = (null, null);
        declared.Clear();
        if (old is not null)
        {
            _ = Task.Run(async () =>
            {
                await old.AbortAsync(TimeSpan.FromSeconds(2)).WaitAsync(Limit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                oldChannel?.Dispose();
                old.Dispose();
            });
        }
    }

    private static string ExchangeOf(OutgoingMessage message)
    {
        var dot = message.Type.LastIndexOf('.');
        return message.Exchange ?? $"{message.Type[..dot]}:{message.Type[(dot + 1)..]}";
    }

    private static BasicProperties Properties(OutgoingMessage message, string? trace) => new()
    {
        MessageId = message.Id.ToString(),
        ContentType = "application/vnd.masstransit+json",
        DeliveryMode = DeliveryModes.Persistent,
        Headers = trace is null ? null : new Dictionary<string, object?> { [DiagnosticHeaders.ActivityId] = trace },
    };

    // {"messageId":"…","messageType":["urn:message:Namespace:Name"],"message":{…}}
    private static ReadOnlyMemory<byte> Envelope(OutgoingMessage message)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("messageId", message.Id);
        json.WriteStartArray("messageType");
        json.WriteStringValue($"urn:message:{ExchangeOf(message with { Exchange = null })}");
        json.WriteEndArray();
        json.WritePropertyName("message");
        json.WriteRawValue(message.Body);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }
}
