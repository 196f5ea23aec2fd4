using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Storage;
using Marketplace.Contracts.Subscriptions;
using Marketplace.Pricing;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;

namespace Marketplace.Subscriptions.Tests;

public sealed class PlanChangeTests(ServiceApp<Program> app) : IClassFixture<ServiceApp<Program>>
{
    [Fact]
    public async Task A_change_now_gives_back_the_unused_base_and_charges_the_rest_of_the_period_by_the_second()
    {
        var (market, basic, pro) = await TwoPlans();
        var id = await market.SubscribeAndPay();
        var period = (await market.Read(id)).GetProperty("currentPeriod");
        var half = period.Time("start") + ((period.Time("end") - period.Time("start")) / 2);
        await market.MoveTo(half);

        var answer = await Change(market, id, pro.PlanId);

        var next = answer.GetProperty("subscription").Id();
        Assert.Equal(("done", pro.PlanId), (answer.Text("state"), answer.Text("planId")));
        Assert.True(answer.IsNull("undoableUntil"));
        Assert.Equal(("migrated", next), (await market.Status(id), (await market.Read(id)).Text("migratedTo")));
        var shown = await market.Read(next);
        Assert.Equal(("active", id, period.Time("end")), (shown.Text("status"), shown.Text("migratedFrom"), shown.GetProperty("currentPeriod").Time("end")));
        var told = Assert.Single(await app.Announced<SubscriptionPlanChanged>(c => c.SubscriptionId == next));
        var at = shown.GetProperty("currentPeriod").Time("start");
        Assert.Equal(
            [("proration", -Rating.Prorate(2500, "usd", Span(period), at, period.Time("end"))), ("proration", Rating.Prorate(10000, "usd", Span(period), at, period.Time("end")))],
            told.Lines.Select(l => (l.Kind, l.Amount)));
        Assert.InRange(told.Lines[0].Amount, -1251, -1249);
        Assert.Equal(basic.PlanId, (await market.Read(id)).GetProperty("plan").Id());
    }

    [Fact]
    public async Task The_same_key_goes_on_working_with_the_new_subscription()
    {
        var (market, _, pro) = await TwoPlans();
        var id = await market.SubscribeAndPay();
        var granted = await market.Admin.Post("/v1/access-requests", new { subscriptionId = id, apiId = market.Api }).Expect<JsonElement>(HttpStatusCode.Created);
        var credential = granted.GetProperty("credential").Id();
        var before = (await market.Feed()).Credentials.Single(c => c.CredentialId == credential);
        var position = (await market.Feed()).Position;

        var next = (await Change(market, id, pro.PlanId)).GetProperty("subscription").Id();

        var page = await market.Feed(position);
        Assert.Equal((before.KeyHash, next, "active"), Assert.Single(page.Credentials.Where(c => c.CredentialId == credential).Select(c => (c.KeyHash, c.SubscriptionId!, c.Status))));
        Assert.Equal([(null, next), ("not_subscribed", id)], page.Subscriptions.Select(s => (s.Refusal, s.SubscriptionId)));
        Assert.Equal([market.Api], page.Subscriptions[0].Granted.Select(g => g.ApiId));
        var places = await app.Database.Column<string>(
            "select id from (select id, position from subscriptions where id in ($1, $2) union all select id, position from credentials where id = $3) p order by position", id, next, credential);
        Assert.Equal([next, credential, id], places);
        Assert.Equal(next, (await market.Admin.Get<JsonElement>($"/v1/access-requests/{granted.Id()}")).Text("subscriptionId"));
    }

    [Fact]
    public async Task Units_from_before_the_change_are_billed_by_the_old_plan_and_later_ones_by_the_new()
    {
        var (market, _, pro) = await TwoPlans();
        var id = await market.SubscribeAndPay();
        var gateway = TestCaller.NewId("gw");
        await market.MoveTo(app.Clock.GetUtcNow().AddDays(3));
        await market.Hear(market.Report(gateway, 1, id, 7, app.Clock.GetUtcNow().AddHours(-1)));
        var next = (await Change(market, id, pro.PlanId)).GetProperty("subscription").Id();
        await market.Hear(market.Report(gateway, 2, id, 2, app.Clock.GetUtcNow(), app.Clock.GetUtcNow().AddMinutes(5)));
        await market.Hear(market.Report(gateway, 3, next, 5, app.Clock.GetUtcNow().AddMinutes(1)));

        await market.MoveTo((await market.Read(next)).GetProperty("currentPeriod").Time("end").AddHours(3));

        var old = Assert.Single(await market.Closures(id));
        Assert.Equal(("migration", null, 9L), (old.Reason, old.NextPeriodStart, old.Usage.Sum(u => u.Quantity)));
        var first = Assert.Single(await market.Closures(next));
        Assert.Equal(("period_end", 5L, old.PeriodEnd), (first.Reason, first.Usage.Sum(u => u.Quantity), first.PeriodStart));
    }

