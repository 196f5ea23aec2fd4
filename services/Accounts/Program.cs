using Marketplace.Accounts;
using Marketplace.Accounts.Mail;
using Marketplace.Accounts.SecondFactor;
using Marketplace.Accounts.Sessions;
using Marketplace.Accounts.Users;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddStorage("accounts", typeof(Program).Assembly, bus => bus.AddAccountsConsumers());
builder.Services.AddValidation();
builder.Services.AddPasswordLimit();
builder.Services.AddSingleton<Passwords>();
builder.Services.AddSingleton<SessionTokens>();
builder.Services.AddSingleton<PasswordProof>();
builder.Services.AddSingleton<EmailConfirmation>();
builder.Services.AddSingleton<AuthenticatorCodes>();
builder.Services.AddSingleton<Authenticator>();
builder.Services.AddMail();
builder.Services.AddHostedService<SeedOperator>();
builder.Services.AddAccountsSchedule();

var app = builder.Build();
app.UseServiceDefaults().UseStorage("accounts");
app.UseRateLimiter();
app.MapAccounts();
app.Run();
