using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe.TestHelpers;

[JsonConverter(typeof(EntityConverter))]
public class TestClock : StripeEntity<TestClock>, IHasId, IHasObject
{
    public string Id { get; set; }
    public string Object { get; set; }
    public DateTime Created { get; set; } = DateTime.UnixEpoch;
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public bool? Deleted { get; set; }
    public DateTime DeletesAfter { get; set; } = DateTime.UnixEpoch;
    public DateTime FrozenTime { get; set; } = DateTime.UnixEpoch;
    public bool Livemode { get; set; }
    public string Name { get; set; }
    public string Status { get; set; }
    public TestClockStatusDetails StatusDetails { get; set; }
}
