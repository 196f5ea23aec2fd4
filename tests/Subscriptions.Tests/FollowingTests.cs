using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Invoicing;
using Marketplace.Testing;

namespace Marketplace.Subscriptions.Tests;

/// <summary>What is left unpaid of a subscription that is over counts for what its organization takes of the product after it.</summary>
public sealed class FollowingTests(ServiceApp<Program> app) : IClassFixture<ServiceApp<Program>>
{
    [Theory]
    [InlineData("period")]
    [InlineData("final")]
    public async Task What_falls_due_after_its_subscription_was_cancelled_closes_the_next_one_to_the_product_until_it_is_paid(string kind)
    {
        var market = await Market.Open(app, PerCall);
        var left = await Left(market, kind);
        var id = await market.SubscribeAndPay();
        Assert.Equal(left, (await market.Read(id)).Text("follows"));
        Assert.Equal("active", await market.Status(id));

        await market.Hear(market.Invoice(left, kind, "past_due", "inv_2", version: 2, due: app.Clock.GetUtcNow()));
        Assert.Equal("past_due", await market.Status(id));
        await market.MoveTo(app.Clock.GetUtcNow().AddDays(market.Plan.GraceDays + 1));
        Assert.Equal("suspended", await market.Status(id));
        Assert.Equal("payment_required", (await market.Entitlement(id)).Refusal);

        await market.Hear(market.Invoice(left, kind, "paid", "inv_2", version: 3));
        Assert.Equal("active", await market.Status(id));
        Assert.Null((await market.Entitlement(id)).Refusal);
    }

    [Fact]
    public async Task It_counts_through_every_one_that_was_taken_and_cancelled_since_and_over_changes_of_plan()
    {
        var (market, _, other) = await Market.OpenTwo(app, plan => PerCall(plan) with { Price = new("unit", 0, "2") }, PerCall);
        var left = await Left(market, "final");
        await Cancel(market, (await market.Subscribe()).Id());
        await Cancel(market, await market.SubscribeAndPay());
        var id = await market.SubscribeAndPay();
        id = (await market.Admin.Post($"/v1/subscriptions/{id}/change-plan", new { planId = other.PlanId, when = "now" }).Expect<JsonElement>()).GetProperty("subscription").Id();
        Assert.Equal("active", await market.Status(id));

        await market.Hear(market.Invoice(left, "final", "incomplete", "inv_2", version: 2, due: app.Clock.GetUtcNow()));
        Assert.Equal("past_due", await market.Status(id));
    }

    [Fact]
    public async Task It_is_found_when_the_first_payment_is_heard_where_it_fell_due_before_that()
    {
        var market = await Market.Open(app, PerCall);
        var left = await Left(market, "final");
        var id = (await market.Subscribe()).Id();
        await market.Hear(market.Invoice(left, "final", "past_due", "inv_2", version: 2, due: app.Clock.GetUtcNow()));
        Assert.Equal("awaiting_payment", await market.Status(id));

        await market.Hear(market.Invoice(id, "initial", "paid"));
        Assert.Equal("past_due", await market.Status(id));
    }

    [Fact]
    public async Task A_free_plan_answers_for_nothing_until_it_is_changed_for_one_that_costs_money()
    {
        var (market, free, perCall) = await Market.OpenTwo(app, PerCall, Market.Free);
        var left = await Take(market, perCall);
        await market.Hear(market.Invoice(left, "initial", "paid"));
        await market.Hear(market.Invoice(left, "final", "open", "inv_2"));
        await Cancel(market, left);
        var id = (await market.Subscribe()).Id();
        await market.Hear(market.Invoice(left, "final", "past_due", "inv_2", version: 2, due: app.Clock.GetUtcNow()));
        Assert.Equal(("active", free.PlanId), (await market.Status(id), (await market.Read(id)).GetProperty("plan").Id()));

        await market.Hear(market.Invoice(left, "final", "open", "inv_2", version: 3));
        id = (await market.Admin.Post($"/v1/subscriptions/{id}/change-plan", new { planId = perCall.PlanId, when = "now" }).Expect<JsonElement>()).GetProperty("subscription").Id();
        await market.Hear(market.Invoice(id, "initial", "paid"));
        Assert.Equal("active", await market.Status(id));
        await market.Hear(market.Invoice(left, "final", "past_due", "inv_2", version: 4, due: app.Clock.GetUtcNow()));
        Assert.Equal("past_due", await market.Status(id));
    }

