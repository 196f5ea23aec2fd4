using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting;

/// <summary>Start order and health of a resource.</summary>
public static class WaitAndHealthExtensions
{
    public static IResourceBuilder<T> WaitFor<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency)
        where T : IResourceWithWaitSupport => Wait(builder, dependency, WaitType.WaitUntilHealthy);

    public static IResourceBuilder<T> WaitForStart<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency)
        where T : IResourceWithWaitSupport => Wait(builder, dependency, WaitType.WaitUntilStarted);

    public static IResourceBuilder<T> WaitForCompletion<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency, int exitCode = 0)
        where T : IResourceWithWaitSupport => Wait(builder, dependency, WaitType.WaitForCompletion, exitCode);

    public static IResourceBuilder<T> WithHealthCheck<T>(this IResourceBuilder<T> builder, string key)
        where T : IResource => builder.WithAnnotation(new HealthCheckAnnotation(key));

    public static IResourceBuilder<T> WithHttpHealthCheck<T>(
        this IResourceBuilder<T> builder, string? path = null, int? statusCode = null, string? endpointName = null)
        where T : IResourceWithEndpoints
    {
        var resource = builder.Resource;
        var endpoint = endpointName is not null
            ? builder.GetEndpoint(endpointName)
            : resource.GetEndpoints().FirstOrDefault(e => e.IsHttp || e.IsHttps)
                ?? throw new DistributedApplicationException($"Could not create HTTP health check for resource '{resource.Name}': it has no HTTP endpoint.");
        var key = string.Create(CultureInfo.InvariantCulture, $"{resource.Name}_{endpoint.EndpointName}_{path ?? "/"}_{statusCode ?? 200}_check");
        builder.ApplicationBuilder.Services.AddHealthChecks().Add(new HealthCheckRegistration(
            key,
            services => new HttpAnswer(services.GetRequiredService<IHttpClientFactory>(), endpoint, path ?? "/", statusCode ?? 200),
            failureStatus: null,
            tags: null));
        return builder.WithHealthCheck(key);
    }

    private static IResourceBuilder<T> Wait<T>(IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency, WaitType type, int exitCode = 0)
        where T : IResourceWithWaitSupport
    {
        // A connection string or a parameter is there as soon as what it is made of is there.
        if (dependency.Resource is not IComputeResource)
        {
            foreach (var made in dependency.Resource is IValueWithReferences value ? value.References : [])
            {
                foreach (var resource in Resources(made).Where(r => r is IComputeResource))
                {
                    builder.WithAnnotation(new WaitAnnotation(resource, type, exitCode));
                }
            }

            return builder;
        }

        if (ReferenceEquals(builder.Resource, dependency.Resource))
        {
            throw new DistributedApplicationException($"The '{builder.Resource.Name}' resource cannot wait for itself.");
        }

        return builder.WithAnnotation(new WaitAnnotation(dependency.Resource, type, exitCode));
    }

    private static IEnumerable<IResource> Resources(object value)
    {
        if (value is IResource resource)
        {
            yield return resource;
        }

        foreach (var part in (value as IValueWithReferences)?.References ?? [])
        {
            foreach (var inner in Resources(part))
            {
                yield return inner;
            }
        }
    }

    /// <summary>Healthy when the address answers with the expected status.</summary>
    private sealed class HttpAnswer(IHttpClientFactory clients, EndpointReference endpoint, string path, int statusCode) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            try
            {
                using var client = clients.CreateClient("health");
                using var answer = await client.GetAsync(new Uri(new Uri(endpoint.Url), path), cancellationToken);
                return (int)answer.StatusCode == statusCode
                    ? HealthCheckResult.Healthy()
                    : HealthCheckResult.Unhealthy($"{path} answers {(int)answer.StatusCode}");
            }
            catch (HttpRequestException refused)
            {
                return HealthCheckResult.Unhealthy($"{path} does not answer: {refused.Message}");
            }
        }
    }
}
