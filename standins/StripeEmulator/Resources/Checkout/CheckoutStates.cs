using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>The checkout session's states: the only copy of the table, and what Stripe answers outside it.</summary>
public static class CheckoutStates
{
    public static readonly string[] All = ["open", "complete", "expired"];

    public static readonly string[] Actions = ["update", "confirm", "expire"];

    /// <summary>The status after an action, or null where it is refused.</summary>
    public static string? After(string status, string action) => (status, action) switch
    {
        ("open", "update") => "open",
        ("open", "confirm") => "complete",
        ("open", "expire") => "expired",
        _ => null,
    };

    /// <summary>Refuses the action where the table has no line for it.</summary>
    public static void Demand(Stored session, string action)
    {
        var status = session.Value.Text("status")!;
        if (After(status, action) is null)
        {
            throw StripeException.Invalid(action switch
            {
                "expire" => $"Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of `{status}`.",
                "update" => $"You cannot update this Checkout Session because it has a status of `{status}`. Only Checkout Sessions with a status in [\"open\"] can be updated.",
                _ when status == "complete" => "This Checkout Session has already been completed.",
                _ => "This Checkout Session has expired.",
            });
        }
    }
}
