namespace Marketplace.Invoicing;

/// <summary>What every object that we make at Stripe carries, so that it can be told from foreign ones.</summary>
public static class StripeMetadata
{
    /// <summary>The billing integration that made it.</summary>
    public const string Integration = "marketplace_integration";

    /// <summary>The organization it is about.</summary>
    public const string Organization = "marketplace_organization";

    /// <summary>Our own id of it.</summary>
    public const string Id = "marketplace_id";

    /// <summary>The three together; without an id for objects that have none of ours.</summary>
    public static Dictionary<string, string> Of(string integrationId, string organizationId, string? ourId = null)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal) { [Integration] = integrationId, [Organization] = organizationId };
        if (ourId is not null)
        {
            metadata[Id] = ourId;
        }

        return metadata;
    }
}
