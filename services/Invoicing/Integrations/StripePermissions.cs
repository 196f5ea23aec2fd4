namespace Marketplace.Invoicing;

/// <summary>One permission of a restricted key, and the request that tells whether a key has it without doing anything: it names an object that cannot exist,
/// or leaves out what Stripe demands. Stripe judges the permission first (403, naming it), then the object and the parameters (404, 400).</summary>
/// <param name="Name">Stripe's name, which its errors give as <c>rak_…</c>.</param>
/// <param name="DashboardName">Where it is set in the Stripe dashboard.</param>
/// <param name="NeededFor">What is not possible without it.</param>
/// <param name="ImpliedBy">The write permission that proves it too, where Stripe has no route that only reads.</param>
/// <param name="Version">The last API version that has the route; null for ours.</param>
public sealed record StripePermission(
    string Name, string DashboardName, string NeededFor, string Method, string Path, string Form = "", string? ImpliedBy = null, string? Version = null, bool Required = true);

/// <summary>What a restricted key needs in each billing model.</summary>
public static class StripePermissions
{
    private const string Absent = "marketplace_permission_probe";
    private const string Note = "metadata[probe]=permission";

    // Usage records went with 2025-03-31.basil; keys of accounts with an earlier version may still be asked about them.
    private const string WithUsageRecords = "2024-06-20";

    private static readonly StripePermission Webhooks = new(
        "webhook_write", "Webhook Endpoints: Write", "make, rotate and repair the webhook endpoint; without it the provider makes one and gives its signing secret",
        "POST", $"/v1/webhook_endpoints/we_{Absent}", Note, Required: false);

    // Storing payment methods and opening the portal are asked for by people; without these permissions those requests are refused, and all else goes on.
    private static readonly StripePermission[] Pages =
    [
        Read("checkout_session", "Checkout Sessions", "see whether a checkout was completed", $"checkout/sessions/cs_{Absent}") with { Required = false },
        Write("checkout_session", "Checkout Sessions", "let consumers store payment methods", $"checkout/sessions/cs_{Absent}/expire", "") with { Required = false },
        Read("payment_method", "PaymentMethods", "hear of payment methods that were stored elsewhere", $"payment_methods/pm_{Absent}") with { Required = false },
        Write("payment_method", "PaymentMethods", "detach saved payment methods", $"payment_methods/pm_{Absent}/detach", "") with { Required = false },
        Read("setup_intent", "SetupIntents", "call a stored payment method as its owner does", $"setup_intents/seti_{Absent}") with { Required = false },
        Write("portal_session", "Customer portal", "open the customer portal", "billing_portal/sessions", $"customer=cus_{Absent}") with { Required = false },
    ];

    // What becomes of payments. Without these a refund fails visibly, and disputes and the reasons of declines are not seen.
    private static readonly StripePermission[] Payments =
    [
        Write("credit_note", "Credit Notes", "give money back and lower what is due", $"credit_notes/cn_{Absent}") with { Required = false },
        Write("charge", "Charges and Refunds", "make a refund again that failed", "refunds", $"charge=ch_{Absent}") with { Required = false },
        Read("charge", "Charges and Refunds", "see refunds that arrive later, fail, or are made in Stripe's dashboard", $"refunds/re_{Absent}") with { Required = false },
        Read("dispute", "Disputes", "withhold access while a payment is disputed", $"disputes/du_{Absent}") with { Required = false },
        Read("payment_intent", "PaymentIntents", "say why a payment was declined", $"payment_intents/pi_{Absent}") with { Required = false },
    ];

