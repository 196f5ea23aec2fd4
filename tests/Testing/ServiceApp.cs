using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using MassTransit;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Marketplace.Testing;

/// <summary>The real service, unchanged, on a real database of the test class's own: <c>IClassFixture&lt;ServiceApp&lt;Program&gt;&gt;</c>,
/// or a derived fixture that adds settings. Time is <see cref="Clock"/>. Without <see cref="OnBroker"/> nothing leaves the outbox and no message
/// comes in: tests read <see cref="Announced{T}"/> and call a consumer's <c>Handle</c>.</summary>
/// <typeparam name="TEntryPoint">The host's <c>Program</c>; where two hosts are referenced, any public type of the host's assembly.</typeparam>
public class ServiceApp<TEntryPoint> : WebApplicationFactory<TEntryPoint>, IAsyncLifetime
    where TEntryPoint : class
{
    private static readonly string[] Databases = ["accounts", "catalog", "subscriptions", "invoicing", "webhooks"];
    private readonly DirectoryInfo keyRing = Directory.CreateTempSubdirectory("marketplace-keys-");

    /// <summary>The service's time, standing still until moved; its timers look for due work when it moves.</summary>
    public TestClock Clock { get; } = new();

    /// <summary>Everything the service logged, for tests that say what must not be in there.</summary>
    public CapturedLogs Logs { get; } = new();

    /// <summary>The service's database.</summary>
    public TestDatabase Database { get; private set; } = null!;

    /// <summary>The virtual host of a service <see cref="OnBroker"/>.</summary>
    public TestVirtualHost VirtualHost { get; private set; } = null!;

    /// <summary>Whether the service is connected to a real broker, relaying its outbox and hearing messages.</summary>
    protected virtual bool OnBroker => false;

    /// <summary>The virtual host of another service's fixture, for services that hear each other; null for one of its own.</summary>
    protected virtual TestVirtualHost? Beside => null;

    /// <summary>Whether a request ends after 5 s and a command after 3 s, as they do outside of tests. By default they are given a minute: a test that
    /// holds a row, or that runs on a busy machine, is not about them.</summary>
    protected virtual bool KeepsTimeLimits => false;

    /// <summary>Settings on top of the environment contract, as <c>Section:Key</c>.</summary>
    protected virtual IEnumerable<KeyValuePair<string, string>> Settings => [];

    /// <summary>Makes the database and the virtual host, starts the service and waits until its schema is there.</summary>
    public virtual async ValueTask InitializeAsync()
    {
        var virtualHost = Beside is { } other ? Task.FromResult(other) : OnBroker ? TestVirtualHost.Create() : null;
        Database = await TestDatabase.Create(typeof(TEntryPoint).Assembly.GetName().Name!.Split('.')[^1].ToLowerInvariant());
        VirtualHost = virtualHost is null ? null! : await virtualHost;
        _ = Services;
        Clock.Moved += Services.GetRequiredService<Wakeups>().WakeAll;
    }

    /// <summary>A client whose every request carries a fresh token of the caller.</summary>
    public HttpClient ClientFor(TestCaller caller) =>
        ClientWith(tokens => tokens.ForUser(caller.UserId, caller.IsOperator, caller.Memberships, scopes: caller.Scopes));

    /// <summary>A client that calls as another process of the installation.</summary>
    public HttpClient ClientForService(string name = "gateway") => ClientWith(tokens => tokens.ForService(name));

    /// <summary>A client without any token.</summary>
    public HttpClient Anonymous() => CreateDefaultClient();

    /// <summary>A consumer or another class of the service, with its dependencies: call its <c>Handle</c>.</summary>
    public T Make<T>()
        where T : class => ActivatorUtilities.CreateInstance<T>(Services);

    /// <summary>What the service announced and has not sent, oldest first: all of it, unless it is <see cref="OnBroker"/>.</summary>
    public async Task<List<T>> Announced<T>(Func<T, bool>? fits = null)
    {
        var bodies = await Database.Column<string>(
            "select body::text from outbox where split_part(message_type, ',', 1) = $1 order by position", typeof(T).FullName!);
        return [.. bodies.Select(body => JsonSerializer.Deserialize<T>(body, JsonSerializerOptions.Web)!).Where(message => fits?.Invoke(message) ?? true)];
    }

    /// <summary>Publishes a message on the service's virtual host, as another service's relay does. Waits until the service's queues are
    /// bound, and fails if none takes the message: the broker drops what nobody is bound to.</summary>
    public async Task Publish<T>(T message, Guid? messageId = null)
        where T : class
    {
        Assert.True(OnBroker, "Publishing needs a fixture with OnBroker.");
        var health = await Services.GetRequiredService<IBusControl>().WaitForHealthStatus(BusHealthStatus.Healthy, Eventually.Patience);
        Assert.Equal(BusHealthStatus.Healthy, health);
        await Services.GetRequiredService<IBus>().Publish(message, context =>
        {
            context.MessageId = messageId ?? Guid.CreateVersion7();
            context.GetPayload<RabbitMqSendContext>().Mandatory = true;
        });
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Database.DisposeAsync();
        if (VirtualHost is not null && Beside is null)
        {
            await VirtualHost.DisposeAsync();
        }

        keyRing.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseContentRoot(Repository.FolderOf(typeof(TEntryPoint).Assembly));
        foreach (var name in Databases)
        {
            builder.UseSetting($"ConnectionStrings:{name}", Database.ConnectionString);
        }

        builder.UseSetting("ConnectionStrings:messaging", VirtualHost?.Address.ToString() ?? "amqp://nobody:nothing@127.0.0.1:1/");
        builder.UseSetting("DataProtection:KeyRing", keyRing.FullName);
        builder.UseSetting("Encryption:Key", TestSecrets.EncryptionKey);
        builder.UseSetting("Marketplace:PublicUrl", "http://localhost:8080");
        foreach (var (key, value) in Settings)
        {
            builder.UseSetting(key, value);
        }

        builder.ConfigureLogging(logging =>
        {
            logging.ClearProviders().AddProvider(Logs);
            if (Environment.GetEnvironmentVariable("TEST_LOGS") is { Length: > 0 })
            {
                logging.AddConsole();
            }
        });
        builder.ConfigureTestServices(services =>
        {
            services.RemoveAll<TimeProvider>();
            services.AddSingleton<TimeProvider>(Clock);
            if (!KeepsTimeLimits)
            {
                TimeLimits.Lift(services, Database.ConnectionString);
            }

            if (!OnBroker)
            {
                Unplug(services);
            }
        });
    }

    // Takes out what talks to the broker by itself: the bus's own hosted service and the outbox relay.
    private static void Unplug(IServiceCollection services)
    {
        foreach (var hosted in services.Where(s => s.ServiceType == typeof(IHostedService)).ToList())
        {
            var type = hosted.ImplementationType ?? hosted.ImplementationFactory?.GetType().GenericTypeArguments[1];
            if (type == typeof(OutboxRelay) || type?.Namespace?.StartsWith("MassTransit", StringComparison.Ordinal) == true)
            {
                services.Remove(hosted);
            }
        }
    }

    private HttpClient ClientWith(Func<InternalTokens, string> mint) =>
        CreateDefaultClient(new Authorized(() => mint(Services.GetRequiredService<InternalTokens>())));

    private sealed class Authorized(Func<string> token) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token());
            return base.SendAsync(request, cancellationToken);
        }
    }
}

/// <summary>Secrets of this test process.</summary>
public static class TestSecrets
{
    /// <summary>A field encryption key: base64 of 32 bytes.</summary>
    public static string EncryptionKey { get; } = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
}
