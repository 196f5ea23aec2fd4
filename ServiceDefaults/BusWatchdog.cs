using System.Diagnostics;
using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;

namespace Marketplace.ServiceDefaults;

/// <summary>Ends a process whose bus stays away from a broker that is there. The bus's client was seen to wait for ever on a connection that it was opening
/// when the broker was killed once more, and then not even to stop. Every process of this house may be killed at any time, so this one ends itself, and whoever
/// runs it starts it again.</summary>
/// <param name="connected">Whether the bus and all of its endpoints are connected.</param>
/// <param name="brokerAnswers">Whether a connection of its own can be opened now.</param>
/// <param name="end">Ends the process for a reason.</param>
/// <param name="patience">How long a bus that was connected may stay away; <see cref="Patience"/> unless the setting <c>Bus:PatienceSeconds</c> says otherwise.</param>
public sealed partial class BusWatchdog(
    Func<bool> connected, Func<CancellationToken, Task<bool>> brokerAnswers, Action<string> end, ILogger<BusWatchdog> logger, TimeSpan? patience = null) : BackgroundService
{
    /// <summary>How long a bus that was connected may stay away from a broker that answers.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>The same for a bus that was never connected: it may be refused for a reason that starting again does not mend.</summary>
    public static readonly TimeSpan PatienceAtStart = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(5);
    private bool wasConnected;
    private TimeSpan? since;

    /// <summary>Looks once, at a time of the process's own stopwatch. The time away counts while the broker answers only: a broker that is away is waited for without limit.</summary>
    public async Task<bool> IsStuck(TimeSpan now, CancellationToken cancellation)
    {
        if (connected())
        {
            if (!wasConnected)
            {
                Connected(logger);
            }

            (wasConnected, since) = (true, null);
            return false;
        }

        if (!await brokerAnswers(cancellation))
        {
            since = null;
            return false;
        }

        since ??= now;
        return now - since > (wasConnected ? patience ?? Patience : PatienceAtStart);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var watch = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(Look, TimeProvider.System);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (await IsStuck(watch.Elapsed, stoppingToken))
            {
                Stuck(logger);
                end("The bus does not come back to a broker that answers. The process ends to be started again.");
                return;
            }
        }
    }

    internal static void Add(IServiceCollection services) => services.AddHostedService(provider => new BusWatchdog(
        () => provider.GetRequiredService<IBusControl>().CheckHealth().Status == BusHealthStatus.Healthy,
        cancellation => Answers(provider.GetRequiredService<IConfiguration>(), cancellation),
        // Stopping in order would wait for the bus.
        Environment.FailFast,
        provider.GetRequiredService<ILogger<BusWatchdog>>(),
        provider.GetRequiredService<IConfiguration>().GetValue<double?>("Bus:PatienceSeconds") is { } seconds ? TimeSpan.FromSeconds(seconds) : null));

    private static async Task<bool> Answers(IConfiguration configuration, CancellationToken cancellation)
    {
        try
        {
            var factory = new ConnectionFactory
            {
                Uri = new Uri(configuration.GetConnectionString("messaging")!),
                AutomaticRecoveryEnabled = false,
                RequestedConnectionTimeout = BrokerSender.Limit,
            };
            await using var connection = await factory.CreateConnectionAsync(cancellation).WaitAsync(BrokerSender.Limit, TimeProvider.System, cancellation);
            return true;
        }
        catch (Exception) when (!cancellation.IsCancellationRequested)
        {
            // Why it does not answer is what the bus logs; here it counts only that it does not.
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The bus is connected")]
    private static partial void Connected(ILogger logger);

    [LoggerMessage(Level = LogLevel.Critical, Message = "The bus does not come back to a broker that answers; the process ends to be started again")]
    private static partial void Stuck(ILogger logger);
}
