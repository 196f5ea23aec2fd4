using System.Globalization;

namespace Aspire.Hosting.Orchestration;

/// <summary>What a resource writes to its console, kept in <c>logs/{resource}.log</c>; one earlier file of 20 MB is kept beside it.</summary>
internal sealed class ConsoleLog : IDisposable
{
    private const long Ceiling = 20 * 1024 * 1024;

    private readonly Lock writing = new();
    private readonly string path;
    private StreamWriter? file;

    public ConsoleLog(string folder, string resource)
    {
        Directory.CreateDirectory(folder);
        path = Path.Combine(folder, resource + ".log");
    }

    /// <summary>The resource's own last words, ours left out.</summary>
    public string? LastLine { get; private set; }

    /// <summary>Copies a stream to the log until its writer has closed it.</summary>
    public async Task Copy(StreamReader from)
    {
        while (await from.ReadLineAsync() is { } line)
        {
            Write(line);
            LastLine = line.Length == 0 ? LastLine : line;
        }
    }

    public void Note(string text) => Write(string.Create(CultureInfo.InvariantCulture, $"--- {DateTime.UtcNow:O} {text}"));

    public void Dispose()
    {
        lock (writing)
        {
            file?.Dispose();
            file = null;
        }
    }

    private void Write(string line)
    {
        lock (writing)
        {
            if (file is { BaseStream.Length: > Ceiling })
            {
                file.Dispose();
                file = null;
                File.Move(path, path + ".1", overwrite: true);
            }

            file ??= new StreamWriter(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete)) { AutoFlush = true };
            file.WriteLine(line);
        }
    }
}
