using Marketplace.Catalog;
using Marketplace.Catalog.Apis;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults().AddStorage("catalog", typeof(CatalogEndpoints).Assembly, CatalogConsumers.Add);
builder.Services.AddValidation();
builder.Services.AddSingleton<UpstreamAddresses>();
builder.Services.AddSchedule();

var app = builder.Build();

app.UseServiceDefaults().UseStorage("catalog");
app.MapCatalog();

await app.RunAsync();
