using System.Security.Cryptography;

namespace Marketplace.AppHost;

/// <summary>The installation's own secrets: made once, kept one a file that only its owner may read (in a folder of the same kind), the same at every later start.</summary>
public sealed class Secrets(string folder)
{
    private const string Letters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";

    /// <summary>A password of 24 letters and digits (137 bits) with at least one of each kind, safe in addresses and shells.</summary>
    public string Word(string name) => Read(name, () =>
    {
        string word;
        do
        {
            word = RandomNumberGenerator.GetString(Letters, 24);
        }
        while (!word.Any(char.IsAsciiDigit) || !word.Any(char.IsAsciiLetterLower) || !word.Any(char.IsAsciiLetterUpper));

        return word;
    });

    /// <summary>A key of 32 bytes, in base64.</summary>
    public string Key(string name) => Read(name, () => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));

    /// <summary>A secret that somebody put there, or null.</summary>
    public string? Given(string name) => File.Exists(Path.Combine(folder, name)) ? File.ReadAllText(Path.Combine(folder, name)).Trim() : null;

    private string Read(string name, Func<string> make)
    {
        var path = Path.Combine(folder, name);
        if (!File.Exists(path))
        {
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            // Moved into place whole: a start that is killed here leaves no half secret for the next one.
            using (var file = new StreamWriter(path + ".new", options))
            {
                file.Write(make());
            }

            File.Move(path + ".new", path, overwrite: false);
        }

        return File.ReadAllText(path).Trim();
    }
}
