using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Invoicing;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Testing;

namespace Marketplace.Invoicing.Tests;

/// <summary>Usage that Stripe takes and rejects afterwards.</summary>
public sealed class RejectedUsageTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    private const string Reported = "v1.billing.meter.error_report_triggered";
    private static readonly PriceSnapshot PerCall = new("unit", 500, "1.5");

    [Fact]
    public async Task Usage_that_Stripe_rejected_is_shown_sent_again_under_another_identifier_and_counts_once()
    {
        var (shop, report, meter) = await Rejected(40);
        await shop.Seller.Hear(meter, Reported, objectType: "billing.meter", eventId: report);
        var change = (await StripeChangeTests.Changes(shop)).Single();
        Assert.Equal(("billing.meter_event", "usage_rejected/meter_event_customer_not_found"), (change.GetProperty("objectType").GetString(), change.GetProperty("what")[0].GetString()));
        await shop.Seller.Hear(meter, Reported, objectType: "billing.meter", eventId: report);
        await shop.Idle();
        Assert.Equal("repaired", (await StripeChangeTests.Changes(shop)).Single().GetProperty("state").GetString());
        await shop.EndPeriod(40);
        var invoice = await shop.Seller.Until(await shop.Seller.InvoiceOf(shop.Subscription, "period"), "paid");
        Assert.Equal(560, invoice.GetProperty("total").GetProperty("amount").GetInt64());
        Assert.Equal("subscription_cycle", (await shop.Client.V1.Invoices.GetAsync(await shop.Seller.StripeId(invoice.GetProperty("id").GetString()!))).BillingReason);
    }

    [Fact]
    public async Task A_report_that_nobody_delivered_is_asked_for_when_the_period_is_settled()
    {
        var (shop, _, _) = await Rejected(40);
        await SettledWithTheReport(shop, 40);
    }

    [Fact]
    public async Task Usage_that_is_older_than_Stripe_s_meters_look_back_holds_up_nothing_and_is_charged_by_a_line_of_ours()
    {
        var shop = await Shop.Subscribed(app, Plans.Priced(PerCall));
        await app.Advance(shop.Covers.To - app.Clock.GetUtcNow() + TimeSpan.FromDays(36));

        await shop.Use(40);

        Assert.Equal("usage_rejected/timestamp_too_far_in_past", (await StripeChangeTests.Changes(shop)).Single().GetProperty("what")[0].GetString());
        await app.Make<ChargeClosedPeriod>().Handle(shop.Closed(40), default);
        await shop.Retrying();
        await app.Advance(TimeSpan.FromHours(2));
        var invoice = await shop.Seller.Until(await shop.Seller.InvoiceOf(shop.Subscription, "period"), "paid");
        Assert.Equal(560, invoice.GetProperty("total").GetProperty("amount").GetInt64());
    }

    [Fact]
    public async Task Where_Stripe_gives_endpoints_no_thin_events_ours_is_made_without_them_says_so_and_the_report_is_asked_for()
    {
        var seller = await Seller.Open(app, endpoint: true, billingModel: "subscriptions", thinEvents: false);
        var endpoints = app.Stripe.Client(seller.Account).V1.WebhookEndpoints;
        var made = Assert.Single((await endpoints.ListAsync()).Data);
        await Told(seller, "ok", made.Id);
        await endpoints.UpdateAsync(made.Id, new() { Disabled = true, EnabledEvents = ["invoice.paid"] });
        var page = $"/v1/billing-integrations/{seller.Integration}/webhook-endpoint";
        Assert.Equal(("drifted", JsonValueKind.Null), (await seller.Owner.Get(page)) is var drifted ? (drifted.GetProperty("status").GetString(), drifted.GetProperty("detail").ValueKind) : default);
        await seller.Owner.Post($"{page}/repair").Expect();
        await Told(seller, "ok", made.Id);
        await seller.Owner.Post($"{page}/rotate").Expect();
        await endpoints.DeleteAsync(made.Id);
        await Told(seller, "ok", Assert.Single((await endpoints.ListAsync()).Data).Id);

        var (shop, _, _) = await Rejected(40, await Shop.Subscribed(app, seller, Plans.Priced(PerCall)));
        await SettledWithTheReport(shop, 40);
    }

    [Theory]
    [InlineData("invoices", false)]
    [InlineData("subscriptions", true)]
    public async Task Nothing_is_said_of_error_reports_where_they_come_or_are_not_needed(string billingModel, bool thinEvents)
    {
        var seller = await Seller.Open(app, mayAll: true, endpoint: true, billingModel: billingModel, thinEvents: thinEvents);
        foreach (var shown in await Shown(seller))
        {
            Assert.Equal(JsonValueKind.Null, shown.GetProperty("detail").ValueKind);
        }
    }

    [Fact]
    public async Task Usage_of_a_customer_that_was_deleted_at_Stripe_ends_on_our_own_last_invoice()
    {
        var shop = await Shop.Subscribed(app, Plans.Priced(PerCall));
        await shop.Client.V1.Customers.DeleteAsync((await shop.AtStripe()).CustomerId);
        await shop.Use(40);
        var (report, meter) = await Report(shop);
        await shop.Seller.Hear(meter, Reported, objectType: "billing.meter", eventId: report);
        Assert.Single(await app.Announced<CustomerDeleted>(m => m.OrganizationId == shop.Organization));
        Assert.Contains("nothing is to be done", (await StripeChangeTests.Changes(shop)).Single().GetProperty("advice").GetString(), StringComparison.Ordinal);
        await app.Make<VoidOnCancellation>().Handle(new SubscriptionCancelled(shop.Subscription, shop.Organization, "customer_deleted", app.Clock.GetUtcNow()), default);
        await shop.Idle();
        await app.Make<ChargeClosedPeriod>().Handle(shop.Closed(40, last: true), default);
        Assert.Equal(60, (await shop.Seller.Until(await shop.Seller.InvoiceOf(shop.Subscription, "final"), "open")).GetProperty("total").GetProperty("amount").GetInt64());
    }

    [Fact]
    public async Task Reports_about_others_events_and_other_thin_events_are_ignored_with_the_reason()
    {
        var shop = await Shop.Subscribed(app, Plans.Priced(PerCall));
        var meter = (await shop.Client.V1.Billing.Meters.ListAsync()).Data.Single();
        await shop.Client.V1.Billing.MeterEvents.CreateAsync(new() { EventName = meter.EventName, Payload = new() { ["stripe_customer_id"] = "cus_unknown", ["value"] = "1" } });
        var (report, _) = await Report(shop);
        await shop.Seller.Hear(meter.Id, Reported, objectType: "billing.meter", eventId: report);
        await shop.Seller.Hear("evt_ping", "v2.core.event_destination.ping", objectType: "v2.core.event", eventId: "evt_ping");
        await shop.Seller.Hear("evt_unknown", "v1.billing.meter.no_meter_found", objectType: "v2.core.event", eventId: "evt_unknown");
        var answers = await app.Announced<StripeEventHandled>(m => m.BillingIntegrationId == shop.Seller.Integration && (m.EventId == report || m.EventId == "evt_ping" || m.EventId == "evt_unknown"));
        Assert.Equal(3, answers.Count);
        Assert.All(answers, answer => Assert.Equal("ignored", answer.Outcome));
        Assert.Empty(await StripeChangeTests.Changes(shop));
    }

    // Without any event: the settlement meets another sum, and looks.
    private async Task SettledWithTheReport(Shop shop, long calls)
    {
        await shop.EndPeriod(calls);
        await shop.Retrying();
        await app.Advance(TimeSpan.FromMinutes(2));
        var invoice = await shop.Seller.Until(await shop.Seller.InvoiceOf(shop.Subscription, "period"), "paid");
        var stripe = await shop.Client.V1.Invoices.GetAsync(await shop.Seller.StripeId(invoice.GetProperty("id").GetString()!));
        Assert.Equal(["500", "60"], stripe.Lines.Data.Select(line => $"{line.Amount}").Order());
        Assert.Equal("repaired", (await StripeChangeTests.Changes(shop)).Single().GetProperty("state").GetString());
    }

    private async Task Told(Seller seller, string status, string endpoint)
    {
        Assert.Equal(WebhookEndpoint.Events.Order(), (await app.Stripe.Client(seller.Account).V1.WebhookEndpoints.GetAsync(endpoint)).EnabledEvents.Order());
        foreach (var shown in await Shown(seller))
        {
            Assert.StartsWith($"error_reports_not_sent: Stripe sends this endpoint no reports about usage that it rejects ({Reported}", shown.GetProperty("detail").GetString(), StringComparison.Ordinal);
        }

        Assert.Equal((status, endpoint), (await Shown(seller))[1] is var looked ? (looked.GetProperty("status").GetString(), looked.GetProperty("endpointId").GetString()) : default);
    }

    // The integration's own page first: as it was last seen.
    private static async Task<JsonElement[]> Shown(Seller seller)
    {
        var path = $"/v1/billing-integrations/{seller.Integration}";
        return [(await seller.Owner.Get(path)).GetProperty("webhook"), await seller.Owner.Get($"{path}/webhook-endpoint")];
    }

    private async Task<(Shop Shop, string Report, string Meter)> Rejected(long calls, Shop? open = null)
    {
        var shop = open ?? await Shop.Subscribed(app, Plans.Priced(PerCall));
        await Rejected(app, shop, calls);
        var (report, meter) = await Report(shop);
        return (shop, report, meter);
    }

    // Reported while Stripe did not know the customer by the id that is on record; it does again afterwards.
    internal static async Task Rejected(InvoicingApp app, Shop shop, long calls)
    {
        var customer = (await shop.AtStripe()).CustomerId;
        await app.Database.Execute("update stripe_objects set stripe_id = $1 || '_unknown' where stripe_id = $1", customer);
        await shop.Use(calls);
        await app.Database.Execute("update stripe_objects set stripe_id = $1 where stripe_id = $1 || '_unknown'", customer);
    }

    private static async Task<(string Report, string Meter)> Report(Shop shop)
    {
        using var list = JsonDocument.Parse((await shop.Client.RawRequestAsync(HttpMethod.Get, "/v2/core/events")).Content);
        var report = list.RootElement.GetProperty("data")[0];
        return (report.GetProperty("id").GetString()!, report.GetProperty("related_object").GetProperty("id").GetString()!);
    }
}
