namespace Marketplace.AppHost;

/// <summary>What processes of ours have in common: address, health, environment, clock, key ring.</summary>
public sealed class Wiring(
    IDistributedApplicationBuilder builder, Places places, IResourceBuilder<ParameterResource> encryptionKey, IResourceBuilder<ParameterResource>? oldEncryptionKey,
    Server postgres, Server messaging)
{
    /// <summary>A process that answers HTTP on its own port and says on <c>/ready</c> when it can do its work.</summary>
    public IResourceBuilder<ProjectResource> Project(string name, string path) => builder.AddProject(name, path)
        .WithHttpEndpoint(port: places.Port(name))
        .WithHttpHealthCheck("/ready")
        .WithEnvironment("ASPNETCORE_ENVIRONMENT", "Development")
        // Many small processes start at once on few cores: one heap each instead of one per core, no profiling of code that is still
        // starting, and no second mapping of code pages (a hardening that costs a third of the start; production keeps it).
        .WithEnvironment("DOTNET_gcServer", "0")
        .WithEnvironment("DOTNET_TieredPGO", "0")
        .WithEnvironment("DOTNET_EnableWriteXorExecute", "0")
        .WithEnvironment("Clock__File", places.File("clock", "offset"))
        .WithEnvironment("Marketplace__PublicUrl", places.PublicUrl);

    /// <summary>A service: a process with a database of its own name, on the broker.</summary>
    public IResourceBuilder<ProjectResource> Service(string name, string path)
    {
        var database = builder.AddConnectionString($"{name}-database", ReferenceExpression.Create(
            $"Host={postgres.Host};Port={postgres.Port};Database={name};Username={name};Password={postgres.Password}"));
        return OnBroker(Project(name, path)).WithReference(database, connectionName: name).WaitFor(postgres.Resource);
    }

    /// <summary>A process on the broker that reads the key ring.</summary>
    public IResourceBuilder<ProjectResource> OnBroker(IResourceBuilder<ProjectResource> project)
    {
        project
            .WithEnvironment("ConnectionStrings__messaging", ReferenceExpression.Create(
                $"amqp://{Servers.BrokerUser}:{messaging.Password}@{messaging.Host}:{messaging.Port}/"))
            .WithEnvironment("DataProtection__KeyRing", places.Folder("keys"))
            .WithEnvironment("Encryption__Key", encryptionKey)
            .WaitFor(messaging.Resource);
        return oldEncryptionKey is null ? project : project.WithEnvironment("Encryption__OldKeys__0", oldEncryptionKey);
    }
}

/// <summary>Marks an API of this machine as one that a provider may name as an upstream.</summary>
public static class Upstreams
{
    /// <summary>Internal addresses are refused as upstreams unless they are named: by host name and by address.</summary>
    public static IResourceBuilder<ProjectResource> AllowUpstream(this IResourceBuilder<ProjectResource> project, IResourceBuilder<ProjectResource> api)
    {
        var endpoint = api.GetEndpoint("http");
        return project
            .WithEnvironment("Upstreams__Allowed__0", endpoint.Property(EndpointProperty.HostAndPort))
            .WithEnvironment("Upstreams__Allowed__1", ReferenceExpression.Create(
                $"{endpoint.Property(EndpointProperty.IPV4Host)}:{endpoint.Property(EndpointProperty.Port)}"));
    }
}
