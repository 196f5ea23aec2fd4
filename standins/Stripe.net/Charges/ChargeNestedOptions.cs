using Stripe.Infrastructure;

namespace Stripe;

public class CardCreateNestedOptions : INestedOptions, IHasMetadata, IHasObject
{
    public string AddressCity { get; set; }
    public string AddressCountry { get; set; }
    public string AddressLine1 { get; set; }
    public string AddressLine2 { get; set; }
    public string AddressState { get; set; }
    public string AddressZip { get; set; }
    public string Currency { get; set; }
    public string Cvc { get; set; }
    public long? ExpMonth { get; set; }
    public long? ExpYear { get; set; }
    public Dictionary<string, string> Metadata { get; set; }
    public string Name { get; set; }
    public string Number { get; set; }
    public string Object { get; set; } = "card";
}

public class ChargeDestinationOptions : INestedOptions
{
    public string Account { get; set; }
    public long? Amount { get; set; }
}

public class ChargeFraudDetailsOptions : INestedOptions, ITracksAssignments
{
    Assignments ITracksAssignments.Assigned { get; } = new();

    public string UserReport { get; set => field = ((ITracksAssignments)this).Assigned.Keep(value); }
}

public class ChargeRadarOptionsOptions : INestedOptions
{
    public string Session { get; set; }
}

public class ChargeShippingOptions : INestedOptions
{
    public AddressOptions Address { get; set; }
    public string Carrier { get; set; }
    public string Name { get; set; }
    public string Phone { get; set; }
    public string TrackingNumber { get; set; }
}

public class ChargeTransferDataOptions : INestedOptions
{
    public long? Amount { get; set; }
    public string Description { get; set; }
    public string Destination { get; set; }
}