    [Fact]
    public async Task Whom_its_provider_moves_from_a_free_plan_answers_for_nothing_left_behind()
    {
        var (market, free, perCall) = await Market.OpenTwo(app, PerCall, Market.Free);
        await market.PublishAll(free, perCall);
        var left = await Take(market, perCall);
        await market.Hear(market.Invoice(left, "initial", "paid"));
        await Cancel(market, left);
        var id = (await market.Subscribe()).Id();
        await market.Hear(market.Invoice(left, "final", "past_due", "inv_2", due: app.Clock.GetUtcNow()));

        await app.Make<KeepMigration>().Handle(
            new MigrationRequested(
                TestCaller.NewId("mig"), market.Provider, "move", "now", true, false, [new(free.PlanId, perCall)], null,
                new(market.Product, "next", "Next", "2.0.0", [market.Api, market.OtherApi], [new(market.Catalog, "bil_1")]), "usr_owner", DateTimeOffset.UnixEpoch, 1), default);
        await Eventually.Until(async () => await market.Status(id) == "migrated", "moved");
        id = (await market.Read(id)).Text("migratedTo");

        await market.Hear(market.Invoice(left, "final", "past_due", "inv_2", version: 2, due: app.Clock.GetUtcNow()));
        Assert.Equal("active", await market.Status(id));
    }

    [Fact]
    public async Task What_ends_at_the_very_moment_is_followed_too()
    {
        var market = await Market.Open(app, PerCall);
        var left = await market.SubscribeAndPay();
        await market.Hear(market.Invoice(left, "final", "open", "inv_2"));
        await using var connection = await app.Database.Source.OpenConnectionAsync();
        await using var cancelling = await market.BeginCancelling(connection, left);

        var taking = market.Admin.Post("/v1/subscriptions", market.Request());
        await app.Database.UntilBlockedOnLocks(1);
        await cancelling.CommitAsync();

        Assert.Equal(left, (await taking.Expect<JsonElement>(HttpStatusCode.Created)).Text("follows"));
    }

    [Fact]
    public async Task A_trial_is_not_cut_short_cancelled_or_not_and_what_it_follows_counts_once_it_is_paid()
    {
        var (market, _, other) = await Market.OpenTwo(app, plan => PerCall(plan) with { TrialDays = 0 }, plan => PerCall(plan) with { TrialDays = 10 });
        var left = await Take(market, other);
        await market.Hear(market.Invoice(left, "initial", "paid"));
        await market.Hear(market.Invoice(left, "final", "open", "inv_2"));
        await Cancel(market, left);
        var id = (await market.Subscribe()).Id();
        Assert.Equal("trialing", await market.Status(id));
        await market.Hear(market.Invoice(left, "final", "past_due", "inv_2", version: 2, due: app.Clock.GetUtcNow()));

        await market.Admin.Post($"/v1/subscriptions/{id}/cancel", new { when = "period_end" }).Expect();
        await market.Hear(market.Invoice(left, "final", "past_due", "inv_2", version: 3, due: app.Clock.GetUtcNow()));
        Assert.Equal(("cancelling", true), (await market.Status(id), (await market.Read(id)).IsNull("graceUntil")));
        await market.Admin.Post($"/v1/subscriptions/{id}/resume", new { }).Expect();
        Assert.Equal(("trialing", true), (await market.Status(id), (await market.Read(id)).IsNull("graceUntil")));

        await market.MoveTo(app.Clock.GetUtcNow().AddDays(11));
        await market.Hear(market.Invoice(id, "initial", "paid"));
        Assert.NotEqual("active", await market.Status(id));
    }

