namespace Marketplace.Invoicing;

/// <summary>Where an invoice stands with us. Stripe's <c>uncollectible</c> is our <see cref="Incomplete"/>; <see cref="PastDue"/> is decided by our own clock.</summary>
public static class InvoiceStatus
{
    /// <summary>Computed here, not payable at Stripe yet.</summary>
    public const string Draft = "draft";

    /// <summary>Payable at Stripe.</summary>
    public const string Open = "open";

    /// <summary>Stripe said paid, or nothing was to be paid.</summary>
    public const string Paid = "paid";

    /// <summary>Open, and its due date has passed.</summary>
    public const string PastDue = "past_due";

    /// <summary>Marked uncollectible at Stripe.</summary>
    public const string Incomplete = "incomplete";

    /// <summary>Voided; never to be paid.</summary>
    public const string Void = "void";
}

/// <summary>Who is told to charge invoices.</summary>
public static class InvoiceVendor
{
    /// <summary>Stripe, by jobs of ours.</summary>
    public const string Stripe = "stripe";

    /// <summary>A billing system of the provider's own, which reads the feed and tells us what it did.</summary>
    public const string Custom = "custom";
}

/// <summary>How our own work on an invoice stands, apart from its payment.</summary>
public static class InvoiceLevel
{
    /// <summary>Something is still to be done.</summary>
    public const string Pending = "pending";

    /// <summary>Nothing is to be done by us.</summary>
    public const string Success = "success";

    /// <summary>Stuck; the reasons say why, and a retry sets it to pending again.</summary>
    public const string Error = "error";
}
