using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Marketplace.Gateway.Runtime;

/// <summary>SHA-256 of a key, as a value that can be looked up. Keys are compared by their hash only, so that timing tells nothing about them.</summary>
public readonly record struct KeyHash(ulong A, ulong B, ulong C, ulong D)
{
    /// <summary>The hash of a presented key.</summary>
    public static KeyHash Of(string key)
    {
        Span<byte> hash = stackalloc byte[32];
        Span<byte> text = key.Length <= 256 ? stackalloc byte[Encoding.UTF8.GetMaxByteCount(key.Length)] : new byte[Encoding.UTF8.GetMaxByteCount(key.Length)];
        SHA256.HashData(text[..Encoding.UTF8.GetBytes(key, text)], hash);
        return From(hash);
    }

    /// <summary>Reads the hex form that the entitlement feed carries; null when it is none.</summary>
    public static KeyHash? TryRead(string? hex)
    {
        Span<byte> hash = stackalloc byte[32];
        return hex?.Length == 64 && Convert.FromHexString(hex, hash, out _, out _) is System.Buffers.OperationStatus.Done ? From(hash) : null;
    }

    private static KeyHash From(ReadOnlySpan<byte> hash) => new(
        BinaryPrimitives.ReadUInt64BigEndian(hash), BinaryPrimitives.ReadUInt64BigEndian(hash[8..]),
        BinaryPrimitives.ReadUInt64BigEndian(hash[16..]), BinaryPrimitives.ReadUInt64BigEndian(hash[24..]));
}
