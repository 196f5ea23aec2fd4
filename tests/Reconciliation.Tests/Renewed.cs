using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Invoicing.Tests;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;

namespace Marketplace.Reconciliation.Tests;

/// <summary>A subscription that Stripe renews, with what Subscriptions and its consumer do about it.</summary>
internal sealed class Renewed(SubscriptionApproved approved)
{
    private DateTimeOffset start;

    public SubscriptionApproved Approved => approved;

    public string Id => approved.SubscriptionId;

    public string StripeId { get; private set; } = "";

    public string CustomerId { get; private set; } = "";

    /// <summary>Units of the period that no closure has taken yet.</summary>
    public long InLastPeriod { get; private set; }

    /// <summary>Whether it ended here.</summary>
    public bool IsOver { get; set; }

    /// <summary>Whether somebody ended it at Stripe.</summary>
    public bool IsEndedAtStripe { get; set; }

    /// <summary>Pays at the checkout, and comes back or does not.</summary>
    public async Task CheckOut(InvoicingBesideInbox app, bool comesBack)
    {
        using var buyer = app.ClientFor(TestCaller.Consumer(approved.OrganizationId, approved.CatalogId, Roles.Subscriber));
        var wanted = new { subscriptionId = Id, successUrl = "https://example.com/done", cancelUrl = "https://example.com/back" };
        var session = await buyer.Post("/v1/checkout-sessions", wanted).Expect<JsonElement>(HttpStatusCode.Created);
        await app.Database.Execute("update checkout_sessions set look_at = 'infinity' where subscription_id = $1", Id);
        await EmulatedStripe.CheckOut(session.GetProperty("url").GetString()!);
        if (comesBack)
        {
            await Eventually.Until(
                () => buyer.Get($"/v1/checkout-sessions/{session.GetProperty("id").GetString()}"), looked => looked.GetProperty("status").GetString() == "complete", "the checkout is complete", TimeSpan.FromMinutes(1));
        }
    }

    /// <summary>Reads where Stripe's first period begins, from which all others count.</summary>
    public async Task ReadPeriods(InvoicingBesideInbox app, UnheardSeller seller)
    {
        StripeId = await seller.Seller.StripeId(Id);
        var theirs = await seller.Client.V1.Subscriptions.GetAsync(StripeId);
        (CustomerId, start) = (theirs.CustomerId, new DateTimeOffset(theirs.StartDate, TimeSpan.Zero));
    }

    public (DateTimeOffset From, DateTimeOffset To) Period(int number) => (start.AddMonths(number - 1), start.AddMonths(number));

    /// <summary>Units of a period, as Subscriptions counts them.</summary>
    public UsageCounted Used(int period, DateTimeOffset now)
    {
        InLastPeriod = 100 + period;
        return new(TestCaller.NewId("cnt"), Id, approved.OrganizationId, "transactions", InLastPeriod, Period(period).From, Period(period).To, now);
    }

    /// <summary>A period's closure, the last one where it ended within it.</summary>
    public MeteringPeriodClosed Closed(int period, DateTimeOffset? ended = null)
    {
        var (from, to) = (Period(period).From, ended ?? Period(period).To);
        var used = InLastPeriod;
        InLastPeriod = 0;
        return new(
            TestCaller.NewId("clo"), Id, approved.OrganizationId, ended is null ? "period_end" : "cancellation", approved.Plan, from, to,
            ended is null ? to : null, ended is null ? Period(period + 1).To : null, [new PeriodUsage("transactions", used, from, to, null, null)], to.AddHours(2));
    }
}