    [Fact]
    public async Task A_change_for_the_period_s_end_can_be_taken_back_until_then_and_prorates_nothing()
    {
        var (market, basic, pro) = await TwoPlans();
        var id = await market.SubscribeAndPay();
        var end = (await market.Read(id)).GetProperty("currentPeriod").Time("end");
        var answer = await Change(market, id, pro.PlanId, "period_end");
        Assert.Equal(("scheduled", end, end), (answer.Text("state"), answer.Time("at"), answer.Time("undoableUntil")));
        Assert.Equal(pro.PlanId, (await market.Read(id)).GetProperty("scheduledChange").Text("planId"));
        await market.Admin.Delete($"/v1/subscriptions/{id}/change-plan").Expect(HttpStatusCode.NoContent);
        await market.Admin.Delete($"/v1/subscriptions/{id}/change-plan").ExpectProblem(HttpStatusCode.Conflict, "no_plan_change");
        Assert.True((await market.Read(id)).IsNull("scheduledChange"));
        var taken = Assert.Single(await app.Announced<ChangeRecorded>(c => c.ObjectId == id && c.Action == "subscription.plan_change_taken_back"));
        Assert.Equal((basic.PlanId, pro.PlanId, end), (JsonElement.Parse(taken.Before!).Text("planId"), JsonElement.Parse(taken.Before!).Text("nextPlanId"), JsonElement.Parse(taken.Before!).Time("at")));
        Assert.True(JsonElement.Parse(taken.After!).IsNull("nextPlanId"));
        Assert.Single(await app.Announced<ChangeRecorded>(c => c.ObjectId == id && c.Action == "subscription.plan_change_scheduled"));
        await Change(market, id, pro.PlanId, "period_end");

        await market.MoveTo(end.AddHours(3));

        var next = (await market.Read(id)).Text("migratedTo");
        var told = Assert.Single(await app.Announced<SubscriptionPlanChanged>(c => c.SubscriptionId == next));
        Assert.Equal([("base", 10000L, end)], told.Lines.Select(l => (l.Kind, l.Amount, l.PeriodStart)));
        Assert.Equal(("migration", end), Assert.Single((await market.Closures(id)).Select(c => (c.Reason, c.PeriodEnd))));
        Assert.Equal(end, (await market.Read(next)).GetProperty("currentPeriod").Time("start"));
        Assert.Equal(basic.PlanId, (await market.Read(id)).GetProperty("plan").Id());
    }

    [Theory]
    [InlineData("deprecated", "plan_not_active")]
    [InlineData("archived", "plan_archived")]
    [InlineData("hidden", "not_on_offer")]
    [InlineData("withdrawn", "not_on_offer")]
    public async Task A_change_to_a_plan_that_is_not_sold_any_more_at_the_period_s_end_is_withdrawn_with_its_reason(string becomes, string reason)
    {
        var (market, basic, pro) = await TwoPlans();
        var id = await market.SubscribeAndPay();
        var end = (await market.Read(id)).GetProperty("currentPeriod").Time("end");
        await Change(market, id, pro.PlanId, "period_end");
        await (becomes switch
        {
            "withdrawn" => market.Withdraw(),
            "hidden" => market.PublishAll([basic, pro], p => p with { PlanReaders = [new(pro.PlanId, "none", null)] }),
            _ => market.PublishAll(basic, pro with { Status = becomes }),
        });

        await market.MoveTo(end.AddHours(3));

        Assert.Equal($"withdrawn {reason}", await app.Database.Scalar<string>("select state || ' ' || reason from plan_changes where subscription_id = $1", id));
        var read = await market.Read(id);
        Assert.Equal(("active", basic.PlanId, true), (read.Text("status"), read.GetProperty("plan").Id(), read.IsNull("scheduledChange")));
    }

