using System.Reflection;

namespace Marketplace.Testing;

/// <summary>The working copy that the tests were built from.</summary>
public static class Repository
{
    /// <summary>The folder of Marketplace.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The source folder of one of our assemblies.</summary>
    public static string FolderOf(Assembly assembly)
    {
        var name = assembly.GetName().Name!.Split('.')[^1];
        return new[] { "services", "", "standins", "tests" }
            .Select(parent => Path.Combine(Root, parent, name))
            .Append(Path.Combine(Root, name.ToLowerInvariant()))
            .FirstOrDefault(folder => File.Exists(Path.Combine(folder, name + ".csproj")))
            ?? throw new InvalidOperationException($"No project folder of {assembly.GetName().Name} under {Root}.");
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Marketplace.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No Marketplace.sln above {AppContext.BaseDirectory}.");
    }
}
