using Marketplace.Storage;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Marketplace.Testing;

/// <summary>The limits of real time that every host has, for tests that are not about them.</summary>
public static class TimeLimits
{
    private static readonly TimeSpan Lifted = TimeSpan.FromMinutes(1);

    /// <summary>Gives requests and commands a minute.</summary>
    public static void Lift(IServiceCollection services, string connectionString)
    {
        services.PostConfigure<RequestTimeoutOptions>(options => options.DefaultPolicy = new()
        {
            Timeout = Lifted,
            TimeoutStatusCode = options.DefaultPolicy?.TimeoutStatusCode,
            WriteTimeoutResponse = options.DefaultPolicy?.WriteTimeoutResponse,
        });
        services.RemoveAll<NpgsqlDataSource>();
        services.AddSingleton(provider => StorageDefaults.Pool(connectionString, Lifted, provider.GetRequiredService<ILoggerFactory>()));
    }
}
