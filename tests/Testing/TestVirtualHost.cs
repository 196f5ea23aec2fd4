using System.Text.Json.Nodes;

namespace Marketplace.Testing;

/// <summary>A virtual host of the test class's own: its queues and exchanges meet nobody else's. Deleted afterwards.</summary>
public sealed class TestVirtualHost : IAsyncDisposable
{
    private readonly RabbitServer server;

    private TestVirtualHost(RabbitServer server, string name)
    {
        this.server = server;
        Name = name;
        Address = new UriBuilder(server.Address) { Path = "/" + name }.Uri;
    }

    /// <summary>The virtual host.</summary>
    public string Name { get; }

    /// <summary><c>amqp://user:password@host:port/name</c>: what a service gets as <c>ConnectionStrings:messaging</c>.</summary>
    public Uri Address { get; }

    /// <summary>An empty virtual host, on the broker of this test process unless another is given.</summary>
    /// <param name="prefix">Begins its name, so that a left-over can be told.</param>
    /// <param name="server">An own broker, for tests that stop it.</param>
    public static async Task<TestVirtualHost> Create(string prefix = "test", RabbitServer? server = null)
    {
        server ??= await RabbitServer.Current();
        var name = $"{prefix}-{Guid.NewGuid():n}";
        await server.Tell(HttpMethod.Put, $"api/vhosts/{name}");
        await server.Tell(HttpMethod.Put, $"api/permissions/{name}/{Uri.EscapeDataString(server.User)}", new { configure = ".*", write = ".*", read = ".*" });
        return new(server, name);
    }

    /// <summary>Names of the queues that messages reach: contract's exchange → exchange of the queue's name → queue are bound.</summary>
    public async Task<List<string>> BoundQueues()
    {
        var bindings = await server.Ask<JsonArray>($"api/bindings/{Name}");
        IEnumerable<string> To(string kind) =>
            bindings.Where(b => b!["destination_type"]!.GetValue<string>() == kind && b["source"]!.GetValue<string>().Length > 0).Select(b => b!["destination"]!.GetValue<string>());
        return [.. To("exchange").Intersect(To("queue"), StringComparer.Ordinal)];
    }

    /// <summary>Takes a queue away with its messages, as an operator's mistake does.</summary>
    public Task DeleteQueue(string name) => server.Tell(HttpMethod.Delete, $"api/queues/{Name}/{Uri.EscapeDataString(name)}");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await server.Tell(HttpMethod.Delete, $"api/vhosts/{Name}");
}