    [Fact]
    public async Task In_a_currency_without_smaller_coins_each_line_is_rounded_to_whole_ones_in_the_preview_and_on_the_invoice()
    {
        var (market, _, pro) = await TwoPlans(plan => plan with { Currency = "isk" }, plan => plan with { Currency = "isk" });
        var id = await market.SubscribeAndPay();
        var period = Span((await market.Read(id)).GetProperty("currentPeriod"));
        await market.MoveTo(period.Start + ((period.End - period.Start) / 7));

        var preview = await market.Admin.Post($"/v1/subscriptions/{id}/preview-change", new { planId = pro.PlanId, when = "now" }).Expect<JsonElement>();

        // Six sevenths of 25 and of 100 krónur, which Stripe writes with two decimals.
        Assert.Equal([-2100L, 8600L], preview.GetProperty("lines").EnumerateArray().Select(l => l.GetProperty("amount").GetProperty("amount").GetInt64()));
        var next = (await Change(market, id, pro.PlanId)).GetProperty("subscription").Id();
        Assert.Equal([-2100L, 8600L], Assert.Single(await app.Announced<SubscriptionPlanChanged>(c => c.SubscriptionId == next)).Lines.Select(l => l.Amount));
    }

    [Fact]
    public async Task A_developer_takes_free_plans_and_no_custom_one()
    {
        var (market, free, custom) = await TwoPlans(plan => plan with { Price = new("custom", 0, null) }, Market.Free);
        var id = (await market.Subscribe()).Id();
        var developer = app.ClientFor(TestCaller.Consumer(market.Consumer, market.Catalog, Roles.Developer));

        await developer.Post($"/v1/subscriptions/{id}/change-plan", new { planId = custom.PlanId, when = "now" }).ExpectProblem(HttpStatusCode.Forbidden, "role_missing");

        var other = free with { PlanId = TestCaller.NewId("pln"), Name = "free-too" };
        await market.PublishAll(free, custom, other);
        Assert.Equal("done", (await developer.Post($"/v1/subscriptions/{id}/change-plan", new { planId = other.PlanId, when = "now" }).Expect<JsonElement>()).Text("state"));
    }

    [Fact]
    public async Task Between_midnight_and_two_the_begun_period_that_no_invoice_charges_is_charged_for_its_hour()
    {
        var (market, _, pro) = await TwoPlans();
        var id = await market.SubscribeAndPay();
        var first = (await market.Read(id)).GetProperty("currentPeriod");
        await market.MoveTo(first.Time("end").AddHours(1));
        var period = Span((await market.Read(id)).GetProperty("currentPeriod"));

        var next = (await Change(market, id, pro.PlanId)).GetProperty("subscription").Id();

        var at = app.Clock.GetUtcNow();
        var told = Assert.Single(await app.Announced<SubscriptionPlanChanged>(c => c.SubscriptionId == next));
        Assert.Equal(
            [Rating.Prorate(2500, "usd", period, period.Start, at), Rating.Prorate(10000, "usd", period, at, period.End)], told.Lines.Select(l => l.Amount));
    }

    [Fact]
    public async Task From_a_paid_plan_to_a_free_one_the_unused_base_is_given_back()
    {
        var (market, _, free) = await TwoPlans(Market.Free);
        var id = await market.SubscribeAndPay();

        var next = (await Change(market, id, free.PlanId)).GetProperty("subscription").Id();

        var told = Assert.Single(await app.Announced<SubscriptionPlanChanged>(c => c.SubscriptionId == next));
        Assert.Equal([("proration", -2500L)], told.Lines.Select(l => (l.Kind, l.Amount)));
        Assert.Equal("active", await market.Status(next));
    }

    [Fact]
    public async Task A_consumer_who_never_paid_pays_first_and_keeps_its_keys_meanwhile()
    {
        var (market, _, paid) = await TwoPlans(plan => plan with { Price = new("flat", 900, null), SetupFee = 100 }, Market.Free);
        var id = (await market.Subscribe()).Id();
        var preview = await market.Admin.Post($"/v1/subscriptions/{id}/preview-change", new { planId = paid.PlanId, when = "now" }).Expect<JsonElement>();
        Assert.Equal(("awaiting_payment", 1000L), (preview.Text("status"), preview.GetProperty("total").GetProperty("amount").GetInt64()));

        var next = (await Change(market, id, paid.PlanId)).GetProperty("subscription").Id();

        Assert.Equal(("awaiting_payment", "payment_required"), (await market.Status(next), (await market.Entitlement(next)).Refusal));
        Assert.Single(await app.Announced<SubscriptionApproved>(a => a.SubscriptionId == next));
        await market.Hear(market.Invoice(next, "initial", "paid"));
        Assert.Equal("active", await market.Status(next));
    }

