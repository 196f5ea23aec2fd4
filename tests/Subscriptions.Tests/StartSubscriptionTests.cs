using System.Net;
using System.Text.Json;
using Marketplace.Contracts.Subscriptions;
using Marketplace.ServiceDefaults;
using Marketplace.Testing;

namespace Marketplace.Subscriptions.Tests;

public sealed class StartSubscriptionTests(ServiceApp<Program> app) : IClassFixture<ServiceApp<Program>>
{
    [Theory]
    [InlineData(Roles.Admin, HttpStatusCode.Created)]
    [InlineData(Roles.Subscriber, HttpStatusCode.Created)]
    [InlineData(Roles.Developer, HttpStatusCode.Forbidden)]
    [InlineData(Roles.Billing, HttpStatusCode.Forbidden)]
    public async Task Paid_plans_are_taken_by_admins_and_subscribers(string role, HttpStatusCode expected)
    {
        var market = await Market.Open(app);

        await As(market, role).Post("/v1/subscriptions", market.Request()).Expect(expected);
    }

    [Theory]
    [InlineData(Roles.Developer, HttpStatusCode.Created)]
    [InlineData(Roles.Billing, HttpStatusCode.Forbidden)]
    public async Task Free_plans_are_taken_by_developers_too(string role, HttpStatusCode expected)
    {
        var market = await Market.Open(app, Market.Free);

        await As(market, role).Post("/v1/subscriptions", market.Request()).Expect(expected);
    }

    [Fact]
    public async Task A_free_plan_is_active_at_once_and_nobody_is_billed()
    {
        var market = await Market.Open(app, Market.Free);

        var subscription = await market.Subscribe();

        Assert.Equal("active", subscription.Text("status"));
        Assert.Null((await market.Entitlement(subscription.Id())).Refusal);
        Assert.Empty(await app.Announced<SubscriptionApproved>(a => a.SubscriptionId == subscription.Id()));
    }

