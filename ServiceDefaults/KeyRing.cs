using System.Security.Cryptography;
using System.Xml;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Marketplace.ServiceDefaults;

/// <summary>Keeps the data-protection key ring itself encrypted at rest.</summary>
internal sealed class KeyRingEncryptor(FieldCipher cipher) : IXmlEncryptor
{
    public EncryptedXmlInfo Encrypt(XElement plaintextElement) => new(
        new XElement(KeyRing.Element, cipher.Encrypt(plaintextElement.ToString(SaveOptions.DisableFormatting), KeyRing.Context)),
        typeof(KeyRingDecryptor));
}

/// <summary>Reads a key ring written by <see cref="KeyRingEncryptor"/>; the framework makes it by name.</summary>
public sealed class KeyRingDecryptor(IServiceProvider services) : IXmlDecryptor
{
    /// <summary>The key element in the clear.</summary>
    public XElement Decrypt(XElement encryptedElement) =>
        XElement.Parse(services.GetRequiredService<FieldCipher>().Decrypt(encryptedElement.Value, KeyRing.Context));
}

/// <summary>Lets one process make a new installation's first key. All of them start at once, and each that finds no key makes one; a process that read the
/// ring in between knows nothing of the others' for hours, and refuses every token made under them. A lock on a file of the ring's folder lets them look one
/// after the other, before anything else starts: the first makes the key, the others read it.</summary>
internal sealed class FirstKey(IConfiguration configuration, IDataProtectionProvider protection) : IHostedLifecycleService
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        if (configuration["DataProtection:KeyRing"] is not { Length: > 0 } folder)
        {
            return;
        }

        await using var held = await Hold(Path.Combine(Directory.CreateDirectory(folder).FullName, "first-key.lock"), cancellationToken);
        // The first use reads the ring, and makes a key where there is none.
        protection.CreateProtector("Marketplace", "first-key").Protect([]);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // Ends with its process, however that ends.
    private static async Task<FileStream> Hold(string file, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                await Task.Delay(Look, TimeProvider.System, cancellation);
            }
        }
    }
}

/// <summary>The files of the data-protection key ring, which all processes share: each holds one key, encrypted as a field.</summary>
public sealed class KeyRing(IConfiguration configuration, FieldCipher cipher)
{
    internal const string Element = "fieldCipher";
    internal const string Context = "key-ring";

    /// <summary>The key that each encrypted file is under.</summary>
    public IReadOnlyList<string> Keys() => [.. Files().SelectMany(file => Ciphertexts(Read(file))).Select(element => FieldCipher.KeyOf(element.Value) ?? "")];

    /// <summary>Writes every file that an old key encrypts again under the current one; how many. Each is replaced whole, so that a reader sees the one or
    /// the other, and any number of processes may do this at once.</summary>
    public int Renew()
    {
        var renewed = 0;
        foreach (var file in Files())
        {
            var document = Read(file);
            var old = Ciphertexts(document).Where(element => cipher.OldKeys.Contains(FieldCipher.KeyOf(element.Value))).ToList();
            if (old.Count == 0)
            {
                continue;
            }

            foreach (var element in old)
            {
                element.Value = cipher.Renew(element.Value, Context);
            }

            var aside = $"{file}.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}";
            document!.Save(aside);
            File.Move(aside, file, overwrite: true);
            renewed++;
        }

        return renewed;
    }

    private static IEnumerable<XElement> Ciphertexts(XDocument? document) => document?.Descendants(Element) ?? [];

    // Null for a file that is being written or is gone: the next look sees it.
    private static XDocument? Read(string file)
    {
        try
        {
            return XDocument.Load(file);
        }
        catch (Exception exception) when (exception is IOException or XmlException)
        {
            return null;
        }
    }

    private string[] Files() => configuration["DataProtection:KeyRing"] is { Length: > 0 } folder && Directory.Exists(folder) ? Directory.GetFiles(folder, "*.xml") : [];
}
