using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Marketplace.Subscriptions;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults().AddStorage("subscriptions", typeof(Program).Assembly, SubscriptionConsumers.AddConsumers);
builder.Services.AddValidation();
builder.Services.AddSingleton(PaymentRules.Of(builder.Configuration)).AddSingleton<SettlePayment>();
builder.Services.AddSchedule();

var app = builder.Build();
app.UseServiceDefaults().UseStorage("subscriptions");
app.MapSubscriptions();
app.Run();
