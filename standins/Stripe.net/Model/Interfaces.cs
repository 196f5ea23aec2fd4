using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

public interface IStripeEntity
{
    StripeResponse StripeResponse { get; set; }
}

public interface IHasId
{
    string Id { get; set; }
}

public interface IHasMetadata
{
    Dictionary<string, string> Metadata { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public interface IHasObject
{
    string Object { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public interface IPaymentSource : IStripeEntity, IHasId, IHasObject;