    [Fact]
    public async Task The_way_back_over_a_free_plan_charges_no_set_up_fee_a_second_time()
    {
        var (market, paid, free) = await TwoPlans(Market.Free, plan => plan with { SetupFee = 5000, Quotas = [] });
        var id = await market.SubscribeAndPay();
        var between = (await Change(market, id, free.PlanId)).GetProperty("subscription").Id();
        var preview = await market.Admin.Post($"/v1/subscriptions/{between}/preview-change", new { planId = paid.PlanId, when = "now" }).Expect<JsonElement>();
        Assert.Equal(("awaiting_payment", 2500L), (preview.Text("status"), preview.GetProperty("total").GetProperty("amount").GetInt64()));

        var back = (await Change(market, between, paid.PlanId)).GetProperty("subscription").Id();

        var told = Assert.Single(await app.Announced<SubscriptionApproved>(a => a.SubscriptionId == back));
        Assert.Equal(2500L, Assert.Single(Rating.First(told.ProductTitle, told.Plan, told.PeriodStart, told.PeriodEnd)).Amount);
    }

    [Fact]
    public async Task A_set_up_fee_that_a_trial_never_came_to_is_charged_on_the_way_back()
    {
        var (market, tried, other) = await TwoPlans(plan => plan with { TrialDays = 0 }, plan => plan with { TrialDays = 7, SetupFee = 5000 });
        var id = (await market.Subscribe()).Id();
        var paid = (await Change(market, id, other.PlanId)).GetProperty("subscription").Id();
        await market.Hear(market.Invoice(paid, "initial", "paid"));

        var back = (await Change(market, paid, tried.PlanId)).GetProperty("subscription").Id();

        var told = Assert.Single(await app.Announced<SubscriptionPlanChanged>(c => c.SubscriptionId == back));
        Assert.Equal(5000L, Assert.Single(told.Lines, line => line.Kind == "setup_fee").Amount);
    }

    [Fact]
    public async Task A_remaining_trial_goes_over_to_a_plan_that_has_one()
    {
        var (market, _, longer) = await TwoPlans(plan => plan with { TrialDays = 30 }, plan => plan with { TrialDays = 7 });
        var id = (await market.Subscribe()).Id();
        var until = (await market.Read(id)).Time("trialUntil");
        await market.MoveTo(app.Clock.GetUtcNow().AddDays(2));

        var next = (await Change(market, id, longer.PlanId)).GetProperty("subscription").Id();

        Assert.Equal(("trialing", until), (await market.Status(next), (await market.Read(next)).Time("trialUntil")));
        await market.MoveTo(until);
        Assert.Equal(("awaiting_payment", until), (await market.Status(next), Assert.Single(await app.Announced<SubscriptionApproved>(a => a.SubscriptionId == next)).PeriodStart));
    }

    [Fact]
    public async Task Another_billing_period_begins_anew_with_a_whole_base()
    {
        var (market, _, yearly) = await TwoPlans(plan => plan with { PeriodUnit = "year", Price = new("flat", 20000, null) });
        var id = await market.SubscribeAndPay();
        await market.MoveTo(app.Clock.GetUtcNow().AddDays(5));

        var next = (await Change(market, id, yearly.PlanId)).GetProperty("subscription").Id();

        var told = Assert.Single(await app.Announced<SubscriptionPlanChanged>(c => c.SubscriptionId == next));
        Assert.Equal(("base", 20000L), (told.Lines[1].Kind, told.Lines[1].Amount));
        Assert.Equal(told.ChangedAt, told.PeriodStart);
        Assert.True(told.PeriodEnd > told.PeriodStart.AddDays(364));
    }

    [Fact]
    public async Task A_term_counts_anew()
    {
        var (market, _, term) = await TwoPlans(plan => plan with { TermPeriods = 2 });
        var id = await market.SubscribeAndPay();
        await market.MoveTo((await market.Read(id)).GetProperty("currentPeriod").Time("end").AddHours(5));
        var next = (await Change(market, id, term.PlanId)).GetProperty("subscription").Id();
        var first = (await market.Read(next)).GetProperty("currentPeriod").Time("end");

        await market.MoveTo(first.AddHours(3));
        Assert.Equal("active", await market.Status(next));
        await market.MoveTo((await market.Read(next)).GetProperty("currentPeriod").Time("end").AddHours(3));

        Assert.Equal("expired", await market.Status(next));
    }

