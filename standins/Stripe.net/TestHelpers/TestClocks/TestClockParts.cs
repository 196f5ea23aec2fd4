using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe.TestHelpers;

[JsonConverter(typeof(EntityConverter))]
public class TestClockStatusDetails : StripeEntity<TestClockStatusDetails>
{
    public TestClockStatusDetailsAdvancing Advancing { get; set; }
}

[JsonConverter(typeof(EntityConverter))]
public class TestClockStatusDetailsAdvancing : StripeEntity<TestClockStatusDetailsAdvancing>
{
    public DateTime TargetFrozenTime { get; set; } = DateTime.UnixEpoch;
}
