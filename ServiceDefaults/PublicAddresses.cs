using System.Net;
using System.Net.Sockets;

namespace Marketplace.ServiceDefaults;

/// <summary>Tells addresses of the public internet from those that only mean something inside a network: the rule against
/// server-side request forgery, asked when an address is entered and again of every address a name resolves to.</summary>
public static class PublicAddresses
{
    // IANA's special-purpose registries, and the address at which Azure's hosts serve their machines.
    private static readonly IPNetwork[] Special =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
            "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15",
            "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            "2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
        }.Select(network => IPNetwork.Parse(network)),
    ];

    private static readonly IPNetwork GlobalUnicast = IPNetwork.Parse("2000::/3");

    /// <summary>Whether the address is one of the public internet. Addresses that carry an IPv4 address inside (mapped, translated, tunnelled)
    /// are never: nobody who offers an API needs them.</summary>
    public static bool Contains(IPAddress address) =>
        (address.AddressFamily == AddressFamily.InterNetwork || (GlobalUnicast.Contains(address) && address.ScopeId == 0))
        && !Array.Exists(Special, network => network.Contains(address));
}
