using Marketplace.AppHost;

// The map of the system: what runs, what it is told, and what it waits for. Where things are: Places; what is secret: Secrets.
var places = Places.FromEnvironment();
using var alone = places.Occupy();
var secrets = new Secrets(places.Folder("secrets"));
var builder = DistributedApplication.CreateBuilder([.. args, .. Observability.Settings(places, secrets)]);

var databasePassword = builder.AddParameter("database-password", secrets.Word("database-password"), secret: true);
var brokerPassword = builder.AddParameter("broker-password", secrets.Word("broker-password"), secret: true);
var encryptionKey = builder.AddParameter("encryption-key", secrets.Key("encryption-key"), secret: true);
// While the encryption key is rotated, the one before it may still read.
var oldEncryptionKey = secrets.Given("encryption-key.old") is { } oldKey ? builder.AddParameter("old-encryption-key", oldKey, secret: true) : null;
var operatorPassword = builder.AddParameter("operator-password", secrets.Word("operator-password"), secret: true);

var postgres = builder.AddPostgres("postgres", places, databasePassword, "accounts", "catalog", "subscriptions", "invoicing", "webhooks");
var messaging = builder.AddRabbitMq("messaging", places, brokerPassword);
var wiring = new Wiring(builder, places, encryptionKey, oldEncryptionKey, postgres, messaging);

// What stands outside in production: Stripe (left out when a real account is used) and a provider's API.
var stripe = places.LiveStripe ? null : wiring.Project("stripe", "../standins/StripeEmulator/StripeEmulator.csproj")
    .WithEnvironment("Emulator__SnapshotFile", places.File("stripe", "snapshot.json"));
stripe?.WithEnvironment("Emulator__PublicUrl", stripe.GetEndpoint("http"));
var echo = wiring.Project("echo", "../standins/EchoApi/EchoApi.csproj");

var accounts = wiring.Service("accounts", "../services/Accounts/Accounts.csproj")
    .WithEnvironment("Operator__Email", Places.OperatorEmail)
    .WithEnvironment("Operator__Password", operatorPassword)
    .WithEnvironment("Mail__DropFolder", places.Folder("mail"));
var catalog = wiring.Service("catalog", "../services/Catalog/Catalog.csproj").AllowUpstream(echo);
var subscriptions = wiring.Service("subscriptions", "../services/Subscriptions/Subscriptions.csproj");
var invoicing = wiring.Service("invoicing", "../services/Invoicing/Invoicing.csproj");
var webhooks = wiring.Service("webhooks", "../services/WebhookIngest/WebhookIngest.csproj");

var gateway = wiring.OnBroker(wiring.Project("gateway", "../gateway/Gateway.csproj"))
    .WithReference(accounts).WaitFor(accounts)
    .WithReference(catalog).WaitFor(catalog)
    .WithReference(subscriptions).WaitFor(subscriptions)
    .WithReference(invoicing).WaitFor(invoicing)
    .WithReference(webhooks).WaitFor(webhooks)
    .WithEnvironment("Gateway__JournalFolder", places.Folder("journal"))
    .AllowUpstream(echo)
    .WithExternalHttpEndpoints();

if (stripe is not null)
{
    // The emulator knows no limit by itself, and whoever moves its clock by months does not want to wait for one.
    invoicing.WithEnvironment("Stripe__ApiBase", stripe.GetEndpoint("http")).WithEnvironment("Stripe__RequestsPerSecond__Test", "1000").WithEnvironment("Stripe__RequestsPerSecond__Live", "1000")
        .WaitFor(stripe);
    // What the seed needs: an account to connect and an API to sell.
    gateway.WithReference(stripe).WithReference(echo);
}

await using var system = builder.Build();
await using var state = StateFile.Follow(system, places);
await system.RunAsync();
