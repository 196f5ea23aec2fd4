using System.Collections.Concurrent;
using System.Text.Json;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Xunit.Sdk;

namespace Marketplace.Testing;

/// <summary>Hears what is published to a virtual host: a queue of its own, bound to the exchanges of the given contracts.
/// Start it before what announces, then await the messages.</summary>
public sealed class PublishedMessages : IAsyncDisposable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);
    private readonly ConcurrentQueue<Heard> heard = new();
    private readonly IConnection connection;

    private PublishedMessages(IConnection connection) => this.connection = connection;

    /// <summary>One message as it came over the wire.</summary>
    /// <param name="MessageId">The envelope's id.</param>
    /// <param name="Exchange">Namespace:Name of the contract.</param>
    /// <param name="Body">The contract's JSON.</param>
    public sealed record Heard(string? MessageId, string Exchange, JsonElement Body)
    {
        /// <summary>Reads the body as a contract.</summary>
        public T As<T>() => Body.Deserialize<T>(Json)!;
    }

    /// <summary>Everything heard so far.</summary>
    public IReadOnlyCollection<Heard> All => heard;

    /// <summary>Subscribes to contracts.</summary>
    public static async Task<PublishedMessages> Listen(TestVirtualHost host, params Type[] contracts)
    {
        var connection = await new ConnectionFactory { Uri = host.Address }.CreateConnectionAsync();
        var probe = new PublishedMessages(connection);
        var channel = await connection.CreateChannelAsync();
        var queue = await channel.QueueDeclareAsync("", durable: false, exclusive: true, autoDelete: true);
        foreach (var contract in contracts)
        {
            // As the bus declares it, so that whoever comes second finds it alike.
            await channel.ExchangeDeclareAsync(ExchangeOf(contract), ExchangeType.Fanout, durable: true, autoDelete: false);
            await channel.QueueBindAsync(queue.QueueName, ExchangeOf(contract), "");
        }

        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, delivery) =>
        {
            probe.Hear(delivery);
            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(queue.QueueName, autoAck: true, consumer);
        return probe;
    }

    /// <summary>Waits for the first message of a contract that fits.</summary>
    public async Task<T> Next<T>(Func<T, bool>? fits = null, TimeSpan? timeout = null) => (await Next(1, fits, timeout))[0];

    /// <summary>Waits until that many messages of a contract that fit were heard, and returns all of them.</summary>
    public async Task<List<T>> Next<T>(int count, Func<T, bool>? fits = null, TimeSpan? timeout = null)
    {
        var found = Of(fits);
        await Eventually.Until(
            () => Task.FromResult(found = Of(fits)),
            all => all.Count >= count,
            $"{count} × {typeof(T).Name} published",
            timeout);
        return found;
    }

    /// <summary>The messages of a contract heard so far that fit.</summary>
    public List<T> Of<T>(Func<T, bool>? fits = null) =>
        [.. heard.Where(h => h.Exchange == ExchangeOf(typeof(T))).Select(h => h.As<T>()).Where(m => fits?.Invoke(m) ?? true)];

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => connection.DisposeAsync();

    private static string ExchangeOf(Type contract) => $"{contract.Namespace}:{contract.Name}";

    // {"messageId":"…","messageType":["urn:message:Namespace:Name"],"message":{…}}
    private void Hear(BasicDeliverEventArgs delivery)
    {
        using var envelope = JsonDocument.Parse(delivery.Body);
        var root = envelope.RootElement;
        var body = root.TryGetProperty("message", out var message) ? message : throw new XunitException($"Not an envelope: {root}");
        heard.Enqueue(new(root.GetProperty("messageId").GetString(), delivery.Exchange, body.Clone()));
    }
}
