using System.Text.Json;
using Marketplace.ServiceDefaults;
using Marketplace.StripeEmulator;
using Marketplace.StripeEmulator.Admin;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Pages;
using Marketplace.StripeEmulator.Store;
using Marketplace.StripeEmulator.Time;
using Marketplace.StripeEmulator.Webhooks;

var builder = WebApplication.CreateBuilder(args);
builder.AddTelemetry();
// One line a request would be much of its work.
builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
builder.Services.AddSingleton(builder.Configuration.GetSection("Emulator").Get<EmulatorOptions>() ?? new EmulatorOptions());
builder.Services.AddSingleton(new EmulatorClock(MovableClock.FromFile(builder.Configuration["Clock:File"]).GetUtcNow() - TimeProvider.System.GetUtcNow()));
builder.Services.AddSingleton<Engine>();
builder.Services.AddSingleton<Idempotency>();
builder.Services.AddSingleton<FaultRules>();
builder.Services.AddSingleton<RateLimits>();
builder.Services.AddSingleton<ObjectLocks>();
builder.Services.AddSingleton<Pipeline>();
builder.Services.AddSingleton<Dispatcher>();
builder.Services.AddHostedService(services => services.GetRequiredService<Dispatcher>());
builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.CamelCase);

var app = builder.Build();
app.UseTelemetry();
app.MapGet("/alive", () => "alive");
app.MapGet("/ready", () => "ready");
foreach (var endpoint in EndpointTable.All)
{
    app.MapMethods(endpoint.Path, [endpoint.Method], (HttpContext context, Pipeline pipeline) => pipeline.Run(context, endpoint));
}

app.MapFallback("/v2/{**path}", (HttpContext context, Pipeline pipeline) => pipeline.Unknown(context));
app.MapFallback("/v1/{**path}", (HttpContext context, Pipeline pipeline) => pipeline.Unknown(context));
app.MapAdmin();
app.MapPages();
app.Run();
