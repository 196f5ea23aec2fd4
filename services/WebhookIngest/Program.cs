using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Marketplace.WebhookIngest;
using Marketplace.WebhookIngest.Inbox;
using Marketplace.WebhookIngest.Ingest;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddStorage("webhooks", typeof(Program).Assembly, bus => bus.AddWebhookConsumers());
builder.Services.AddValidation();
builder.Services.AddSingleton<IngestLimit>().AddSingleton<KnownEndpoints>().AddSingleton<GroupCommit>();
builder.Services.AddHostedService(services => services.GetRequiredService<GroupCommit>());
builder.Services.AddWebhookSchedule(builder.Configuration);
builder.Services.AddHealthChecks().AddCheck<ParkedEventsCheck>("parked-events");
builder.Services.AddEncryptedColumn(new("webhook_endpoints", "integration_id", "secrets", ["organization_id", "integration_id"], "webhook-secret", Several: true));

var app = builder.Build();
// Before the routes too, which come first where nobody says otherwise.
app.UseLoadShedding();
app.UseRouting();
app.UseServiceDefaults().UseStorage("webhooks");
app.MapWebhooks();
app.Run();
