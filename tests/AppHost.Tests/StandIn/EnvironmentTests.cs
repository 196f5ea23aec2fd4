using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Marketplace.Testing;

namespace Marketplace.AppHost.Tests.StandIn;

public sealed class EnvironmentTests
{
    [Fact]
    public async Task A_process_is_told_its_port_its_references_its_connection_strings_and_its_secrets()
    {
        await using var topology = new SampleTopology();
        var ports = Ports.Free(2);
        var password = topology.Builder.AddParameter("password", "s3cret{}", secret: true);
        var database = topology.Script("database", "exec sleep 600").WithEndpoint(port: ports[0], scheme: "tcp", name: "tcp", isProxied: false);
        var connection = topology.Builder.AddConnectionString("orders-database", ReferenceExpression.Create(
            $"Host={database.GetEndpoint("tcp").Property(EndpointProperty.IPV4Host)};Port={database.GetEndpoint("tcp").Property(EndpointProperty.Port)};Password={password}"));
        var api = topology.Builder.AddProject("api", "Nowhere.csproj").WithHttpEndpoint(port: ports[1]).WithExplicitStart();
        topology.Script("client", "env > seen.new; echo \"argument=$0\" >> seen.new; mv seen.new seen; exec sleep 600")
            .WithArgs(ReferenceExpression.Create($"to {api.GetEndpoint("http")}"))
            .WithHttpEndpoint(name: "pages", env: "MY_PORT")
            .WithReference(connection, connectionName: "orders")
            .WithReference(api)
            .WithEnvironment("PASSWORD", password)
            .WithEnvironment("UPSTREAM", api.GetEndpoint("http").Property(EndpointProperty.HostAndPort))
            .WithEnvironment("WHOLE", $"[{api.GetEndpoint("http")}]");
        await topology.Start();

        await Eventually.Until(() => topology.Read("seen").Length > 0, "the environment written");
        var seen = topology.Read("seen").Split('\n');
        Assert.Contains($"ConnectionStrings__orders=Host=127.0.0.1;Port={ports[0]};Password=s3cret{{}}", seen);
        Assert.Contains($"services__api__http__0=http://localhost:{ports[1]}", seen);
        Assert.Contains("PASSWORD=s3cret{}", seen);
        Assert.Contains($"UPSTREAM=localhost:{ports[1]}", seen);
        Assert.Contains($"WHOLE=[http://localhost:{ports[1]}]", seen);
        Assert.Contains($"argument=to http://localhost:{ports[1]}", seen);
        Assert.Contains(seen, line => line.StartsWith("MY_PORT=", StringComparison.Ordinal) && int.Parse(line["MY_PORT=".Length..]) > 0);
    }

    [Fact]
    public void A_port_that_only_a_proxy_could_map_is_refused()
    {
        using var folder = new TemporaryFolder();
        var builder = DistributedApplication.CreateBuilder([$"--Aspire:Store:Path={folder.Path}"]);
        var resource = builder.AddExecutable("server", "bash", ".");

        Assert.Throws<DistributedApplicationException>(() => resource.WithHttpEndpoint(port: 8080, targetPort: 80));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1st")]
    [InlineData("a--b")]
    [InlineData("a_b")]
    [InlineData("a-")]
    public void A_name_that_the_package_refuses_is_refused(string name)
    {
        using var folder = new TemporaryFolder();
        var builder = DistributedApplication.CreateBuilder([$"--Aspire:Store:Path={folder.Path}"]);

        Assert.ThrowsAny<ArgumentException>(() => builder.AddExecutable(name, "bash", "."));
    }

    private sealed class TemporaryFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("marketplace-topology-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
