using System.Collections.Frozen;
using System.Globalization;
using System.Net;
using Marketplace.ServiceDefaults;

namespace Marketplace.Catalog.Apis;

/// <summary>Which addresses may be an API's upstream: HTTPS on the public internet, or one of the hosts that this installation allows
/// (<c>Upstreams:Allowed</c>, each <c>host:port</c>). The gateway asks again about what a name resolves to when it connects.</summary>
public sealed class UpstreamAddresses(IConfiguration configuration)
{
    private const int MaxLength = 500;

    // Names that resolve inside networks only (RFC 6761, 6762, 8375, ICANN's .internal, and what routers and companies use).
    private static readonly string[] PrivateSuffixes =
        ["localhost", "local", "internal", "intranet", "lan", "home", "corp", "private", "home.arpa", "arpa", "localdomain", "test", "invalid", "example", "onion"];

    private readonly FrozenSet<string> allowed =
        (configuration.GetSection("Upstreams:Allowed").Get<string[]>() ?? []).ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>The address in its one spelling, without a trailing slash; or the reason why it cannot be an upstream.</summary>
    public (string? Url, string? Reason) Judge(string address)
    {
        // What parsers disagree about is not parsed at all: blanks, backslashes, escapes and letters outside ASCII in the authority.
        if (address.Length > MaxLength || !address.All(c => c is > ' ' and < '\u007f' and not '\\') || Authority(address).Contains('%'))
        {
            return Refuse("Write the upstream as an absolute http or https address of at most 500 ASCII characters; write international names as xn--….");
        }

        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || Authority(address).Length == 0)
        {
            return Refuse("The upstream must be an absolute http or https address.");
        }

        if (uri.UserInfo.Length > 0 || Authority(address).Contains('@'))
        {
            return Refuse("The upstream must not carry credentials.");
        }

        if (uri.Query.Length > 0 || uri.Fragment.Length > 0 || address.Contains('?') || address.Contains('#'))
        {
            return Refuse("The upstream is a prefix of addresses: without query and fragment.");
        }

        var url = uri.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped).TrimEnd('/');
        if (allowed.Contains($"{uri.Host}:{uri.Port}"))
        {
            return (url, null);
        }

        return uri.Scheme != "https" ? Refuse("The upstream must be https.")
            : uri.Port is not 443 and < 1024 ? Refuse($"Port {uri.Port} is kept for other services than HTTPS. Use 443 or one from 1024 on.")
            : IsPublic(uri) ? (url, null)
            : Refuse($"'{uri.Host}' is not an address of the public internet.");
    }

    private static (string? Url, string? Reason) Refuse(string reason) => (null, reason);

    // What stands between '//' and the path, as it was written.
    private static string Authority(string address)
    {
        var start = address.IndexOf("//", StringComparison.Ordinal);
        if (start < 0)
        {
            return "";
        }

        var rest = address[(start + 2)..];
        return rest.IndexOfAny(['/', '?', '#']) is >= 0 and var end ? rest[..end] : rest;
    }

    private static bool IsPublic(Uri uri)
    {
        var host = uri.Host.TrimEnd('.').ToLowerInvariant();
        if (uri.HostNameType == UriHostNameType.IPv6)
        {
            return IPAddress.TryParse(uri.Host.Trim('[', ']'), out var six) && !InternalAddresses.Contains(six);
        }

        // As browsers read it: a name whose last label is a number is an IPv4 address in decimal, octal or hexadecimal, of one to four parts.
        var labels = host.Split('.');
        if (Number(labels[^1]) is not null)
        {
            return FourPartAddress(labels) is { } four && !InternalAddresses.Contains(four);
        }

        return labels.Length > 1
            && host.Length <= 253
            && Array.TrueForAll(labels, IsLabel)
            && !Array.Exists(PrivateSuffixes, suffix => host.EndsWith("." + suffix, StringComparison.Ordinal));
    }

    private static bool IsLabel(string label) =>
        label.Length is > 0 and <= 63 && label[0] != '-' && label[^1] != '-' && label.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');

    private static IPAddress? FourPartAddress(string[] parts)
    {
        if (parts.Length > 4)
        {
            return null;
        }

        var value = 0UL;
        for (var i = 0; i < parts.Length; i++)
        {
            var last = i == parts.Length - 1;
            if (Number(parts[i]) is not { } number || number > (last ? uint.MaxValue >> (8 * i) : 255))
            {
                return null;
            }

            value |= last ? number : number << (24 - (8 * i));
        }

        return new IPAddress([(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value]);
    }

    private static ulong? Number(string label)
    {
        if (label.StartsWith("0x", StringComparison.Ordinal))
        {
            return label.Length == 2 ? 0
                : !label[2..].All(char.IsAsciiHexDigitLower) ? null
                : ulong.TryParse(label.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hex) ? hex
                : ulong.MaxValue;
        }

        if (label.Length == 0 || label.AsSpan().ContainsAnyExceptInRange('0', '9'))
        {
            return null;
        }

        // Octal after a zero; with an 8 or 9 in it, it is no address at all.
        return label.Length > 1 && label[0] == '0'
            ? label.Aggregate((ulong?)0, (sum, digit) => sum is null || digit > '7' || sum > uint.MaxValue ? ulong.MaxValue : (sum * 8) + (ulong)(digit - '0'))
            : ulong.TryParse(label, CultureInfo.InvariantCulture, out var number) ? number : ulong.MaxValue;
    }
}
