using System.Globalization;
using System.Text.Json.Nodes;

namespace Marketplace.AppHost.Tests;

/// <summary>What AppHost declares, read from the manifest that both flavours of Aspire write.</summary>
public sealed class TopologyTests(TopologyTests.Manifest manifest) : IClassFixture<TopologyTests.Manifest>
{
    private static readonly string[] Services = ["accounts", "catalog", "subscriptions", "invoicing", "webhooks"];
    private static readonly string[] Hosts = [.. Services, "gateway", "stripe", "echo"];

    [Fact]
    public void Every_part_of_the_system_is_declared()
    {
        string[] expected = ["postgres", "messaging", .. Hosts];

        Assert.Equal(expected.Order(), manifest.Resources
            .Where(r => (string?)r.Value!["type"] is "project.v0" or "executable.v0" or "container.v0").Select(r => r.Key).Order());
    }

    [Fact]
    public void Every_service_is_given_its_own_database_and_no_other()
    {
        foreach (var service in Services)
        {
            var connections = Variables(service).Where(v => v.Key.StartsWith("ConnectionStrings__", StringComparison.Ordinal)).ToDictionary();

            Assert.Equal([.. new[] { service, "messaging" }.Order().Select(n => $"ConnectionStrings__{n}")], connections.Keys.Order());
            Assert.Equal($"{{{service}-database.connectionString}}", connections[$"ConnectionStrings__{service}"]);
            Assert.Contains($"Database={service};", (string)manifest.Resources[$"{service}-database"]!["connectionString"]!, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_process_knows_its_address_its_clock_and_the_public_address()
    {
        foreach (var host in Hosts)
        {
            var variables = Variables(host);
            Assert.All(["ASPNETCORE_URLS", "ASPNETCORE_ENVIRONMENT", "Clock__File", "Marketplace__PublicUrl"], key => Assert.Contains(key, variables.Keys));
        }
    }

    [Fact]
    public void Only_our_own_services_and_the_gateway_hold_the_key_ring()
    {
        var holders = Hosts.Where(h => Variables(h).ContainsKey("DataProtection__KeyRing"));

        Assert.Equal([.. Services, "gateway"], holders);
        Assert.All(holders, h => Assert.Equal("{encryption-key.value}", Variables(h)["Encryption__Key"]));
    }

    [Fact]
    public void The_gateway_finds_every_service_the_emulator_and_the_api_that_its_seed_sells()
    {
        var addresses = Variables("gateway").Where(v => v.Key.StartsWith("services__", StringComparison.Ordinal)).ToDictionary();

        Assert.Equal(
            Services.Concat(["stripe", "echo"]).Order().Select(s => $"services__{s}__http__0"),
            addresses.Keys.Order());
        Assert.Equal("{catalog.bindings.http.url}", addresses["services__catalog__http__0"]);
    }

    [Fact]
    public void Invoicing_talks_to_the_emulator_and_nobody_else_is_told_of_it()
    {
        Assert.Equal("{stripe.bindings.http.url}", Variables("invoicing")["Stripe__ApiBase"]);
        Assert.All(Hosts.Except(["invoicing"]), h => Assert.DoesNotContain("Stripe__ApiBase", Variables(h).Keys));
    }

    [Fact]
    public void The_echo_api_is_the_only_internal_upstream_that_is_allowed()
    {
        Assert.All(["catalog", "gateway"], host => Assert.Equal("{echo.bindings.http.hostAndPort}", Variables(host)["Upstreams__Allowed__0"]));
        Assert.DoesNotContain("Upstreams__Allowed__2", Variables("gateway").Keys);
    }

    [Fact]
    public void Passwords_and_keys_are_secret_parameters_and_stand_nowhere_in_the_manifest()
    {
        foreach (var name in new[] { "database-password", "broker-password", "encryption-key", "operator-password" })
        {
            Assert.True((bool?)manifest.Resources[name]!["inputs"]!["value"]!["secret"]);
            Assert.DoesNotContain(manifest.Secret(name), manifest.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    [System.Runtime.Versioning.SupportedOSPlatform("linux")]
    public void Secrets_can_be_read_by_their_owner_only()
    {
        const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

        Assert.All(Directory.GetFiles(manifest.SecretsFolder), f => Assert.Equal((UnixFileMode)0, File.GetUnixFileMode(f) & Others));
        Assert.Equal((UnixFileMode)0, File.GetUnixFileMode(manifest.SecretsFolder) & (Others | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute));
    }

    private Dictionary<string, string> Variables(string resource) => manifest.Resources[resource]!["env"]!.AsObject()
        .ToDictionary(v => v.Key, v => Convert.ToString(v.Value, CultureInfo.InvariantCulture)!);

    /// <summary>AppHost, asked to write down the topology instead of running it.</summary>
    public sealed class Manifest : IAsyncLifetime
    {
        private readonly AppHostProcess appHost = new();

        public string Text { get; private set; } = "";

        public JsonObject Resources { get; private set; } = [];

        public string SecretsFolder => Path.Combine(appHost.Data, "secrets");

        public string Secret(string name) => File.ReadAllText(Path.Combine(SecretsFolder, name));

        public async ValueTask InitializeAsync()
        {
            var file = Path.Combine(appHost.Data, "manifest.json");
            appHost.Start("--publisher", "manifest", "--output-path", file);
            Assert.Equal(0, await appHost.Exit());
            Text = await File.ReadAllTextAsync(file);
            Resources = JsonNode.Parse(Text)!["resources"]!.AsObject();
        }

        public ValueTask DisposeAsync()
        {
            appHost.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