    /// <summary>By billing model. Reads of the same object come with writes, so only what has to be read alone stands for itself.</summary>
    public static readonly IReadOnlyDictionary<string, IReadOnlyList<StripePermission>> Of = new Dictionary<string, IReadOnlyList<StripePermission>>(StringComparer.Ordinal)
    {
        ["invoices"] =
        [
            new("customer_write", "Customers: Write", "make one customer for each consumer organization, and find it again", "POST", $"/v1/customers/cus_{Absent}", Note),
            new("invoice_write", "Invoices: Write", "make, fill, finalize, read and void invoices", "POST", $"/v1/invoices/in_{Absent}", Note),
            .. Pages,
            .. Payments,
            Webhooks,
        ],
        ["subscriptions"] =
        [
            Read("customer", "Customers", "read customers and their balance transactions", $"customers/cus_{Absent}"),
            Write("customer", "Customers", "make customers and change their balance", $"customers/cus_{Absent}"),
            Read("checkout_session", "Checkout Sessions", "see whether a checkout was completed", $"checkout/sessions/cs_{Absent}"),
            Write("checkout_session", "Checkout Sessions", "open and expire checkouts", $"checkout/sessions/cs_{Absent}/expire", ""),
            Read("subscription", "Subscriptions", "read subscriptions", $"subscriptions/sub_{Absent}"),
            Write("subscription", "Subscriptions", "change and cancel subscriptions", $"subscriptions/sub_{Absent}"),
            Read("invoice", "Invoices", "read invoices and previews of upcoming ones", $"invoices/in_{Absent}"),
            Write("invoice", "Invoices", "complete, finalize, collect and void what a renewal drafts", $"invoices/in_{Absent}"),
            Write("charge", "Charges and Refunds", "give back what was paid twice", "refunds", $"charge=ch_{Absent}"),
            Write("portal_session", "Customer portal", "open the customer portal", "billing_portal/sessions", $"customer=cus_{Absent}"),
            Read("payment_method", "PaymentMethods", "list saved payment methods", $"payment_methods/pm_{Absent}"),
            Write("payment_method", "PaymentMethods", "detach saved payment methods", $"payment_methods/pm_{Absent}/detach", ""),
            Read("setup_intent", "SetupIntents", "call a stored payment method as its owner does", $"setup_intents/seti_{Absent}") with { Required = false },
            Read("plan", "Prices", "read plans and prices", $"prices/price_{Absent}"),
            Write("plan", "Prices", "make plans and prices", $"prices/price_{Absent}"),
            Read("product", "Products", "read products", $"products/prod_{Absent}"),
            Write("product", "Products", "make products", $"products/prod_{Absent}"),
            Read("usage_record", "Usage Records", "read usage of prices without a meter", $"subscription_items/si_{Absent}/usage_record_summaries") with { Version = WithUsageRecords },
            Write("usage_record", "Usage Records", "report usage of prices without a meter", $"subscription_items/si_{Absent}/usage_records", "quantity=1") with { Version = WithUsageRecords },
            Read("billing_meter", "Meters", "read meters", $"billing/meters/mtr_{Absent}"),
            Write("billing_meter", "Meters", "make meters", $"billing/meters/mtr_{Absent}", "display_name=probe"),
            OnlyWritten("billing_meter_event", "Meter Events", "see reported usage", "billing/meter_events"),
            Write("billing_meter_event", "Meter Events", "report usage", "billing/meter_events", ""),
            OnlyWritten("billing_meter_event_adjustment", "Meter Event Adjustments", "see corrections of usage", "billing/meter_event_adjustments"),
            Write("billing_meter_event_adjustment", "Meter Event Adjustments", "correct reported usage", "billing/meter_event_adjustments", ""),
            Read("event", "Events", "see which usage Stripe rejected, and which events were never delivered", $"events/evt_{Absent}") with { Required = false },
            // Giving back what was paid twice needs more of charges than reading them.
            .. Payments.Where(permission => !permission.Name.StartsWith("charge_", StringComparison.Ordinal)),
            Webhooks,
        ],
    };

    private static StripePermission Read(string resource, string dashboard, string neededFor, string path) =>
        new($"{resource}_read", $"{dashboard}: Read", neededFor, "GET", $"/v1/{path}");

    private static StripePermission Write(string resource, string dashboard, string neededFor, string path, string form = Note) =>
        new($"{resource}_write", $"{dashboard}: Write", neededFor, "POST", $"/v1/{path}", form);

    private static StripePermission OnlyWritten(string resource, string dashboard, string neededFor, string path) =>
        new($"{resource}_read", $"{dashboard}: Read", neededFor, "POST", $"/v1/{path}", "", ImpliedBy: $"{resource}_write");
}
