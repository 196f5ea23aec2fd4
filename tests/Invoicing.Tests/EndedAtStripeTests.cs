using Marketplace.Contracts.Invoicing;
using Marketplace.Storage;
using Marketplace.Testing;
using Microsoft.Extensions.DependencyInjection;
using Stripe;

namespace Marketplace.Invoicing.Tests;

/// <summary>What Stripe renews and somebody ends there, in its portal or its dashboard.</summary>
public sealed class EndedAtStripeTests(InvoicingApp app) : IClassFixture<InvoicingApp>
{
    [Fact]
    public async Task A_base_price_that_was_charged_before_anybody_heard_of_an_end_at_once_goes_back_whole()
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        await shop.EndPeriod(0);
        var next = await shop.Seller.Until(await shop.Seller.InvoiceOf(shop.Subscription, "period"), "paid");
        Assert.Equal(2500, next.GetProperty("amountPaid").GetProperty("amount").GetInt64());
        await app.Advance(TimeSpan.FromHours(12));

        // Its settlement saw nothing of an end that is told now to have been before it.
        await shop.Cancelled("ended_at_stripe", shop.Covers.To.AddHours(-1));
        await shop.Idle();

        Assert.Equal(-2500, (await shop.Client.V1.Customers.GetAsync((await shop.AtStripe()).CustomerId)).Balance);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_cancelled_in_Stripe_s_portal_ends_with_its_period_here_and_goes_on_when_that_is_taken_back_on_either_side(bool there)
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        await InPortal(shop, "cancel");
        Assert.Equal((false, shop.Covers.To.UtcDateTime), ((await shop.AtStripe()).CancelAtPeriodEnd, (await shop.AtStripe()).CancelAt));
        await shop.Hear();
        Assert.Equal("ends_with_period", Assert.Single(await Changes(shop)).Change);
        Assert.Equal("with_period", await Ends(shop));

        // Subscriptions answers with its own word, which is there already.
        await app.Make<TellScheduledEnd>().Handle(new(shop.Subscription, shop.Organization, true, shop.Covers.To, 5), default);
        await shop.Idle();
        Assert.Equal((false, shop.Covers.To.UtcDateTime), ((await shop.AtStripe()).CancelAtPeriodEnd, (await shop.AtStripe()).CancelAt));
        if (there)
        {
            await InPortal(shop, "renew");
            await shop.Hear();
            Assert.Equal("goes_on", (await Changes(shop))[^1].Change);
        }

        await app.Make<TellScheduledEnd>().Handle(new(shop.Subscription, shop.Organization, false, shop.Covers.To, 6), default);
        await shop.Idle();
        await shop.Hear();

        Assert.Null((await shop.AtStripe()).CancelAt);
        Assert.Null(await Ends(shop));
        Assert.Equal(there ? 2 : 1, (await Changes(shop)).Count);
    }

    [Fact]
    public async Task An_end_at_Stripe_that_the_job_of_a_wish_comes_across_first_is_told_all_the_same()
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500));
        await shop.Client.V1.Subscriptions.CancelAsync((await shop.AtStripe()).Id);
        await app.Make<TellScheduledEnd>().Handle(new(shop.Subscription, shop.Organization, true, shop.Covers.To, 5), default);
        await shop.Idle();

        await shop.Hear();

        var told = Assert.Single(await Changes(shop));
        Assert.Equal(("ended", (await shop.AtStripe()).EndedAt), (told.Change, told.At.UtcDateTime));
    }

    [Theory]
    [InlineData(1, "ends_with_period")]
    [InlineData(2, null)]
    public async Task An_end_before_its_term_that_somebody_set_at_Stripe_outlasts_what_is_set_up_there_later(int months, string? told)
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500) with { TermPeriods = 3 });
        var (id, term, end) = ((await shop.AtStripe()).Id, shop.Covers.From.AddMonths(3).UtcDateTime, shop.Covers.From.AddMonths(months).UtcDateTime);
        Assert.Equal(term, (await shop.AtStripe()).CancelAt);
        await shop.Client.V1.Subscriptions.UpdateAsync(id, new SubscriptionUpdateOptions { CancelAt = end, ProrationBehavior = "none" });
        await shop.Hear();
        Assert.Equal(told is null ? [] : [told], (await Changes(shop)).Select(change => change.Change));

        await SetUp(shop);
        Assert.Equal(end, (await shop.AtStripe()).CancelAt);

        if (told is not null)
        {
            await app.Make<TellScheduledEnd>().Handle(new(shop.Subscription, shop.Organization, true, shop.Covers.To, 5), default);
            await app.Make<TellScheduledEnd>().Handle(new(shop.Subscription, shop.Organization, false, shop.Covers.To, 6), default);
            await shop.Idle();
            Assert.Equal(term, (await shop.AtStripe()).CancelAt);
        }
    }

    [Fact]
    public async Task The_end_of_its_term_is_no_cancellation_in_its_last_period()
    {
        var shop = await Shop.Subscribed(app, Plans.Of(basePrice: 2500) with { TermPeriods = 1 });
        Assert.Equal(shop.Covers.To.UtcDateTime, (await shop.AtStripe()).CancelAt);
        await shop.Hear();
        Assert.Empty(await Changes(shop));
        Assert.Equal("at_date", await Ends(shop));
    }

    // As where its taxes change, or its address.
    private async Task SetUp(Shop shop)
    {
        await using (var transaction = await app.Services.GetRequiredService<Database>().Begin(default))
        {
            await app.Services.GetRequiredService<JobQueue>().Enqueue(transaction, shop.Seller.Integration, shop.Organization, SetUpSubscription.JobKind, shop.Subscription, default);
            await transaction.Commit(default);
        }

        await shop.Idle();
    }

    // Presses a button of the portal that Stripe shows its customer.
    private static async Task InPortal(Shop shop, string button)
    {
        var theirs = await shop.AtStripe();
        var configuration = await shop.Client.V1.BillingPortal.Configurations.CreateAsync(
            new Stripe.BillingPortal.ConfigurationCreateOptions { Features = new() { SubscriptionCancel = new() { Enabled = true } } });
        var session = await shop.Client.V1.BillingPortal.Sessions.CreateAsync(new Stripe.BillingPortal.SessionCreateOptions { Customer = theirs.CustomerId, Configuration = configuration.Id });
        using var http = new HttpClient();
        using var none = new FormUrlEncodedContent([]);
        using var answer = await http.PostAsync(new Uri($"{session.Url}/subscriptions/{theirs.Id}/{button}"), none);
        Assert.True(answer.IsSuccessStatusCode, $"{answer.StatusCode}");
    }

    // As operators compare it.
    private async Task<string?> Ends(Shop shop) => (await app.ClientFor(TestCaller.Operator()).Get($"/v1/operations/invoicing/stripe-objects/{shop.Seller.Integration}/subscription"))
        .GetProperty("data").EnumerateArray().Single().GetProperty("ends").GetString();

    private Task<List<StripeSubscriptionChanged>> Changes(Shop shop) => app.Announced<StripeSubscriptionChanged>(m => m.SubscriptionId == shop.Subscription);
}
