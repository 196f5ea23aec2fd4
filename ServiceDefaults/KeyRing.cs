using System.Security.Cryptography;
using System.Xml;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

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
