using System.Collections.ObjectModel;
using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Orchestration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting;

/// <summary>The stand-in's builder: a generic host whose one hosted service runs the declared processes.</summary>
public class DistributedApplicationBuilder : IDistributedApplicationBuilder
{
    private readonly HostApplicationBuilder host;
    private readonly bool dashboard;

    public DistributedApplicationBuilder(string[] args)
        : this(new DistributedApplicationOptions { Args = args })
    {
    }

    public DistributedApplicationBuilder(DistributedApplicationOptions options)
    {
        AppHostAssembly = options.AssemblyName is { } name ? Assembly.Load(name) : Assembly.GetEntryAssembly();
        AppHostDirectory = options.ProjectDirectory ?? ProjectDirectory(AppHostAssembly) ?? Directory.GetCurrentDirectory();
        host = new HostApplicationBuilder(new HostApplicationBuilderSettings
        {
            Args = options.Args,
            ContentRootPath = AppHostDirectory,
            EnvironmentName = null,
        });
        ExecutionContext = (Configuration["Publishing:Publisher"] ?? Configuration["publisher"]) is { } publisher
            ? new(DistributedApplicationOperation.Publish, publisher)
            : new(DistributedApplicationOperation.Run);

        Configuration["AppHost:Directory"] = AppHostDirectory;
        host.Logging.AddSimpleConsole(o => o.SingleLine = true);
        host.Logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);
        // It repeats, with a stack trace, what the failed start throws anyway.
        host.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        host.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
        host.Logging.AddFilter("System.Net.Http.HttpClient", LogLevel.Warning);
        // Stopping is ours to bound: every resource has its own grace period, one after the other.
        host.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromMinutes(2));
        host.Services.AddHealthChecks();
        host.Services.AddHttpClient();
        host.Services.AddSingleton<ResourceNotificationService>();
        host.Services.AddSingleton(_ => new DistributedApplicationModel(Resources));
        host.Services.AddSingleton(ExecutionContext);
        host.Services.AddSingleton(TimeProvider.System);
        if (ExecutionContext.IsRunMode)
        {
            host.Services.AddHostedService<Orchestrator>();
        }

        dashboard = !options.DisableDashboard && ExecutionContext.IsRunMode;
    }

    public ConfigurationManager Configuration => host.Configuration;

    public string AppHostDirectory { get; }

    public Assembly? AppHostAssembly { get; }

    public IHostEnvironment Environment => host.Environment;

    public IServiceCollection Services => host.Services;

    public DistributedApplicationExecutionContext ExecutionContext { get; }

    public IResourceCollection Resources { get; } = new ResourceCollection();

    public IResourceBuilder<T> AddResource<T>(T resource)
        where T : IResource
    {
        if (Resources.TryGetByName(resource.Name, out _))
        {
            throw new DistributedApplicationException(
                $"Cannot add resource of type '{typeof(T)}' with name '{resource.Name}': a resource of that name exists already. Names are case-insensitive.");
        }

        Resources.Add(resource);
        return CreateResourceBuilder(resource);
    }

    public IResourceBuilder<T> CreateResourceBuilder<T>(T resource)
        where T : IResource => new ResourceBuilder<T>(this, resource);

    public DistributedApplication Build()
    {
        if (dashboard)
        {
            Dashboard.AddTo(this);
        }

        return new(host.Build());
    }

    private static string? ProjectDirectory(Assembly? assembly) => assembly?.GetCustomAttributes<AssemblyMetadataAttribute>()
        .FirstOrDefault(a => string.Equals(a.Key, "AppHostProjectPath", StringComparison.OrdinalIgnoreCase))?.Value;

    private sealed class ResourceCollection : Collection<IResource>, IResourceCollection
    {
        public bool TryGetByName(string name, out IResource? resource) =>
            (resource = this.FirstOrDefault(r => string.Equals(r.Name, name, StringComparison.OrdinalIgnoreCase))) is not null;
    }

    private sealed class ResourceBuilder<T>(IDistributedApplicationBuilder application, T resource) : IResourceBuilder<T>
        where T : IResource
    {
        public IDistributedApplicationBuilder ApplicationBuilder => application;

        public T Resource => resource;

        public IResourceBuilder<T> WithAnnotation<TAnnotation>(TAnnotation annotation, ResourceAnnotationMutationBehavior behavior = ResourceAnnotationMutationBehavior.Append)
            where TAnnotation : IResourceAnnotation
        {
            if (behavior == ResourceAnnotationMutationBehavior.Replace)
            {
                foreach (var earlier in resource.Annotations.OfType<TAnnotation>().ToArray())
                {
                    resource.Annotations.Remove(earlier);
                }
            }

            resource.Annotations.Add(annotation);
            return this;
        }
    }
}
