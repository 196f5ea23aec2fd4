using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Marketplace.StripeEmulator.Webhooks;

/// <summary>Stripe's signature: HMAC-SHA256 of <c>time.body</c> under the whole secret, one <c>v1</c> per active secret.</summary>
public static class Signature
{
    public static string Header(IEnumerable<string> secrets, long time, ReadOnlySpan<byte> body)
    {
        var stamp = time.ToString(CultureInfo.InvariantCulture);
        byte[] signed = [.. Encoding.ASCII.GetBytes(stamp + "."), .. body];
        return $"t={stamp}," + string.Join(',', secrets.Select(secret => "v1=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed))));
    }
}
