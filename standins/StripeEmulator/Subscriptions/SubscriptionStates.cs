using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Subscriptions;

/// <summary>The subscription's states: the only copy of Stripe's table.</summary>
public static class SubscriptionStates
{
    public static readonly string[] All = ["incomplete", "incomplete_expired", "trialing", "active", "past_due", "unpaid", "paused", "canceled"];

    /// <summary>
    /// paid: the invoice it waited for is settled; fail: a payment failed or is overdue; expire: 23 hours without the first payment;
    /// give_up: the last retry failed and the account leaves it unpaid; begin: a trial has ended; pause: it ended without a payment
    /// method; resume: a paused one goes on; try: a trial begins; cancel.
    /// </summary>
    public static readonly string[] Actions = ["paid", "fail", "expire", "give_up", "begin", "pause", "resume", "try", "cancel"];

    /// <summary>The status after an action, or null where Stripe knows no such step.</summary>
    public static string? After(string status, string action) => (status, action) switch
    {
        ("incomplete", "paid") => "active",
        ("incomplete", "expire" or "cancel") => "incomplete_expired",
        ("trialing", "begin") => "active",
        ("trialing", "pause") => "paused",
        ("active" or "trialing", "try") => "trialing",
        ("active", "fail") => "past_due",
        ("past_due" or "unpaid", "paid") => "active",
        ("past_due", "give_up") => "unpaid",
        ("paused", "resume") => "active",
        ("trialing" or "active" or "past_due" or "unpaid" or "paused", "cancel") => "canceled",
        _ => null,
    };

    public static bool IsOver(string status) => status is "canceled" or "incomplete_expired";

    public static bool IsOver(Stored subscription) => IsOver(Of(subscription));

    public static string Of(Stored subscription) => subscription.Value.Text("status")!;

    /// <summary>True when the table has a line for it.</summary>
    public static bool Allows(Stored subscription, string action) => After(Of(subscription), action) is not null;

    /// <summary>Takes the step; a step outside the table is a fault of the emulator.</summary>
    public static void Move(Transaction tx, Stored subscription, string action)
    {
        var status = Of(subscription);
        tx.Edit(subscription)["status"] = After(status, action) ?? throw new InvalidOperationException($"A subscription that is {status} cannot {action}.");
    }
}
