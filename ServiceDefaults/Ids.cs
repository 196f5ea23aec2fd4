using System.Security.Cryptography;
using System.Text;

namespace Marketplace.ServiceDefaults;

/// <summary>Identifiers of the public API: a short prefix that names the kind, then a UUIDv7 in 32 hex digits, such as <c>sub_0199…</c>.</summary>
public static class Ids
{
    private static int last = RandomNumberGenerator.GetInt32(int.MaxValue);

    /// <summary>A new id of the given kind; ids order by <paramref name="clock"/>'s time, and within a millisecond by when this process made them.</summary>
    public static string New(string prefix, TimeProvider clock)
    {
        Span<byte> id = stackalloc byte[16];
        Guid.CreateVersion7(clock.GetUtcNow()).TryWriteBytes(id, bigEndian: true, out _);

        // 32 bits of sequence behind the time, around the version and variant bits (RFC 9562 §6.2, method 1).
        var sequence = (uint)Interlocked.Increment(ref last);
        id[6] = (byte)(0x70 | (sequence >> 28));
        id[7] = (byte)(sequence >> 20);
        id[8] = (byte)(0x80 | ((sequence >> 14) & 0x3f));
        id[9] = (byte)(sequence >> 6);
        id[10] = (byte)((sequence << 2) | (id[10] & 3u));
        return $"{prefix}_{new Guid(id, bigEndian: true):n}";
    }

    /// <summary>The same id for the same parts, for effects that must have one id however often they are tried.</summary>
    public static string Of(string prefix, params ReadOnlySpan<string> parts) =>
        $"{prefix}_{GuidOf(parts):n}";

    /// <summary>A name-based UUID (version 8, SHA-256) over the parts.</summary>
    public static Guid GuidOf(params ReadOnlySpan<string> parts)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\u001f', parts)), hash);
        hash[6] = (byte)((hash[6] & 0x0f) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3f) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }
}