    [Fact]
    public async Task Provider_users_never_subscribe()
    {
        var market = await Market.Open(app);

        await market.Owner.Post("/v1/subscriptions", new { planId = market.Plan.PlanId, catalogId = market.Catalog, organizationId = market.Provider, acceptTerms = true })
            .ExpectProblem(HttpStatusCode.Forbidden, "consumers_only");
        await market.Owner.Post("/v1/subscriptions", market.Request()).ExpectProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task An_organization_subscribes_in_the_catalog_it_signed_up_to()
    {
        var market = await Market.Open(app);
        var elsewhere = app.ClientFor(TestCaller.Consumer(market.Consumer, TestCaller.NewId("cat"), Roles.Admin));

        await elsewhere.Post("/v1/subscriptions", market.Request()).ExpectProblem(HttpStatusCode.Conflict, "catalog_not_joined", "catalogId");
    }

    [Fact]
    public async Task A_paid_plan_that_nobody_bills_any_more_is_refused()
    {
        var market = await Market.Open(app);
        await market.Publish(integration: null);

        await market.Admin.Post("/v1/subscriptions", market.Request()).ExpectProblem(HttpStatusCode.Conflict, "billing_required", "planId");
    }

    [Fact]
    public async Task What_is_on_offer_is_decided_on_as_it_stands_when_the_subscription_is_written()
    {
        var market = await Market.Open(app);
        await using var connection = await app.Database.Source.OpenConnectionAsync();
        await using var deprecating = await connection.BeginTransactionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = $$"""update published_products set facts = jsonb_set(facts, '{plans,0,status}', '"deprecated"') where product_id = '{{market.Product}}'""";
        Assert.Equal(1, await command.ExecuteNonQueryAsync());

        var subscribing = market.Admin.Post("/v1/subscriptions", market.Request());
        await app.Database.UntilBlockedOnLocks(1);
        await deprecating.CommitAsync();

        await subscribing.ExpectProblem(HttpStatusCode.Conflict, "plan_not_active", "planId");
    }

    [Fact]
    public async Task Control_characters_are_no_text()
    {
        var market = await Market.Open(app);
        await market.Admin.Post("/v1/subscriptions", new { planId = "a\0", catalogId = market.Catalog, organizationId = market.Consumer, acceptTerms = true })
            .ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "planId");
        await market.Admin.Post("/v1/applications", new { organizationId = market.Consumer, title = "a\0b" })
            .ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "title");
    }

    [Fact]
    public async Task A_plan_that_takes_no_subscribers_or_is_withdrawn_is_refused()
    {
        var market = await Market.Open(app);
        await market.Publish(market.Plan with { Status = "deprecated" });
        await market.Admin.Post("/v1/subscriptions", market.Request()).ExpectProblem(HttpStatusCode.Conflict, "plan_not_active", "planId");

        await market.Publish();
        await market.Withdraw();
        await market.Admin.Post("/v1/subscriptions", market.Request()).ExpectProblem(HttpStatusCode.Conflict, "product_not_on_offer", "planId");
    }

    [Fact]
    public async Task A_plan_announced_a_moment_later_is_waited_for()
    {
        var market = await Market.Open(app);
        await market.Publish(market.Plan with { Status = "deprecated" });

        await using var connection = await app.Database.Source.OpenConnectionAsync();
        await using var held = await connection.BeginTransactionAsync();
        await using var hold = connection.CreateCommand();
        hold.CommandText = "lock table published_products in access exclusive mode";
        await hold.ExecuteNonQueryAsync();

        // Who looks first is next at the table, before what is announced then.
        var subscribing = market.Admin.Post("/v1/subscriptions", market.Request());
        await app.Database.UntilBlockedOnLocks(1);
        await held.CommitAsync();
        await market.Publish();

        await subscribing.Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_plan_that_nobody_announced_is_not_found()
    {
        var market = await Market.Open(app);

        await market.Admin.Post("/v1/subscriptions", new { planId = "pln_x", catalogId = market.Catalog, organizationId = market.Consumer, acceptTerms = true })
            .ExpectProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task A_disabled_organization_is_refused_and_what_it_has_is_closed_until_it_is_enabled()
    {
        var market = await Market.Open(app, Market.Free);
        var id = (await market.Subscribe()).Id();

        await market.KnowOrganization(enabled: false);
        Assert.Equal("subscription_suspended", (await market.Entitlement(id)).Refusal);
        await market.Admin.Post("/v1/subscriptions", market.Request()).ExpectProblem(HttpStatusCode.Forbidden, "organization_disabled");

        await market.KnowOrganization();
        Assert.Null((await market.Entitlement(id)).Refusal);
    }

    [Fact]
    public async Task Ten_clicks_at_once_make_one_subscription_and_name_it()
    {
        var market = await Market.Open(app);

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => market.Admin.Post("/v1/subscriptions", market.Request())));

        var created = await Task.FromResult(Assert.Single(answers, a => a.StatusCode == HttpStatusCode.Created)).Expect<JsonElement>(HttpStatusCode.Created);
        foreach (var refused in answers.Where(a => a.StatusCode != HttpStatusCode.Created))
        {
            var problem = await Task.FromResult(refused).Expect<JsonElement>(HttpStatusCode.Conflict);
            Assert.Equal(("already_subscribed", created.Id()), (problem.Text("code"), problem.Text("subscriptionId")));
        }

        Assert.Equal(1, await app.Database.Scalar<long>("select live from plan_counts where plan_id = $1", market.Plan.PlanId));
        Assert.Single(await app.Announced<SubscriptionApproved>(a => a.SubscriptionId == created.Id()));
    }

    [Fact]
    public async Task The_slot_is_free_again_after_a_cancellation()
    {
        var market = await Market.Open(app);
        var first = (await market.Subscribe()).Id();
        await market.Admin.Post($"/v1/subscriptions/{first}/cancel", new { when = "now" }).Expect();

        Assert.NotEqual(first, (await market.Subscribe()).Id());
        Assert.Equal("1/3", await app.Database.Scalar<string>("select live || '/' || version from plan_counts where plan_id = $1", market.Plan.PlanId));
    }

    [Fact]
    public async Task A_click_repeated_with_its_key_gets_the_first_answer()
    {
        var market = await Market.Open(app);
        var admin = market.Admin;

        var first = await admin.Post("/v1/subscriptions", market.Request(), "key-1").Expect<JsonElement>(HttpStatusCode.Created);
        var second = await admin.Post("/v1/subscriptions", market.Request(), "key-1").Expect<JsonElement>(HttpStatusCode.Created);

        Assert.Equal(first.Id(), second.Id());
    }

    [Fact]
    public async Task The_application_must_be_the_organization_s_own()
    {
        var market = await Market.Open(app);
        var other = await Market.Open(app);
        var foreign = await other.Admin.Post("/v1/applications", new { organizationId = other.Consumer, title = "Theirs" }).Expect<JsonElement>(HttpStatusCode.Created);

        await market.Admin.Post("/v1/subscriptions", market.Request(foreign.Id())).ExpectProblem(HttpStatusCode.BadRequest, "application_invalid", "applicationId");
    }

    [Fact]
    public async Task Manual_approval_waits_for_the_provider_and_the_first_decision_wins()
    {
        var market = await Market.Open(app, plan => plan with { Approval = "manual" });
        var id = (await market.Subscribe()).Id();
        Assert.Equal("pending_approval", await market.Status(id));
        Assert.DoesNotContain((await market.Feed()).Subscriptions, s => s.SubscriptionId == id);
        await market.Admin.Post($"/v1/subscriptions/{id}/approve").ExpectProblem(HttpStatusCode.Forbidden, "role_missing");

        var held = await app.Database.HoldRow("subscriptions", id);
        var decisions = new[] { market.Owner.Post($"/v1/subscriptions/{id}/approve"), market.Owner.Post($"/v1/subscriptions/{id}/approve"), market.Owner.Post($"/v1/subscriptions/{id}/reject") };
        await app.Database.UntilBlockedOnLocks(3);
        await held.DisposeAsync();

        var answers = await Task.WhenAll(decisions);
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.Conflict, HttpStatusCode.Conflict], answers.Select(a => a.StatusCode).Order());
        Assert.InRange((await app.Announced<SubscriptionApproved>(a => a.SubscriptionId == id)).Count, 0, 1);
    }

    [Fact]
    public async Task A_rejected_subscription_frees_the_slot_and_shows_the_reason()
    {
        var market = await Market.Open(app, plan => plan with { Approval = "manual" });
        var id = (await market.Subscribe()).Id();

        await market.Owner.Post($"/v1/subscriptions/{id}/reject", new { reason = "not our market" }).Expect();

        var history = (await market.Admin.Get($"/v1/subscriptions/{id}/history")).GetProperty("data").EnumerateArray().ToList();
        Assert.Equal(["rejected", "requested"], history.Select(h => h.Text("event")));
        Assert.Equal("not our market", history[0].Text("reason"));
        Assert.Equal("pending_approval", (await market.Subscribe()).Text("status"));
    }

    [Fact]
    public async Task A_history_comes_in_pages_newest_first()
    {
        var market = await Market.Open(app, plan => plan with { Approval = "manual", Price = new("free", 0, null) });
        var id = (await market.Subscribe()).Id();
        await market.Owner.Post($"/v1/subscriptions/{id}/approve").Expect();
        await market.Admin.Post($"/v1/subscriptions/{id}/cancel", new { when = "now" }).Expect();
        var whole = (await market.Admin.Get($"/v1/subscriptions/{id}/history?limit=100")).GetProperty("data").EnumerateArray().Select(h => h.Text("event")).ToList();
        Assert.True(whole.Count > 2, string.Join(' ', whole));
        Assert.Equal("requested", whole[^1]);

        var (seen, cursor) = (new List<string>(), (string?)"");
        while (cursor is not null)
        {
            var page = await market.Owner.Get($"/v1/subscriptions/{id}/history?limit=1&cursor={cursor}");
            seen.Add(Assert.Single(page.GetProperty("data").EnumerateArray()).Text("event"));
            cursor = page.GetProperty("nextCursor").GetString();
        }

        Assert.Equal(whole, seen);
    }

    private HttpClient As(Market market, string role) => app.ClientFor(TestCaller.Consumer(market.Consumer, market.Catalog, role));
}
