using System.Text.Json;

namespace Marketplace.Gateway.Dev.Seed;

/// <summary>The keys that were shown to the seed, beside the journal: the marketplace itself keeps none, and a second call answers them again.</summary>
internal sealed class ShownKeys
{
    private readonly string file;
    private readonly Dictionary<string, string> keys;

    private ShownKeys(string file, Dictionary<string, string> keys) => (this.file, this.keys) = (file, keys);

    /// <summary>Those of a folder.</summary>
    public static ShownKeys In(string folder)
    {
        var path = Path.Combine(folder, "seed-keys.json");
        return new(path, File.Exists(path) ? JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(path))! : []);
    }

    /// <summary>The credential's key; null for one that was never shown here.</summary>
    public string? Of(string credential) => keys.GetValueOrDefault(credential);

    /// <summary>Keeps a key for as long as the folder stays.</summary>
    public void Keep(string credential, string key)
    {
        keys[credential] = key;
        var next = file + ".new";
        File.WriteAllText(next, JsonSerializer.Serialize(keys));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(next, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        File.Move(next, file, overwrite: true);
    }
}