    [Fact]
    public async Task A_disputed_payment_withholds_what_was_taken_after_it_and_a_lost_one_ends_it()
    {
        var market = await Market.Open(app, PerCall);
        var left = await Left(market, "period");
        var id = await market.SubscribeAndPay();
        app.Clock.MoveTo(app.Clock.GetUtcNow().AddMinutes(1));

        await Dispute(market, left, 1, null);
        Assert.Equal("payment_disputed", (await market.Read(id)).Text("heldFor"));
        await Dispute(market, left, 1, "won");
        Assert.True((await market.Read(id)).IsNull("heldFor"));

        await Dispute(market, left, 2, null);
        await Dispute(market, left, 2, "lost");
        Assert.Equal(("cancelled", "dispute_lost"), (await market.Status(id), (await market.Read(id)).Text("endReason")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Whom_its_provider_lets_in_after_a_lost_dispute_is_not_ended_by_that_one(bool isChanged)
    {
        var (market, _, other) = await Market.OpenTwo(app, ByHand, ByHand);
        var left = (await market.Subscribe()).Id();
        await market.Owner.Post($"/v1/subscriptions/{left}/approve").Expect();
        await market.Hear(market.Invoice(left, "initial", "paid"));
        await Dispute(market, left, 1, "lost");
        Assert.Equal("cancelled", await market.Status(left));

        app.Clock.MoveTo(app.Clock.GetUtcNow().AddMinutes(1));
        var id = (await market.Subscribe()).Id();
        if (isChanged)
        {
            id = (await market.Admin.Post($"/v1/subscriptions/{id}/change-plan", new { planId = other.PlanId, when = "now" }).Expect<JsonElement>()).GetProperty("subscription").Id();
        }

        await market.Owner.Post($"/v1/subscriptions/{id}/approve").Expect();
        await market.Hear(market.Invoice(id, "initial", "paid"));
        Assert.Equal("active", await market.Status(id));
        app.Clock.MoveTo(app.Clock.GetUtcNow().AddMinutes(1));
        // Told once more, about another amount.
        await Dispute(market, left, 1, "lost", version: 3);
        Assert.Equal("active", await market.Status(id));
    }

    [Fact]
    public async Task What_was_given_back_of_one_that_is_over_says_nothing_of_the_next_one()
    {
        var market = await Market.Open(app, PerCall);
        var left = await Left(market, "period");
        var id = await market.SubscribeAndPay();
        var from = app.Clock.GetUtcNow().AddDays(-1);

        await market.Hear(market.Invoice(left, "period", "paid", "inv_2", version: 2) with { CoversFrom = from, CoversTo = from.AddMonths(1), AmountPaid = 2500, AmountSettled = 2500, AmountRefunded = 2500 });
        Assert.True((await market.Read(id)).IsNull("heldFor"));
    }

    // One that is over, with an invoice that is not due yet.
    private static async Task<string> Left(Market market, string kind)
    {
        var id = await market.SubscribeAndPay();
        await market.Hear(market.Invoice(id, kind, "open", "inv_2"));
        await Cancel(market, id);
        return id;
    }

    private Task Dispute(Market market, string id, int number, string? outcome, long version = 2) => outcome is null
        ? app.Make<ApplyDispute>().Handle(new DisputeOpened($"dsp_{number}_{id}", "inv_1", id, market.Consumer, 2500, "usd", "fraudulent", null, 1), default)
        : app.Make<ApplyDispute>().Handle(new DisputeClosed($"dsp_{number}_{id}", "inv_1", id, market.Consumer, outcome, app.Clock.GetUtcNow(), version), default);

    private static async Task<string> Take(Market market, PlanSnapshot plan) =>
        (await market.Admin.Post("/v1/subscriptions", new { planId = plan.PlanId, catalogId = market.Catalog, organizationId = market.Consumer, acceptTerms = true }).Expect<JsonElement>(HttpStatusCode.Created)).Id();

    private static Task Cancel(Market market, string id) => market.Admin.Post($"/v1/subscriptions/{id}/cancel", new { when = "now" }).Expect();

    private static PlanSnapshot ByHand(PlanSnapshot plan) => PerCall(plan) with { Approval = "manual" };

    private static PlanSnapshot PerCall(PlanSnapshot plan) => Market.PayPerUse(plan) with { SetupFee = 0 };
}
