using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using RabbitMQ.Client;

namespace Marketplace.ServiceDefaults;

/// <summary>The bus as every host uses it: RabbitMQ, one quorum queue per consumer, an explicit delivery limit with a dead-letter queue.</summary>
public static class Messaging
{
    /// <summary>Where messages end that were delivered too often (a consumer process that keeps dying on them).</summary>
    public const string DeadLetters = "dead-letters";

    private const int DeliveryLimit = 20;

    /// <summary>How every queue of ours is declared, by the host that reads it or by one that announced something for it before that host had ever run.</summary>
    internal static Dictionary<string, object?> QueueArguments => new(StringComparer.Ordinal)
    {
        ["x-queue-type"] = "quorum", ["x-delivery-limit"] = DeliveryLimit, ["x-dead-letter-exchange"] = DeadLetters,
    };

    /// <summary>Connects the host to the broker named by the connection string <c>messaging</c>.</summary>
    /// <param name="builder">The host.</param>
    /// <param name="service">Prefix of the host's queues; for a host whose instances each hear everything, unique per instance.</param>
    /// <param name="consumers">Registers the consumers.</param>
    /// <param name="outermost">Filters that run around the retries of every message, outermost first.</param>
    public static void AddMessaging(
        this IHostApplicationBuilder builder, string service,
        Action<IBusRegistrationConfigurator> consumers, params Type[] outermost)
    {
        var address = new Uri(builder.Configuration.GetConnectionString("messaging")
            ?? throw new InvalidOperationException("Set ConnectionStrings__messaging to the broker's address: amqp://user:password@host:port/."));
        var endpoints = new Endpoints();
        builder.Services.AddSingleton(endpoints);
        builder.Services.AddSingleton<BrokerSender>();
        BusWatchdog.Add(builder.Services);
        builder.Services.AddSingleton<IPendingWork>(_ => new QueuedMessages(address, endpoints));
        builder.Services.AddOptions<MassTransitHostOptions>().Configure(options =>
        {
            // The host answers while the broker is away; the bus connects when it comes.
            options.WaitUntilStarted = false;
            options.StopTimeout = TimeSpan.FromSeconds(10);
        });
        builder.Services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            bus.SetEndpointNameFormatter(new KebabCaseEndpointNameFormatter(service, includeNamespace: false));
            consumers(bus);
            bus.AddConfigureEndpointsCallback((_, name, endpoint) =>
            {
                if (endpoint is IRabbitMqReceiveEndpointConfigurator rabbit)
                {
                    endpoints.Names.Add(name);
                    rabbit.PrefetchCount = 32;
                    rabbit.SetQuorumQueue();
                    rabbit.SetQueueArgument("x-delivery-limit", DeliveryLimit);
                    rabbit.BindDeadLetterQueue(DeadLetters, DeadLetters, queue => queue.SetQuorumQueue());
                }
            });
            bus.UsingRabbitMq((context, rabbit) =>
            {
                var user = address.UserInfo.Split(':', 2);
                rabbit.Host(address.Host, (ushort)(address.Port < 0 ? 5672 : address.Port), Uri.UnescapeDataString(address.AbsolutePath.TrimStart('/')) is { Length: > 0 } path ? path : "/", host =>
                {
                    host.Username(Uri.UnescapeDataString(user[0]));
                    host.Password(Uri.UnescapeDataString(user.ElementAtOrDefault(1) ?? ""));
                    host.Heartbeat(TimeSpan.FromSeconds(10));
                    host.RequestedConnectionTimeout(TimeSpan.FromSeconds(5));
                });
                rabbit.UseConsumeFilter(typeof(CountingFilter<>), context);
                foreach (var filter in outermost)
                {
                    rabbit.UseConsumeFilter(filter, context);
                }

                rabbit.UseMessageRetry(retry => retry.Intervals(50, 250, 1000, 3000));
                rabbit.ConfigureEndpoints(context);
            });
        });
    }

    private sealed class CountingFilter<T>(Activities activities) : IFilter<ConsumeContext<T>>
        where T : class
    {
        public async Task Send(ConsumeContext<T> context, IPipe<ConsumeContext<T>> next)
        {
            using (activities.Begin())
            {
                await next.Send(context);
            }
        }

        public void Probe(ProbeContext context) => context.CreateFilterScope("counting");
    }

    private sealed class Endpoints
    {
        public List<string> Names { get; } = [];
    }

    // How many messages wait in this host's queues; the ones being handled are counted by the filter above.
    private sealed class QueuedMessages(Uri address, Endpoints endpoints) : IPendingWork, IAsyncDisposable
    {
        private readonly SemaphoreSlim gate = new(1);
        private IConnection? connection;

        public async Task<long> Pending(CancellationToken cancellation)
        {
            await gate.WaitAsync(cancellation);
            try
            {
                if (connection is not { IsOpen: true })
                {
                    connection = await new ConnectionFactory { Uri = address, AutomaticRecoveryEnabled = false }.CreateConnectionAsync(cancellation);
                }

                await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellation);
                var count = 0L;
                foreach (var name in endpoints.Names)
                {
                    count += (await channel.QueueDeclarePassiveAsync(name, cancellation)).MessageCount;
                }

                return count;
            }
            catch (Exception exception) when (exception is RabbitMQ.Client.Exceptions.RabbitMQClientException or IOException)
            {
                // No broker or no queue yet: nothing can be said to be finished.
                return 1;
            }
            finally
            {
                gate.Release();
            }
        }

        public Task<DateTimeOffset?> NextDue(CancellationToken cancellation) => Task.FromResult<DateTimeOffset?>(null);

        public async ValueTask DisposeAsync()
        {
            gate.Dispose();
            if (connection is not null)
            {
                await connection.DisposeAsync();
            }
        }
    }
}
