using System.Reflection;
using MassTransit;
using Marketplace.ServiceDefaults;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Marketplace.Storage;

/// <summary>What every service with a database does the same way. <see cref="AddStorage"/> and <see cref="UseStorage"/> are how a host takes it.</summary>
public static class StorageDefaults
{
    // Npgsql's own limits need a minute to notice a black hole; every request has a deadline of 5 s.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    /// <summary>The service's database (connection string of its name) with its migrations, the bus with the service's consumers, the outbox relay,
    /// parking, and the idempotency keys.</summary>
    /// <param name="builder">The host.</param>
    /// <param name="service">Name of the service: its connection string and the prefix of its queues.</param>
    /// <param name="schema">The assembly whose embedded <c>schema/*.sql</c> and <c>invariants/*.sql</c> are the service's own.</param>
    /// <param name="consumers">Registers the consumers.</param>
    public static WebApplicationBuilder AddStorage(this WebApplicationBuilder builder, string service, Assembly schema, Action<IBusRegistrationConfigurator> consumers)
    {
        var connection = builder.Configuration.GetConnectionString(service)
            ?? throw new InvalidOperationException($"Set ConnectionStrings__{service} to the service's PostgreSQL database.");
        builder.Services.AddSingleton(services => Pool(connection, Limit, services.GetRequiredService<ILoggerFactory>()));
        builder.Services.AddSingleton<Database>();
        builder.Services.AddSingleton<DueWork>();
        builder.Services.AddSingleton(services => new Migrations(
            services.GetRequiredService<NpgsqlDataSource>(), [typeof(StorageDefaults).Assembly, schema], services.GetRequiredService<ILogger<Migrations>>()));
        builder.Services.AddHostedService(services => services.GetRequiredService<Migrations>());
        builder.Services.AddSingleton(services => ActivatorUtilities.CreateInstance<Invariants>(services, schema));
        builder.AddMessaging(service, consumers, typeof(ParkingFilter<>));
        builder.Services.AddSingleton<OutboxRelay>();
        builder.Services.AddHostedService(services => services.GetRequiredService<OutboxRelay>());
        builder.Services.AddSingleton<IPendingWork, UnsentMessages>();
        builder.Services.AddScheduled(new Scheduled("forget-idempotency-keys", TimeSpan.FromHours(1), async (services, _, cancellation) =>
        {
            await services.GetRequiredService<Database>().Execute("delete from idempotency_keys where created_at < now() - interval '48 hours'", null, cancellation);
            return 0;
        }));
        builder.Services.AddReencryption();
        builder.Services.AddHealthChecks()
            .AddCheck<DatabaseCheck>("database", tags: [Health.Required])
            .AddCheck<OutboxCheck>("outbox");
        return builder;
    }

    /// <summary>Idempotency keys on every POST of a signed-in caller, and the operators' routes under <c>/v1/operations/{area}</c>.</summary>
    public static WebApplication UseStorage(this WebApplication app, string area)
    {
        app.UseMiddleware<IdempotencyKeys>();
        ParkedMessages.Map(app, area);
        Invariants.Map(app, area);
        app.MapReencryption(area);
        return app;
    }

    /// <summary>The connections of one process to its database.</summary>
    /// <param name="connection">Where the database is.</param>
    /// <param name="limit">The longest that connecting, and one statement, may take.</param>
    /// <param name="loggers">Where Npgsql logs.</param>
    public static NpgsqlDataSource Pool(string connection, TimeSpan limit, ILoggerFactory loggers)
    {
        var builder = new NpgsqlDataSourceBuilder(connection);
        builder.ConnectionStringBuilder.Timeout = builder.ConnectionStringBuilder.CommandTimeout = (int)limit.TotalSeconds;
        builder.ConnectionStringBuilder.CancellationTimeout = 500;
        builder.ConnectionStringBuilder.MaxPoolSize = 30;

        // A statement that a connection has seen five times is parsed and planned no more: planning cost more than running most of ours.
        builder.ConnectionStringBuilder.MaxAutoPrepare = 100;

        // Nothing of ours outlives its transaction but the outbox's listener, which keeps its connection until the host stops.
        builder.ConnectionStringBuilder.NoResetOnClose = true;
        builder.UseLoggerFactory(loggers);
        return builder.Build();
    }

    private sealed class UnsentMessages(Database database) : IPendingWork
    {
        public Task<long> Pending(CancellationToken cancellation) => database.QueryOne<long>("select count(*) from outbox", null, cancellation);

        public Task<DateTimeOffset?> NextDue(CancellationToken cancellation) => Task.FromResult<DateTimeOffset?>(null);
    }

    private sealed class DatabaseCheck(Migrations migrations, Database database) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            if (!migrations.Done)
            {
                return HealthCheckResult.Unhealthy("The schema is not there yet.");
            }

            await database.QueryOne<int>("select 1", null, cancellationToken);
            return HealthCheckResult.Healthy();
        }
    }

    // The bus itself reports healthy long after the broker is gone; the age of what waits does not lie.
    private sealed class OutboxCheck(Database database) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            var age = await database.QueryOne<double?>("select extract(epoch from now() - min(created_at))::float8 from outbox", null, cancellationToken);
            return age > 15 ? HealthCheckResult.Degraded($"The oldest unsent message is {age:0} s old.") : HealthCheckResult.Healthy();
        }
    }
}
