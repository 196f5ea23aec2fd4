using System.Text;
using Marketplace.Gateway;
using Marketplace.Gateway.Control;
using Marketplace.Gateway.Dev;
using Marketplace.Gateway.Dev.Seed;
using Marketplace.Gateway.Metering;
using Marketplace.Gateway.Runtime;
using Marketplace.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args).AddServiceDefaults();

// What a provider answers in its headers goes on byte by byte, as the client for upstreams reads it; Kestrel would refuse what is not ASCII.
builder.WebHost.ConfigureKestrel(server =>
{
    server.ResponseHeaderEncodingSelector = _ => Encoding.Latin1;
    server.Limits.MaxRequestHeadersTotalSize = 32 * 1024;
});

// The journal first: its id names this gateway's queues, and a second gateway on the same folder must not start.
var journal = new Journal(builder.Configuration["Gateway:JournalFolder"] ?? "journal", TimeProvider.System);
builder.Services.AddSingleton(_ => journal);

builder.Services.AddSingleton<Entitlements>();
builder.Services.AddSingleton<FeedReader>();
builder.Services.AddHostedService(services => services.GetRequiredService<FeedReader>());
builder.Services.AddHealthChecks().AddCheck<FeedReader>("entitlements", tags: [Health.Required]);

builder.AddMessaging($"gateway-{journal.GatewayId[^12..]}", bus => bus.AddGatewayConsumers());

builder.Services.AddSingleton<InFlight>();
builder.Services.AddSingleton<Leases>();
builder.Services.AddSingleton<UsageReporter>();
builder.Services.AddSingleton<IPendingWork>(services => services.GetRequiredService<UsageReporter>());
builder.Services.AddHostedService(services => services.GetRequiredService<UsageReporter>());

builder.Services.AddHttpForwarder();
builder.Services.AddSingleton<Upstream>();
builder.Services.AddSingleton<RuntimeCall>();
builder.Services.AddControlRoutes(builder.Configuration);
builder.Services.AddSingleton<ApiDocument>();
builder.Services.AddSingleton<DevClock>();
builder.Services.AddSingleton<DevSeed>();
builder.Services.AddValidation();

foreach (var service in ControlRoutes.Services.Append("stripe"))
{
    builder.AddServiceClient(service);
}

var app = builder.Build();
app.UseRuntimePath();
app.UseServiceDefaults(withOpenApi: false);
app.UseSwaggerUI(docs =>
{
    docs.RoutePrefix = "docs";
    docs.DocumentTitle = "Marketplace API";
    docs.SwaggerEndpoint("/openapi/v1.json", "Marketplace v1");
});
app.MapGateway();
app.Run();
