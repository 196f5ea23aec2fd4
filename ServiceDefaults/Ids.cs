namespace Marketplace.ServiceDefaults;

/// <summary>Identifiers of the public API: a short prefix that names the kind, then a UUIDv7 in 32 hex digits, such as <c>sub_0199…</c>.</summary>
public static class Ids
{
    /// <summary>A new id of the given kind; its leading digits order by <paramref name="clock"/>'s time.</summary>
    public static string New(string prefix, TimeProvider clock) =>
        $"{prefix}_{System.Guid.CreateVersion7(clock.GetUtcNow()):n}";

    /// <summary>The same id for the same parts, for effects that must have one id however often they are tried.</summary>
    public static string Of(string prefix, params ReadOnlySpan<string> parts) =>
        $"{prefix}_{GuidOf(parts):n}";

    /// <summary>A name-based UUID (version 8, SHA-256) over the parts.</summary>
    public static Guid GuidOf(params ReadOnlySpan<string> parts)
    {
        Span<byte> hash = stackalloc byte[32];
        System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(string.Join('\u001f', parts)), hash);
        hash[6] = (byte)((hash[6] & 0x0f) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3f) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }
}
