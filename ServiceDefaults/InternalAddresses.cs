using System.Net;
using System.Net.Sockets;

namespace Marketplace.ServiceDefaults;

/// <summary>Which IP addresses lie inside: loopback, private, link-local, metadata, multicast, reserved, and IPv6 spellings of those.</summary>
public static class InternalAddresses
{
    private static readonly IPNetwork[] Networks =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
            "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            // The public address at which Azure's hosts serve their own machines.
            "168.63.129.16/32",
            "2001::/23", "2001:db8::/32", "3fff::/20",
        }.Select(IPNetwork.Parse),
    ];

    // Of IPv6 only this part is the public internet's; loopback, link-local, unique local and multicast lie outside of it.
    private static readonly IPNetwork GlobalUnicast = IPNetwork.Parse("2000::/3");

    /// <summary>True when a connection there would stay inside.</summary>
    public static bool Contains(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            var bytes = address.GetAddressBytes();
            // IPv4 inside NAT64 (64:ff9b::/96), 6to4 (2002::/16) and the old compatible form (::/96).
            if (bytes is [0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, ..] || bytes.AsSpan(0, 12).IndexOfAnyExcept((byte)0) < 0)
            {
                return Contains(new IPAddress(bytes.AsSpan(12)));
            }

            if (bytes is [0x20, 0x02, ..])
            {
                return Contains(new IPAddress(bytes.AsSpan(2, 4)));
            }

            if (!GlobalUnicast.Contains(address))
            {
                return true;
            }
        }

        return Networks.Any(network => network.Contains(address));
    }
}
