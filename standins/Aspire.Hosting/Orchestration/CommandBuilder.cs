using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Orchestration;

/// <summary>Works out the command line and the environment of a resource at the moment it starts.</summary>
internal sealed class CommandBuilder(DistributedApplicationExecutionContext context, ILogger logger)
{
    public async Task<Command> Build(IResource resource, CancellationToken cancellation)
    {
        List<object> arguments = [];
        foreach (var callback in resource.Annotations.OfType<CommandLineArgsCallbackAnnotation>().ToArray())
        {
            await callback.Callback(new CommandLineArgsCallbackContext(arguments, resource, cancellation));
        }

        var variables = new EnvironmentCallbackContext(context, resource, cancellationToken: cancellation) { Logger = logger };
        foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>().Where(e => e.PortVariable is not null))
        {
            variables.EnvironmentVariables[endpoint.PortVariable!] = endpoint.AllocatedPort.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        foreach (var callback in resource.Annotations.OfType<EnvironmentCallbackAnnotation>().ToArray())
        {
            await callback.Callback(variables);
        }

        var environment = new Dictionary<string, string>();
        foreach (var (name, value) in variables.EnvironmentVariables)
        {
            environment[name] = await Text(value, cancellation);
        }

        var texts = new List<string>();
        foreach (var argument in arguments)
        {
            texts.Add(await Text(argument, cancellation));
        }

        return resource switch
        {
            ExecutableResource program => new(Program(program), texts, program.WorkingDirectory, environment),
            ProjectResource project => Project(project, texts, environment),
            _ => throw new DistributedApplicationException(
                $"'{resource.Name}' is a container. Running containers takes the published Aspire.Hosting package and a container engine."),
        };
    }

    private static async Task<string> Text(object value, CancellationToken cancellation) => value switch
    {
        string text => text,
        IValueProvider known => await known.GetValueAsync(cancellation) ?? "",
        _ => Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture) ?? "",
    };

    /// <summary>A command with a folder in it is looked up from the working folder, one without along PATH.</summary>
    private static string Program(ExecutableResource program) => program.Command.Contains('/', StringComparison.Ordinal)
        ? Path.GetFullPath(Path.Combine(program.WorkingDirectory, program.Command))
        : program.Command;

    private static Command Project(ProjectResource resource, List<string> arguments, Dictionary<string, string> environment)
    {
        var project = resource.Annotations.OfType<IProjectMetadata>().Last().ProjectPath;
        var assembly = BuildOutput(project)
            ?? throw new DistributedApplicationException($"'{resource.Name}' is not built: no output of {project} was found. Build the solution first.");
        var native = Path.ChangeExtension(assembly, null);
        return File.Exists(native)
            ? new(native, arguments, Path.GetDirectoryName(project)!, environment)
            : new("dotnet", ["exec", assembly, .. arguments], Path.GetDirectoryName(project)!, environment);
    }

    /// <summary>
    /// The project's assembly: beside the application host's own output where the solution builds into one artifacts folder
    /// (<c>bin/{project}/{configuration}</c>), else under the project's <c>bin/{configuration}</c>.
    /// </summary>
    private static string? BuildOutput(string project)
    {
        var ours = new DirectoryInfo(AppContext.BaseDirectory);
        var name = Path.GetFileNameWithoutExtension(project);
        string[] folders =
        [
            Path.Combine(ours.Parent?.Parent?.FullName ?? "/", name, ours.Name),
            Path.Combine(Path.GetDirectoryName(project)!, "bin", ours.Parent?.Name ?? "Debug", ours.Name),
        ];
        return folders.Where(Directory.Exists)
            .SelectMany(f => Directory.EnumerateFiles(f, "*.runtimeconfig.json"))
            .Select(f => f.Replace(".runtimeconfig.json", ".dll", StringComparison.Ordinal))
            .Where(File.Exists)
            .OrderByDescending(f => Path.GetFileNameWithoutExtension(f).EndsWith(name, StringComparison.Ordinal))
            .FirstOrDefault();
    }
}
