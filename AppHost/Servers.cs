using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Marketplace.AppHost;

/// <summary>A server that others connect to: its process or container, its address and its password.</summary>
public sealed record Server(
    IResourceBuilder<IResource> Resource, EndpointReferenceExpression Host, EndpointReferenceExpression Port, IResourceBuilder<ParameterResource> Password);

/// <summary>PostgreSQL and RabbitMQ: the operating system's own programs, or containers where an engine runs.</summary>
public static class Servers
{
    /// <summary>The broker's only user.</summary>
    public const string BrokerUser = "marketplace";

    /// <summary>One PostgreSQL with a database and a role of the same name for each service.</summary>
    public static Server AddPostgres(
        this IDistributedApplicationBuilder builder, string name, Places places, IResourceBuilder<ParameterResource> password, params string[] databases)
    {
        if (places.Containers)
        {
            return Checked(builder, password, new PostgresAnswers(), builder.AddContainer(name, "postgres", "17")
                .WithEndpoint(port: places.Port(name), targetPort: 5432, scheme: "tcp", name: "tcp")
                .WithEnvironment("POSTGRES_PASSWORD", password)
                .WithEnvironment("DATABASES", string.Join(' ', databases))
                // As everywhere: other locales sort ids and cursors otherwise, and the services refuse to start on them.
                .WithEnvironment("POSTGRES_INITDB_ARGS", "--encoding=UTF8 --locale=C.UTF-8")
                .WithBindMount("servers/container-databases.sh", "/docker-entrypoint-initdb.d/databases.sh", isReadOnly: true)
                .WithVolume("marketplace-postgres", "/var/lib/postgresql/data"));
        }

        return Checked(builder, password, new PostgresAnswers(), builder.AddExecutable(name, "bash", ".", ["servers/postgres.sh", .. databases])
            .WithEndpoint(port: places.Port(name), scheme: "tcp", name: "tcp", env: "PORT", isProxied: false)
            .WithEnvironment("FOLDER", Path.Combine(places.Data, "postgres"))
            .WithEnvironment("PASSWORD", password));
    }

    /// <summary>One RabbitMQ with its management pages, a user of ours and no guest.</summary>
    public static Server AddRabbitMq(
        this IDistributedApplicationBuilder builder, string name, Places places, IResourceBuilder<ParameterResource> password)
    {
        if (places.Containers)
        {
            return Checked(builder, password, new RabbitMqAnswers(), builder.AddContainer(name, "rabbitmq", "4-management")
                .WithEndpoint(port: places.Port(name), targetPort: 5672, scheme: "tcp", name: "tcp")
                .WithHttpEndpoint(port: places.Port($"{name}-management"), targetPort: 15672, name: "management")
                .WithEnvironment("RABBITMQ_DEFAULT_USER", BrokerUser)
                .WithEnvironment("RABBITMQ_DEFAULT_PASS", password)
                .WithVolume("marketplace-rabbitmq", "/var/lib/rabbitmq"));
        }

        return Checked(builder, password, new RabbitMqAnswers(), builder.AddExecutable(name, "bash", ".", ["servers/rabbitmq.sh"])
            .WithEndpoint(port: places.Port(name), scheme: "tcp", name: "tcp", env: "PORT", isProxied: false)
            .WithHttpEndpoint(port: places.Port($"{name}-management"), name: "management", env: "MANAGEMENT_PORT", isProxied: false)
            .WithEndpoint(port: places.Port($"{name}-distribution"), scheme: "tcp", name: "distribution", env: "DISTRIBUTION_PORT", isProxied: false)
            .WithEndpoint(port: places.Port($"{name}-names"), scheme: "tcp", name: "names", env: "NAMES_PORT", isProxied: false)
            .WithEnvironment("FOLDER", places.Folder("rabbitmq"))
            .WithEnvironment("BROKER_USER", BrokerUser)
            .WithEnvironment("PASSWORD", password));
    }

    private static Server Checked<T>(
        IDistributedApplicationBuilder builder, IResourceBuilder<ParameterResource> password, WireCheck check, IResourceBuilder<T> resource)
        where T : class, IResourceWithEndpoints
    {
        var endpoint = resource.GetEndpoint("tcp");
        var key = $"{resource.Resource.Name}-answers";
        check.Endpoint = endpoint;
        builder.Services.AddHealthChecks().AddCheck(key, check);
        resource.WithHealthCheck(key);
        return new(resource, endpoint.Property(EndpointProperty.IPV4Host), endpoint.Property(EndpointProperty.Port), password);
    }
}
