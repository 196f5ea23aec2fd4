using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;

namespace Marketplace.ServiceDefaults;

/// <summary>Encrypts single fields with AES-256-GCM. The context (tenant, object, field) is bound in as associated data,
/// so that a ciphertext moved to another row does not decrypt. New writes use <c>Encryption:Key</c> (base64, 32 bytes); the keys in
/// <c>Encryption:OldKeys</c> may still read. Every ciphertext names its key, so that a rotation can be followed and resumed.</summary>
public sealed class FieldCipher
{
    private const int NonceSize = 12;
    private const int TagSize = 16;
    private const int PieceSize = 16 * 1024;
    private readonly List<(string Id, byte[] Key)> keys = [];

    /// <summary>Reads the keys; a key of the wrong form stops the process with the fix in the message.</summary>
    public FieldCipher(IConfiguration configuration)
    {
        var texts = new[] { configuration["Encryption:Key"] }.Concat(configuration.GetSection("Encryption:OldKeys").Get<string[]>() ?? []);
        foreach (var text in texts.Where(t => !string.IsNullOrEmpty(t)))
        {
            var key = new byte[32];
            if (!Convert.TryFromBase64String(text!, key, out var length) || length != 32)
            {
                throw new InvalidOperationException("Encryption__Key and Encryption__OldKeys must be 32 bytes in base64: openssl rand -base64 32.");
            }

            keys.Add((Convert.ToHexStringLower(SHA256.HashData(key))[..8], key));
        }
    }

    /// <summary>The key that new ciphertexts use; null where none is set, as in tests of hosts that store no secrets.</summary>
    public string? CurrentKey => keys.Count > 0 ? keys[0].Id : null;

    /// <summary>The keys that may only read.</summary>
    public IReadOnlyList<string> OldKeys => [.. keys.Skip(1).Select(key => key.Id).Where(id => id != CurrentKey).Distinct()];

    /// <summary>The key that a ciphertext names; null for what is none.</summary>
    public static string? KeyOf(string ciphertext) => ciphertext.Split('.') is ["v1", var id, _] ? id : null;

    /// <summary>The same text under the current key; a ciphertext that is under it already stays as it is.</summary>
    /// <exception cref="CryptographicException">The ciphertext was changed or moved, or its key is not among ours.</exception>
    public string Renew(string ciphertext, params string[] context) =>
        KeyOf(ciphertext) == CurrentKey ? ciphertext : Encrypt(Decrypt(ciphertext, context), context);

    /// <summary><c>v1.keyId.base64</c> of the text under the present key.</summary>
    public string Encrypt(string text, params string[] context)
    {
        var (id, key) = keys.Count > 0 ? keys[0] : throw NoKey();
        var plain = Encoding.UTF8.GetBytes(text);
        var sealed_ = new byte[NonceSize + TagSize + plain.Length];
        RandomNumberGenerator.Fill(sealed_.AsSpan(0, NonceSize));
        using var aes = new AesGcm(key, TagSize);
        aes.Encrypt(sealed_.AsSpan(0, NonceSize), plain, sealed_.AsSpan(NonceSize + TagSize), sealed_.AsSpan(NonceSize, TagSize), Associated(context));
        return $"v1.{id}.{Base64Url.EncodeToString(sealed_)}";
    }

    /// <summary>Keyed hashes (HMAC-SHA256) of a content: under the current key first, then under the old ones, which may still be compared with. A content that can be guessed is not
    /// found out by trying guesses without the key, and a hash for one purpose says nothing about another's.</summary>
    public async Task<byte[][]> Hash(Stream content, string purpose, CancellationToken cancellation)
    {
        if (keys.Count == 0)
        {
            throw NoKey();
        }

        var hashes = keys.Select(key => IncrementalHash.CreateHMAC(
            HashAlgorithmName.SHA256, HKDF.DeriveKey(HashAlgorithmName.SHA256, key.Key, HMACSHA256.HashSizeInBytes, info: Encoding.UTF8.GetBytes(purpose)))).ToList();
        try
        {
            var piece = new byte[PieceSize];
            while (await content.ReadAsync(piece, cancellation) is var read and > 0)
            {
                hashes.ForEach(hash => hash.AppendData(piece, 0, read));
            }

            return [.. hashes.Select(hash => hash.GetHashAndReset())];
        }
        finally
        {
            hashes.ForEach(hash => hash.Dispose());
        }
    }

    /// <summary>The text of a ciphertext made for the same context.</summary>
    /// <exception cref="CryptographicException">The ciphertext was changed or moved, or its key is not among ours.</exception>
    public string Decrypt(string ciphertext, params string[] context)
    {
        var parts = ciphertext.Split('.');
        if (parts is not ["v1", var id, var body])
        {
            throw new CryptographicException("Not a field ciphertext.");
        }

        var key = keys.FirstOrDefault(k => k.Id == id).Key
            ?? throw new CryptographicException($"The field is encrypted with key {id}, which is neither Encryption__Key nor among Encryption__OldKeys.");
        var sealed_ = Bytes(body);
        var plain = new byte[sealed_.Length - NonceSize - TagSize];
        using var aes = new AesGcm(key, TagSize);
        aes.Decrypt(sealed_.AsSpan(0, NonceSize), sealed_.AsSpan(NonceSize + TagSize), sealed_.AsSpan(NonceSize, TagSize), plain, Associated(context));
        return Encoding.UTF8.GetString(plain);
    }

    private static InvalidOperationException NoKey() => new("Set Encryption__Key (openssl rand -base64 32): secrets are only stored encrypted.");

    private static byte[] Bytes(string text)
    {
        if (!Base64Url.IsValid(text, out var length) || length < NonceSize + TagSize)
        {
            throw new CryptographicException("Not a field ciphertext.");
        }

        return Base64Url.DecodeFromChars(text);
    }

    private static byte[] Associated(string[] context) => Encoding.UTF8.GetBytes(string.Join('\u001f', context));
}
