using System.Net.Http.Headers;
using MassTransit;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Marketplace.Storage.Tests.Sample;

/// <summary>The smallest service that uses everything of ServiceDefaults and Storage: it takes notes, announces them and hears its own announcements.</summary>
internal sealed class NotesHost : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly DirectoryInfo keyRing;

    private NotesHost(WebApplication app, CapturedLogs logs, DirectoryInfo keyRing)
    {
        this.app = app;
        this.keyRing = keyRing;
        Logs = logs;
    }

    public IServiceProvider Services => app.Services;

    public CapturedLogs Logs { get; }

    /// <summary>Steers the handlers of this host.</summary>
    public Switches Switches => app.Services.GetRequiredService<Switches>();

    /// <summary>Starts a host; without a virtual host it has no broker, and unless <paramref name="keepsTimeLimits"/> a request has a minute. Its queues are those of <paramref name="service"/>.</summary>
    public static async Task<NotesHost> Start(
        TestDatabase database, TestVirtualHost? virtualHost = null, string environment = "Development",
        bool consumes = true, bool relays = true, bool keepsTimeLimits = false, string service = "notes", params (string Key, string Value)[] settings)
    {
        var logs = new CapturedLogs();
        var keyRing = Directory.CreateTempSubdirectory("marketplace-notes-keys-");
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = environment });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            [$"ConnectionStrings:{service}"] = database.ConnectionString,
            ["ConnectionStrings:messaging"] = virtualHost?.Address.ToString() ?? "amqp://nobody:nothing@127.0.0.1:1/",
            ["DataProtection:KeyRing"] = keyRing.FullName,
            ["Encryption:Key"] = TestSecrets.EncryptionKey,
        });
        builder.Configuration.AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value)));
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders().AddProvider(logs);
        builder.AddServiceDefaults();
        builder.AddStorage(service, typeof(NotesHost).Assembly, bus =>
        {
            if (consumes)
            {
                bus.AddConsumer<HearNote>();
                bus.AddConsumer<KeepConsumerOrganization>();
            }
        });
        builder.Services.AddSingleton<Switches>();
        if (!keepsTimeLimits)
        {
            TimeLimits.Lift(builder.Services, database.ConnectionString);
        }

        if (!relays)
        {
            foreach (var hosted in builder.Services.Where(s => s.ImplementationFactory is Func<IServiceProvider, OutboxRelay> && s.ServiceType == typeof(IHostedService)).ToList())
            {
                builder.Services.Remove(hosted);
            }
        }

        var app = builder.Build();
        app.UseServiceDefaults();
        app.UseStorage("notes");
        app.MapPost("/v1/notes", WriteNote.Handle).RequireAuthorization(Policies.User);
        app.MapPost("/v1/other-notes", WriteNote.Handle).RequireAuthorization(Policies.User);
        app.MapGet("/v1/notes", ListNotes.Handle).RequireAuthorization(Policies.User);
        app.MapGet("/v1/forgotten", () => "a route that names no policy");
        await app.StartAsync();
        return new(app, logs, keyRing);
    }

    public HttpClient ClientFor(TestCaller caller) => Client(tokens => tokens.ForUser(caller.UserId, caller.IsOperator, caller.Memberships));

    public HttpClient ClientForService() => Client(tokens => tokens.ForService("test"));

    public HttpClient Anonymous() => new() { BaseAddress = new(app.Urls.First()) };

    /// <summary>Announces notes without HTTP, each in a transaction of its own.</summary>
    public async Task Announce(params IEnumerable<string> texts)
    {
        var database = app.Services.GetRequiredService<Database>();
        foreach (var text in texts)
        {
            await using var transaction = await database.Begin(CancellationToken.None);
            await transaction.Announce(new NoteWritten(TestCaller.NewId("not"), text), CancellationToken.None);
            await transaction.Commit(CancellationToken.None);
        }
    }

    /// <summary>Waits until messages reach the consumer's queue: it exists before it is bound.</summary>
    public static Task UntilListening(TestVirtualHost virtualHost) =>
        Eventually.Until(virtualHost.BoundQueues, queues => queues.Contains("notes-hear-note"), "the consumer's queue is bound", TimeSpan.FromSeconds(60));

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        keyRing.Delete(recursive: true);
    }

    private HttpClient Client(Func<InternalTokens, string> mint)
    {
        var client = Anonymous();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", mint(app.Services.GetRequiredService<InternalTokens>()));
        return client;
    }
}
