using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

/// <summary>Uploads are left out; the name is here because it makes <c>File</c> ambiguous beside System.IO, as the package does.</summary>
[JsonConverter(typeof(EntityConverter))]
public class File : StripeEntity<File>, IHasId, IHasObject
{
    public string Id { get; set; }
    public string Object { get; set; }
}
