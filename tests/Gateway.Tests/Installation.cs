using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Testing;

namespace Marketplace.Gateway.Tests;

/// <summary>A gateway process between a control plane and a provider's API, with a broker of its own: what each test class gets.</summary>
public class Installation : IAsyncLifetime
{
    public const string Product = "weather";
    public const string Api = "forecast";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("marketplace-gateway-");
    private readonly List<GatewayProcess> gateways = [];
    private TestVirtualHost virtualHost = null!;

    public ControlPlane Plane { get; private set; } = null!;

    public UpstreamApi Upstream { get; private set; } = null!;

    public GatewayProcess Gateway { get; private set; } = null!;

    public HttpClient Client => Gateway.Client;

    public string JournalFolder => JournalFolderOf(1);

    /// <summary>Settings on top of the environment contract.</summary>
    protected virtual IEnumerable<KeyValuePair<string, string>> Settings => [];

    /// <summary>The broker that this class uses.</summary>
    protected virtual Task<RabbitServer> Broker() => RabbitServer.Current();

    public virtual async ValueTask InitializeAsync()
    {
        virtualHost = await TestVirtualHost.Create("gateway", await Broker());
        Plane = await ControlPlane.Start(virtualHost.Address, KeyRing);
        Upstream = await UpstreamApi.Start();
        Plane.Put(RouteTo(Upstream.Address + "/base"));
        Gateway = MakeGateway();
        await Gateway.Start();
    }

    /// <summary>Another gateway of the same installation, not started yet.</summary>
    public GatewayProcess MakeGateway(int replica = 1, params (string Key, string Value)[] settings)
    {
        var all = new Dictionary<string, string>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["ConnectionStrings__messaging"] = virtualHost.Address.ToString(),
            ["DataProtection__KeyRing"] = KeyRing,
            ["Gateway__JournalFolder"] = JournalFolderOf(replica),
            ["Clock__File"] = Path.Combine(folder.FullName, "clock"),
            ["Upstreams__Allowed__0"] = $"127.0.0.1:{Upstream.Port}",
            ["Marketplace__PublicUrl"] = "http://localhost:8080",
        };
        foreach (var service in ControlPlane.Services)
        {
            all[$"services__{service}__http__0"] = Plane.Address(service);
        }

        foreach (var (key, value) in Settings.Select(s => (s.Key, s.Value)).Concat(settings))
        {
            all[key] = value;
        }

        var gateway = new GatewayProcess(all, folder.FullName);
        gateways.Add(gateway);
        return gateway;
    }

    public string JournalFolderOf(int replica) => Path.Combine(folder.FullName, $"journal-{replica}");

    /// <summary>A route of the one product; each API's id is <c>api_{name}</c>.</summary>
    public static RuntimeRoute RouteTo(string upstream, string api = Api, params PublishedResource[] resources) =>
        new("prd_weather", Product, $"api_{api}", api, upstream, resources);

    /// <summary>A live subscription of a new organization that was granted the API, and a key of its application.</summary>
    public async Task<Subscriber> Subscribe(Func<SubscriptionEntitlement, SubscriptionEntitlement>? change = null, bool settle = true)
    {
        var organization = TestCaller.NewId("org");
        var application = TestCaller.NewId("app");
        var now = TimeProvider.System.GetUtcNow();
        var facts = new SubscriptionEntitlement(
            TestCaller.NewId("sub"), organization, "prd_weather", Product, null, null, null, null,
            now.AddDays(-1), now.AddDays(29), [new GrantedApi($"api_{Api}", null)], [], null, null);
        facts = Plane.Put(change?.Invoke(facts) ?? facts);
        var key = $"mk_{Guid.NewGuid():n}";
        var credential = Plane.Put(new CredentialEntitlement(TestCaller.NewId("cre"), ControlPlane.HashOf(key), organization, application, null, null, "active"));
        if (settle)
        {
            await Plane.Settle();
        }

        return new(facts, credential, key);
    }

    /// <summary>A strict quota over the whole product for the billing period.</summary>
    public static QuotaEntitlement Strict(long limit, string interval = "period") => new(TestCaller.NewId("quo"), "transactions", limit, "strict", interval, []);

    /// <summary>Calls the API with a key in <c>X-Api-Key</c>.</summary>
    public Task<HttpResponseMessage> Call(string? key, string path = "anything", HttpMethod? method = null, GatewayProcess? through = null, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method ?? HttpMethod.Get, $"apis/{Product}/{Api}/{path}");
        if (key is not null)
        {
            request.Headers.Add("X-Api-Key", key);
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return (through ?? Gateway).Client.SendAsync(request);
    }

    /// <summary>What the provider's API says it was asked.</summary>
    public static async Task<Heard> HeardIn(HttpResponseMessage response) =>
        JsonSerializer.Deserialize<Heard>(await response.Content.ReadAsStringAsync(), JsonSerializerOptions.Web)!;

    public virtual async ValueTask DisposeAsync()
    {
        gateways.ForEach(gateway => gateway.Dispose());
        await Plane.DisposeAsync();
        await Upstream.DisposeAsync();
        await virtualHost.DisposeAsync();
        folder.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    private string KeyRing => Path.Combine(folder.FullName, "keys");
}

/// <summary>An organization's subscription and the key of its application.</summary>
public sealed record Subscriber(SubscriptionEntitlement Facts, CredentialEntitlement Credential, string Key)
{
    public string Id => Facts.SubscriptionId;
}
