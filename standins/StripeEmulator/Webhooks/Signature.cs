using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Marketplace.StripeEmulator.Webhooks;

/// <summary>Stripe's signature: HMAC-SHA256 of <c>time.body</c> under the whole secret, one <c>v1</c> per active secret.</summary>
public static class Signature
{
    public static string Header(IEnumerable<string> secrets, long time, string body) =>
        $"t={time.ToString(CultureInfo.InvariantCulture)}," + string.Join(',', secrets.Select(s => "v1=" + Of(s, time, body)));

    public static string Of(string secret, long time, string body) => Convert.ToHexStringLower(HMACSHA256.HashData(
        Encoding.UTF8.GetBytes(secret),
        Encoding.UTF8.GetBytes(time.ToString(CultureInfo.InvariantCulture) + "." + body)));
}
