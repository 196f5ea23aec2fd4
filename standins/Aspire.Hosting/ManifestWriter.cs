using System.Text.Json;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting;

/// <summary>Writes the declared topology as upstream's manifest does: <c>--publisher manifest --output-path file.json</c>. Nothing is started.</summary>
internal static class ManifestWriter
{
    public static async Task Write(IServiceProvider services, CancellationToken cancellation)
    {
        var configuration = services.GetRequiredService<IConfiguration>();
        var target = configuration["Publishing:OutputPath"] ?? configuration["output-path"]
            ?? throw new DistributedApplicationException("The '--output-path [path]' option was not specified.");
        await using var file = File.Create(target);
        await using var json = new Utf8JsonWriter(file, new() { Indented = true });
        var context = services.GetRequiredService<DistributedApplicationExecutionContext>();
        json.WriteStartObject();
        json.WriteStartObject("resources");
        foreach (var resource in services.GetRequiredService<DistributedApplicationModel>().Resources)
        {
            json.WriteStartObject(resource.Name);
            await Write(json, resource, Path.GetDirectoryName(Path.GetFullPath(target))!, context, cancellation);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static async Task Write(
        Utf8JsonWriter json, IResource resource, string folder, DistributedApplicationExecutionContext context, CancellationToken cancellation)
    {
        switch (resource)
        {
            case ProjectResource:
                json.WriteString("type", "project.v0");
                json.WriteString("path", Path.GetRelativePath(folder, resource.Annotations.OfType<IProjectMetadata>().Last().ProjectPath));
                break;
            case ExecutableResource program:
                json.WriteString("type", "executable.v0");
                json.WriteString("workingDirectory", Path.GetRelativePath(folder, program.WorkingDirectory));
                json.WriteString("command", program.Command);
                break;
            case ContainerResource:
                var image = resource.Annotations.OfType<ContainerImageAnnotation>().Last();
                json.WriteString("type", "container.v0");
                json.WriteString("image", image.Tag is null ? image.Image : $"{image.Image}:{image.Tag}");
                break;
            case ParameterResource parameter:
                json.WriteString("type", "parameter.v0");
                json.WriteString("value", $"{{{parameter.Name}.inputs.value}}");
                json.WriteStartObject("inputs");
                json.WriteStartObject("value");
                json.WriteString("type", "string");
                if (parameter.Secret)
                {
                    json.WriteBoolean("secret", true);
                }

                json.WriteEndObject();
                json.WriteEndObject();
                break;
            case IResourceWithConnectionString connection:
                json.WriteString("type", "value.v0");
                json.WriteString("connectionString", connection.ConnectionStringExpression.ValueExpression);
                break;
            default:
                json.WriteString("error", "This resource does not support generation in the manifest.");
                break;
        }

        await WriteArguments(json, resource, cancellation);
        await WriteEnvironment(json, resource, context, cancellation);
        WriteBindings(json, resource);
    }

    private static async Task WriteArguments(Utf8JsonWriter json, IResource resource, CancellationToken cancellation)
    {
        List<object> arguments = [];
        foreach (var callback in resource.Annotations.OfType<CommandLineArgsCallbackAnnotation>())
        {
            await callback.Callback(new CommandLineArgsCallbackContext(arguments, resource, cancellation));
        }

        if (arguments.Count > 0)
        {
            json.WriteStartArray("args");
            arguments.ForEach(a => json.WriteStringValue(Text(a)));
            json.WriteEndArray();
        }
    }

    private static async Task WriteEnvironment(
        Utf8JsonWriter json, IResource resource, DistributedApplicationExecutionContext context, CancellationToken cancellation)
    {
        var variables = new EnvironmentCallbackContext(context, resource, cancellationToken: cancellation);
        foreach (var callback in resource.Annotations.OfType<EnvironmentCallbackAnnotation>().ToArray())
        {
            await callback.Callback(variables);
        }

        if (variables.EnvironmentVariables.Count > 0)
        {
            json.WriteStartObject("env");
            foreach (var (name, value) in variables.EnvironmentVariables)
            {
                json.WriteString(name, Text(value));
            }

            json.WriteEndObject();
        }
    }

    private static void WriteBindings(Utf8JsonWriter json, IResource resource)
    {
        if (!resource.TryGetAnnotationsOfType<EndpointAnnotation>(out var endpoints))
        {
            return;
        }

        json.WriteStartObject("bindings");
        foreach (var endpoint in endpoints)
        {
            json.WriteStartObject(endpoint.Name);
            json.WriteString("scheme", endpoint.UriScheme);
            json.WriteString("protocol", "tcp");
            json.WriteString("transport", endpoint.Transport);
            if (endpoint.Port is { } port)
            {
                json.WriteNumber("port", port);
            }

            if (endpoint.IsExternal)
            {
                json.WriteBoolean("external", true);
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static string Text(object value) => value is IManifestExpressionProvider known ? known.ValueExpression : value.ToString() ?? "";
}
