using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Storage;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;
using Microsoft.Extensions.Configuration;

namespace Marketplace.Invoicing.Tests;

/// <summary>The feed that a provider's own billing system reads.</summary>
public sealed class InvoiceEventTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    [Fact]
    public async Task An_event_says_what_happened_to_which_invoice_and_whose_feed_it_is()
    {
        var seller = await OwnBilling.Open(app);
        var approved = seller.Approved(Plans.Of(basePrice: 2500));
        var id = await seller.Charge(approved);
        var page = await seller.Page();
        var told = Assert.Single(page.GetProperty("data").EnumerateArray());
        Assert.Equal((1, "1", "marketplace", seller.Organization, "SubResourceUpdated", "status"), (
            told.GetProperty("sequence").GetInt64(), told.GetProperty("version").GetString(), told.GetProperty("product").GetString(), told.GetProperty("organization").GetProperty("id").GetString(),
            told.GetProperty("type").GetString(), told.GetProperty("metadata").GetProperty("subresource").GetString()));
        Assert.Equal(app.Clock.GetUtcNow(), told.GetProperty("time").GetDateTimeOffset(), TimeSpan.FromMicroseconds(2));
        Assert.StartsWith("evt_", told.GetProperty("id").GetString(), StringComparison.Ordinal);
        Assert.NotEmpty(told.GetProperty("correlationId").GetString()!);
        var payload = told.GetProperty("payload");
        Assert.Equal((id, approved.SubscriptionId, approved.OrganizationId, "prd_1", "initial", "draft", "pending"), (
            payload.GetProperty("invoiceId").GetString(), payload.GetProperty("subscriptionId").GetString(), payload.GetProperty("organizationId").GetString(), payload.GetProperty("productId").GetString(),
            payload.GetProperty("kind").GetString(), payload.GetProperty("state").GetProperty("name").GetString(), payload.GetProperty("status").GetProperty("level").GetString()));
        Assert.Equal((1, false), (page.GetProperty("next").GetInt64(), page.GetProperty("more").GetBoolean()));

        // What a request caused bears the trace that the audit log has of it.
        await seller.Tell(id, "status", new { level = "error" }).Expect();
        var second = (await seller.Page("?after=1")).GetProperty("data")[0];
        var audited = (await app.Announced<ChangeRecorded>()).Single(c => c.ObjectId == id);
        Assert.Equal(audited.TraceId, second.GetProperty("correlationId").GetString());
    }

    [Fact]
    public async Task Invoices_that_change_at_once_leave_no_gap_and_a_reader_in_between_misses_none()
    {
        const int Invoices = 24;
        var seller = await OwnBilling.Open(app);
        using var stop = new CancellationTokenSource();
        var reader = Task.Run(async () =>
        {
            List<long> read = [];
            for (var last = false; ;)
            {
                var page = await seller.Page($"?limit=5&after={(read.Count > 0 ? read[^1] : 0)}");
                read.AddRange(page.GetProperty("data").EnumerateArray().Select(e => e.GetProperty("sequence").GetInt64()));
                if (last && !page.GetProperty("more").GetBoolean())
                {
                    return read;
                }

                last = stop.IsCancellationRequested;
            }
        });
        await Parallel.ForAsync(0, Invoices, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (_, _) =>
        {
            var id = await seller.Charge();
            await seller.Tell(id, "billing", OwnBilling.Billed(id)).Expect();
            // Refused after it was begun: the number that it would have had goes to another.
            await seller.Tell(id, "billing", new { id = $"doc-{id}", number = "", issueDate = "2000-01-31", amount = new { currency = "usd", total = 2500, due = 2500 } }).Expect(HttpStatusCode.BadRequest);
            await seller.Tell(id, "state", new { name = "open" }).Expect();
        });
        await stop.CancelAsync();
        Assert.Equal(Enumerable.Range(1, 3 * Invoices).Select(n => (long)n), await reader);
    }

    [Fact]
    public async Task A_change_that_is_not_committed_leaves_no_event_and_no_gap()
    {
        var seller = await OwnBilling.Open(app);
        var (first, second) = (await seller.Charge(), await seller.Charge());
        await seller.Tell(first, "billing", OwnBilling.Billed(first)).Expect();
        // The event is written before the unique index says no.
        await seller.Tell(second, "billing", OwnBilling.Billed(first)).ExpectProblem(HttpStatusCode.Conflict, "billing_id_taken");
        await using (var transaction = await app.Make<Storage.Database>().Begin(default))
        {
            var held = (await Invoicing.Invoice.Lock(transaction, second, default))!;
            await held.Save(transaction, default);
        }

        await seller.Bill(second);
        Assert.Equal([1, 2, 3, 4, 5], (await seller.Page()).GetProperty("data").EnumerateArray().Select(e => e.GetProperty("sequence").GetInt32()));
    }

    [Fact]
    public async Task Who_was_away_reads_on_from_the_last_number_and_may_read_again()
    {
        var seller = await OwnBilling.Open(app);
        for (var n = 0; n < 5; n++)
        {
            await seller.Charge();
        }

        var page = await seller.Page("?after=0&limit=2");
        Assert.Equal([1, 2], Sequences(page));
        Assert.Equal((2, true), (page.GetProperty("next").GetInt64(), page.GetProperty("more").GetBoolean()));
        Assert.Equal([3, 4, 5], Sequences(await seller.Page("?after=2")));
        Assert.Equal([2, 3, 4, 5], Sequences(await seller.Page("?after=1")));
        var end = await seller.Page("?after=5");
        Assert.Equal((0, 5, false), (Sequences(end).Count, end.GetProperty("next").GetInt64(), end.GetProperty("more").GetBoolean()));
        await seller.System.GetAsync("/v1/invoice-events?after=6").ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "after");
        foreach (var wrong in (string[])["after=-1", "limit=0", "limit=101", "after=x", "organizationId=%00", "after=99999999999999999999"])
        {
            await seller.System.GetAsync($"/v1/invoice-events?{wrong}").Expect(HttpStatusCode.BadRequest);
        }
    }

    [Fact]
    public async Task Events_are_kept_for_thirty_days_and_who_asks_for_older_ones_is_told_so()
    {
        var seller = await OwnBilling.Open(app);
        await seller.Charge();
        await seller.Charge();
        await app.Advance(TimeSpan.FromDays(20));
        await seller.Charge();
        await Forget(TimeSpan.FromDays(9.9));
        Assert.Equal([1, 2, 3], Sequences(await seller.Page("?after=0")));
        await Forget(TimeSpan.FromDays(0.2));
        Assert.Equal([3], Sequences(await seller.Page()));
        Assert.Equal([3], Sequences(await seller.Page("?after=2")));
        var gone = await seller.System.GetAsync("/v1/invoice-events?after=1").Expect<JsonElement>(HttpStatusCode.Gone);
        Assert.Equal(("invoice_events_forgotten", 2), (gone.GetProperty("code").GetString(), gone.GetProperty("keptAfter").GetInt64()));
        await Forget(TimeSpan.FromDays(30));
        Assert.Empty(Sequences(await seller.Page()));
        await seller.Charge();
        Assert.Equal([4], Sequences(await seller.Page("?after=3")));
        Assert.Throws<InvalidOperationException>(() => InvoiceEvents.Days(new ConfigurationBuilder().AddInMemoryCollection([new("Invoices:EventDays", "6")]).Build()));

        async Task Forget(TimeSpan later)
        {
            await app.Advance(later);

            // The service's own timer may hold a feed, which this leaves out then.
            await Eventually.Until(
                async () => await InvoiceEvents.Forget(app.Services, app.Clock.GetUtcNow(), default) == 0
                    && !await app.Database.Scalar<bool>("select exists (select from invoice_events where recorded_at < $1)", app.Clock.GetUtcNow().AddDays(-30)),
                "all that is older is forgotten");
        }
    }

    [Fact]
    public async Task Each_provider_reads_its_own_feed()
    {
        var (seller, rival) = (await OwnBilling.Open(app), await OwnBilling.Open(app));
        await seller.Charge();
        await rival.Charge();
        Assert.Equal([1], Sequences(await rival.Page()));
        await rival.System.GetAsync($"/v1/invoice-events?organizationId={seller.Organization}").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await app.ClientFor(TestCaller.Stranger()).GetAsync($"/v1/invoice-events?organizationId={seller.Organization}").ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await app.ClientFor(TestCaller.Provider(seller.Organization, Roles.Viewer)).GetAsync("/v1/invoice-events").ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
        await app.ClientFor(TestCaller.Provider(seller.Organization, Roles.Owner) with { Scopes = ["billing:write"] }).GetAsync("/v1/invoice-events").ExpectProblem(HttpStatusCode.Forbidden, "scope_missing");
        await app.CreateClient().GetAsync("/v1/invoice-events").Expect(HttpStatusCode.Unauthorized);
        await app.ClientFor(TestCaller.Operator()).GetAsync("/v1/invoice-events").ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "organizationId");
        Assert.Equal([1], Sequences(await app.ClientFor(TestCaller.Operator()).Get($"/v1/invoice-events?organizationId={seller.Organization}")));
        var both = app.ClientFor(new TestCaller(TestCaller.NewId("usr"), new Membership(seller.Organization, "provider", [Roles.Owner]), new Membership(rival.Organization, "provider", [Roles.Owner])));
        await both.GetAsync("/v1/invoice-events").ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "organizationId");
    }

    private static List<int> Sequences(JsonElement page) => [.. page.GetProperty("data").EnumerateArray().Select(e => e.GetProperty("sequence").GetInt32())];
}