    [Fact]
    public async Task What_the_replaced_subscription_owes_closes_the_new_one()
    {
        var (market, _, pro) = await TwoPlans();
        var id = await market.SubscribeAndPay();
        var next = (await Change(market, id, pro.PlanId)).GetProperty("subscription").Id();

        await market.Hear(market.Invoice(id, "final", "past_due", "inv_2", due: app.Clock.GetUtcNow()));
        Assert.Equal("past_due", await market.Status(next));
        await market.Hear(market.Invoice(id, "final", "paid", "inv_2", 2));
        Assert.Equal("active", await market.Status(next));
        await market.Hear(market.Invoice(next, "change", "past_due", "inv_3", due: app.Clock.GetUtcNow()));
        Assert.Equal("past_due", await market.Status(next));
    }

    [Fact]
    public async Task What_cannot_be_changed_is_refused_with_its_reason()
    {
        var (market, basic, pro) = await TwoPlans(plan => plan with { Approval = "manual" });
        var id = (await market.Subscribe()).Id();
        await market.Admin.Post($"/v1/subscriptions/{id}/change-plan", new { planId = pro.PlanId, when = "now" }).ExpectProblem(HttpStatusCode.Conflict, "status_conflict");
        await market.Hear(market.Invoice(id, "initial", "paid"));
        await market.Admin.Post($"/v1/subscriptions/{id}/change-plan", new { planId = pro.PlanId, when = "now" }).ExpectProblem(HttpStatusCode.Conflict, "approval_required");
        await market.Admin.Post($"/v1/subscriptions/{id}/change-plan", new { planId = basic.PlanId, when = "now" }).ExpectProblem(HttpStatusCode.Conflict, "plan_unchanged", "planId");
        await market.Admin.Post($"/v1/subscriptions/{id}/change-plan", new { planId = "pln_none", when = "now" }).ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await market.Admin.Post($"/v1/subscriptions/{id}/change-plan", new { planId = pro.PlanId, when = "tomorrow" }).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "when");
        var developer = app.ClientFor(TestCaller.Consumer(market.Consumer, market.Catalog, Roles.Developer));
        await developer.Post($"/v1/subscriptions/{id}/change-plan", new { planId = pro.PlanId, when = "now" }).ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
        await developer.Delete($"/v1/subscriptions/{id}/change-plan").ExpectProblem(HttpStatusCode.Forbidden, "role_missing");
        var stranger = app.ClientFor(TestCaller.Stranger());
        await stranger.Post($"/v1/subscriptions/{id}/change-plan", new { planId = pro.PlanId, when = "now" }).ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await stranger.Post($"/v1/subscriptions/{id}/preview-change", new { planId = pro.PlanId, when = "now" }).ExpectProblem(HttpStatusCode.NotFound, "not_found");
        await stranger.Delete($"/v1/subscriptions/{id}/change-plan").ExpectProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task What_nobody_has_paid_for_gives_no_credit_for_something_else()
    {
        var (market, basic, pro) = await TwoPlans();
        var id = await market.SubscribeAndPay();
        app.Clock.Advance(TimeSpan.FromDays(1));
        var dear = (await Change(market, id, pro.PlanId)).GetProperty("subscription").Text("id");
        var open = market.Invoice(dear, "change", "open", TestCaller.NewId("inv"));
        await market.Hear(open);
        await market.Admin.Post($"/v1/subscriptions/{dear}/change-plan", new { planId = basic.PlanId, when = "now" }).ExpectProblem(HttpStatusCode.Conflict, "payment_open", "planId");
        await market.Admin.Post($"/v1/subscriptions/{dear}/preview-change", new { planId = basic.PlanId, when = "now" }).ExpectProblem(HttpStatusCode.Conflict, "payment_open", "planId");
        await market.Hear(open with { Status = "paid", Version = open.Version + 1 });
        await Change(market, dear, basic.PlanId);
    }

    private static (DateTimeOffset Start, DateTimeOffset End) Span(JsonElement period) => (period.Time("start"), period.Time("end"));

    private static Task<JsonElement> Change(Market market, string id, string plan, string when = "now") =>
        market.Admin.Post($"/v1/subscriptions/{id}/change-plan", new { planId = plan, when }).Expect<JsonElement>();

    private Task<(Market Market, PlanSnapshot From, PlanSnapshot To)> TwoPlans(
        Func<PlanSnapshot, PlanSnapshot>? change = null, Func<PlanSnapshot, PlanSnapshot>? changeFirst = null) => Market.OpenTwo(app, change, changeFirst);
}
