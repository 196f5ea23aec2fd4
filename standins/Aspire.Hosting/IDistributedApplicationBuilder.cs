using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting
{
    /// <summary>Declares the topology.</summary>
    public interface IDistributedApplicationBuilder
    {
        ConfigurationManager Configuration { get; }

        string AppHostDirectory { get; }

        Assembly? AppHostAssembly { get; }

        IHostEnvironment Environment { get; }

        IServiceCollection Services { get; }

        DistributedApplicationExecutionContext ExecutionContext { get; }

        IResourceCollection Resources { get; }

        IResourceBuilder<T> AddResource<T>(T resource)
            where T : IResource;

        IResourceBuilder<T> CreateResourceBuilder<T>(T resource)
            where T : IResource;

        DistributedApplication Build();
    }

    /// <summary>A resource that others find by its name: <c>services__{name}__{endpoint}__{n}</c>.</summary>
    public interface IResourceWithServiceDiscovery : IResourceWithEndpoints;

    /// <summary>Where the application host finds itself and its arguments.</summary>
    public sealed class DistributedApplicationOptions
    {
        public string[]? Args { get; set; }

        public string? AssemblyName { get; set; }

        public string? ProjectDirectory { get; set; }

        public bool DisableDashboard { get; set; }

        public bool AllowUnsecuredTransport { get; set; }
    }

    /// <summary>What the application host was started for.</summary>
    public enum DistributedApplicationOperation
    {
        Run = 0,
        Publish = 1,
    }

    /// <summary>Running the system, or writing down what it would be.</summary>
    public class DistributedApplicationExecutionContext(DistributedApplicationOperation operation, string publisherName)
    {
        public DistributedApplicationExecutionContext(DistributedApplicationOperation operation)
            : this(operation, "manifest")
        {
        }

        public DistributedApplicationOperation Operation { get; } = operation;

        public string PublisherName { get; set; } = publisherName;

        public bool IsRunMode => Operation == DistributedApplicationOperation.Run;

        public bool IsPublishMode => Operation == DistributedApplicationOperation.Publish;
    }

    /// <summary>The topology cannot be as it was declared, or cannot run here.</summary>
    public class DistributedApplicationException : Exception
    {
        public DistributedApplicationException()
        {
        }

        public DistributedApplicationException(string message)
            : base(message)
        {
        }

        public DistributedApplicationException(string message, Exception inner)
            : base(message, inner)
        {
        }
    }
}

namespace Aspire.Hosting.ApplicationModel
{
    /// <summary>Declares one resource.</summary>
    public interface IResourceBuilder<out T>
        where T : IResource
    {
        IDistributedApplicationBuilder ApplicationBuilder { get; }

        T Resource { get; }

        IResourceBuilder<T> WithAnnotation<TAnnotation>(
            TAnnotation annotation, ResourceAnnotationMutationBehavior behavior = ResourceAnnotationMutationBehavior.Append)
            where TAnnotation : IResourceAnnotation;

        IResourceBuilder<T> WithAnnotation<TAnnotation>(ResourceAnnotationMutationBehavior behavior = ResourceAnnotationMutationBehavior.Append)
            where TAnnotation : IResourceAnnotation, new() => WithAnnotation(new TAnnotation(), behavior);
    }

    /// <summary>All resources of the topology, in the order of their declaration.</summary>
    public interface IResourceCollection : IList<IResource>
    {
        bool TryGetByName(string name, out IResource? resource);
    }

    /// <summary>The topology as declared.</summary>
    public class DistributedApplicationModel(IResourceCollection resources)
    {
        public IResourceCollection Resources { get; } = resources;
    }
}
