using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Marketplace.Testing;

namespace Marketplace.StripeEmulator.Tests;

public sealed class WebhookTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private readonly Caller caller = app.NewAccount();

    [Fact]
    public async Task An_endpoint_shows_its_secret_once_and_keeps_its_version()
    {
        var made = (await caller.Post("/v1/webhook_endpoints", "url=http://127.0.0.1:9/x&enabled_events[]=invoice.paid&api_version=2022-11-15&description=d")).Ok();
        Assert.StartsWith("whsec_", made.Text("secret"), StringComparison.Ordinal);
        var read = (await caller.Get($"/v1/webhook_endpoints/{made.Id}")).Ok();
        Assert.False(read.Body.ContainsKey("secret"));
        Assert.Equal(("2022-11-15", "enabled"), (read.Text("api_version"), read.Text("status")));
        Assert.Equal("parameter_unknown", (await caller.Post($"/v1/webhook_endpoints/{made.Id}", "api_version=2024-06-20")).Code);
        Assert.Equal("disabled", (await caller.Post($"/v1/webhook_endpoints/{made.Id}", "disabled=true")).Ok().Text("status"));
        Assert.True((await caller.Delete($"/v1/webhook_endpoints/{made.Id}")).Ok()["deleted"]!.GetValue<bool>());
        Assert.Equal(404, (await caller.Get($"/v1/webhook_endpoints/{made.Id}")).Status);
    }

    [Theory]
    [InlineData("invoicemarked_uncollectable")]
    [InlineData("invoice.marked_uncollectable")]
    [InlineData("invoice.*")]
    public async Task An_unknown_event_name_is_refused(string name)
    {
        var answer = await caller.Post("/v1/webhook_endpoints", $"url=http://127.0.0.1:9/x&enabled_events[]=invoice.paid&enabled_events[]={name}");
        Assert.Equal((400, "enabled_events[1]"), (answer.Status, answer.Text("error.param")));
        Assert.StartsWith("Invalid enabled_events[1]: must be one of *, ", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Thin_types_are_refused_where_the_account_s_endpoints_are_given_none()
    {
        var form = "url=http://127.0.0.1:9/x&enabled_events[]=invoice.paid&enabled_events[]=v1.billing.meter.error_report_triggered";
        var endpoint = (await caller.Post("/v1/webhook_endpoints", form)).Ok().Id;
        using var turned = await app.Http.PostAsJsonAsync("/_emulator/accounts", new { id = (await caller.Get("/v1/account")).Ok().Id, thinEvents = false });
        Assert.True(turned.IsSuccessStatusCode);
        foreach (var path in (string[])["/v1/webhook_endpoints", $"/v1/webhook_endpoints/{endpoint}"])
        {
            var answer = await caller.Post(path, form);
            Assert.Equal((400, "enabled_events[1]"), (answer.Status, answer.Text("error.param")));
            Assert.DoesNotContain("v1.billing", answer.Message, StringComparison.Ordinal);
        }

        (await caller.Post("/v1/webhook_endpoints", "url=http://127.0.0.1:9/x&enabled_events[]=invoice.paid")).Ok();
    }

    [Theory]
    [InlineData("url=nowhere&enabled_events[]=*", "url_invalid")]
    [InlineData("url=http://127.0.0.1:9/x", "parameter_missing")]
    [InlineData("url=http://127.0.0.1:9/x&enabled_events[]=*&api_version=2001-01-01", "")]
    public async Task A_wrong_endpoint_is_refused(string form, string code)
    {
        var answer = await caller.Post("/v1/webhook_endpoints", form);
        Assert.Equal((400, code), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task Every_delivery_is_signed_over_its_raw_body()
    {
        await using var receiver = await Receiver.Start();
        var secret = await Listen(receiver, "*");
        await caller.Customer("name=Zoë");
        var arrived = await One(receiver, "customer.created");
        Assert.True(Verifies(arrived, secret));
        Assert.False(Verifies(arrived, secret + "x"));
        Assert.Equal("Stripe/1.0 (+https://stripe.com/docs/webhooks)", arrived.Headers["User-Agent"]);
        Assert.Equal("application/json; charset=utf-8", arrived.Headers["Content-Type"]);
        Assert.False(arrived.Headers.ContainsKey("traceparent"));
        Assert.Equal(("event", "2026-07-29.dahlia", 1), (arrived.Event["object"]!.GetValue<string>(), arrived.Event["api_version"]!.GetValue<string>(), arrived.Event["pending_webhooks"]!.GetValue<int>()));
        await Eventually.Until(async () => (await caller.Get($"/v1/events/{arrived.Id}")).Ok().Number("pending_webhooks") == 0, "nothing is pending any more");
    }

    [Fact]
    public async Task Both_secrets_sign_while_an_old_one_runs_out()
    {
        await using var receiver = await Receiver.Start();
        var (id, old) = await ListenWithId(receiver, "customer.created");
        var fresh = (await caller.Turn(HttpMethod.Post, $"webhook_endpoints/{id}/rotate", new { overlapSeconds = 3600 }))!["secret"]!.GetValue<string>();
        await caller.Customer();
        var arrived = await One(receiver, "customer.created");
        Assert.True(Verifies(arrived, old) && Verifies(arrived, fresh));
        await caller.Turn(HttpMethod.Post, $"webhook_endpoints/{id}/rotate", new { overlapSeconds = 0 });
        await caller.Customer();
        var later = await Eventually.Until(() => Task.FromResult(receiver.All.ToArray()), all => all.Length == 2, "the second event");
        Assert.False(Verifies(later[1], old));
    }

    [Fact]
    public async Task Each_endpoint_gets_the_version_it_was_made_with()
    {
        await using var receiver = await Receiver.Start();
        foreach (var version in (string[])["2022-11-15", "2024-06-20", "2026-07-29.dahlia"])
        {
            (await caller.Post("/v1/webhook_endpoints", $"url={receiver.Url}/{version}&enabled_events[]=invoice.paid&api_version={version}")).Ok();
        }

        var invoice = await caller.Open(await caller.Customer());
        (await caller.Post($"/v1/invoices/{invoice.Id}/pay", "payment_method=pm_card_visa")).Ok();
        await Eventually.Until(() => receiver.All.Count == 3, "three deliveries");
        JsonObject Of(string version) => receiver.All.Single(a => a.Path == "/" + version && a.Event["api_version"]!.GetValue<string>() == version).Event["data"]!["object"]!.AsObject();
        var (oldest, old, now) = (Of("2022-11-15"), Of("2024-06-20"), Of("2026-07-29.dahlia"));
        Assert.True(oldest["paid"]!.GetValue<bool>());
        Assert.StartsWith("pi_", oldest["payment_intent"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.StartsWith("ch_", old["charge"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.True(oldest.ContainsKey("rendering_options") && !oldest.ContainsKey("rendering"));
        Assert.True(old.ContainsKey("rendering") && old.ContainsKey("automatically_finalizes_at"));
        Assert.False(now.ContainsKey("paid") || now.ContainsKey("payment_intent"));
        Assert.True(now.ContainsKey("total_taxes") && !old.ContainsKey("total_taxes"));
        Assert.Equal("invoiceitem", old["lines"]!["data"]![0]!["type"]!.GetValue<string>());
        Assert.Equal("invoice_item_details", now["lines"]!["data"]![0]!["parent"]!["type"]!.GetValue<string>());
    }

    [Fact]
    public async Task An_update_tells_what_was_before_in_the_fields_of_the_endpoints_version()
    {
        await using var receiver = await Receiver.Start();
        (await caller.Post("/v1/webhook_endpoints", $"url={receiver.Url}/&enabled_events[]=invoice.updated&api_version=2022-11-15")).Ok();
        var invoice = await caller.Open(await caller.Customer());
        (await caller.Post($"/v1/invoices/{invoice.Id}/pay", "payment_method=pm_card_visa")).Ok();
        JsonNode? Before(Arrived a) => a.Event["data"]!["previous_attributes"];
        await Eventually.Until(() => receiver.All.Any(a => Before(a)?["status"]?.GetValue<string>() == "open"), "the update that paid it");
        var paid = receiver.All.First(a => Before(a)?["status"]?.GetValue<string>() == "open");
        Assert.False(Before(paid)!["paid"]!.GetValue<bool>());
        Assert.True(paid.Event["data"]!["object"]!["paid"]!.GetValue<bool>());
    }

    [Fact]
    public async Task An_update_tells_what_was_before()
    {
        await using var receiver = await Receiver.Start();
        await Listen(receiver, "customer.updated");
        var customer = await caller.Customer("name=a&metadata[x]=1");
        await caller.Post($"/v1/customers/{customer}", "name=b&metadata[x]=2");
        var arrived = await One(receiver, "customer.updated");
        Assert.Equal("""{"metadata":{"x":"1"},"name":"a"}""", arrived.Event["data"]!["previous_attributes"]!.ToJsonString());
    }

    [Fact]
    public async Task Only_what_was_asked_for_arrives_and_nothing_after_the_end()
    {
        await using var receiver = await Receiver.Start();
        var (id, _) = await ListenWithId(receiver, "customer.deleted");
        var customer = await caller.Customer();
        await caller.Delete($"/v1/customers/{customer}");
        await One(receiver, "customer.deleted");
        await caller.Delete($"/v1/webhook_endpoints/{id}");
        await caller.Delete($"/v1/customers/{await caller.Customer()}");
        await Eventually.Never(() => Task.FromResult(receiver.All.Count > 1), "a delivery to a deleted endpoint", TimeSpan.FromMilliseconds(200));
    }

    [Fact]
    public async Task At_most_eight_are_under_way_at_once()
    {
        await using var receiver = await Receiver.Start();
        await Listen(receiver, "customer.created");
        receiver.Gate = new TaskCompletionSource();
        for (var made = 0; made < 20; made++)
        {
            await caller.Customer();
        }

        await Eventually.Until(() => receiver.All.Count == 8, "eight under way");
        await Eventually.Never(() => Task.FromResult(receiver.All.Count > 8), "a ninth", TimeSpan.FromMilliseconds(150));
        receiver.Gate.SetResult();
        await Eventually.Until(() => receiver.All.Count == 20, "all of them");
        Assert.Equal(8, receiver.MostAtOnce);
    }

    [Fact]
    public async Task Held_deliveries_leave_when_released_and_are_doubled_shuffled_and_forged_on_demand()
    {
        await using var alone = new EmulatorApp();
        var mine = alone.NewAccount();
        await using var receiver = await Receiver.Start();
        var secret = (await mine.Post("/v1/webhook_endpoints", $"url={receiver.Url}&enabled_events[]=customer.created")).Ok().Text("secret");
        await mine.Turn(HttpMethod.Post, "webhooks/hold");
        var ids = new List<string>();
        for (var made = 0; made < 30; made++)
        {
            ids.Add(await mine.Customer());
        }

        Assert.Empty(receiver.All);
        Assert.Equal(0, (await mine.Turn(HttpMethod.Get, "clock"))!["pending"]!.GetValue<int>());
        await mine.Turn(HttpMethod.Put, "webhooks", new { times = 2, shuffle = true, hold = false });
        await Eventually.Until(() => receiver.All.Count == 60, "each twice");
        var order = receiver.All.Select(a => a.Event["data"]!["object"]!["id"]!.GetValue<string>()).Distinct().ToList();
        Assert.Equal(ids.Order(), order.Order());
        Assert.NotEqual(ids, order);
        Assert.All(receiver.All, a => Assert.True(Verifies(a, secret)));

        receiver.All.Clear();
        await mine.Turn(HttpMethod.Put, "webhooks", new { times = 1, shuffle = false, forgeNext = 1 });
        await mine.Customer();
        await Eventually.Until(() => receiver.All.Count == 1, "the forged one");
        Assert.False(Verifies(receiver.All.Single(), secret));

        await mine.Turn(HttpMethod.Put, "webhooks", new { dropShare = 1.0 });
        await mine.Customer();
        var dropped = (await mine.Get("/v1/events?delivery_success=false")).Ok()["data"]!.AsArray();
        Assert.Single(dropped);
        await Eventually.Never(() => Task.FromResult(receiver.All.Count > 1), "a dropped delivery", TimeSpan.FromMilliseconds(150));
    }

    [Fact]
    public async Task An_event_is_delivered_again_on_demand_and_forged()
    {
        await using var receiver = await Receiver.Start();
        var secret = await Listen(receiver, "customer.created");
        await caller.Customer();
        var first = await One(receiver, "customer.created");
        Assert.Equal("[200,200,200]", (await caller.Turn(HttpMethod.Post, $"events/{first.Id}/deliver", new { times = 3 }))!["statuses"]!.ToJsonString());
        Assert.Equal(4, receiver.All.Count(a => a.Id == first.Id && Verifies(a, secret)));
        await caller.Turn(HttpMethod.Post, $"events/{first.Id}/deliver", new { times = 1, forged = true });
        Assert.False(Verifies(receiver.All.Last(), secret));
        (await caller.Post($"/v1/events/{first.Id}/retry", "for_stripecli=true")).Ok();
        await Eventually.Until(() => receiver.All.Count == 6, "the resent event");
    }

    [Fact]
    public async Task The_request_that_caused_an_event_is_named_in_it()
    {
        await using var receiver = await Receiver.Start();
        await Listen(receiver, "customer.created");
        var made = await caller.Post("/v1/customers", "", ("Idempotency-Key", "named"));
        var arrived = await One(receiver, "customer.created");
        Assert.Equal(("named", made.Headers.GetValues("Request-Id").Single()), (arrived.Event["request"]!["idempotency_key"]!.GetValue<string>(), arrived.Event["request"]!["id"]!.GetValue<string>()));
    }

    internal static bool Verifies(Arrived arrived, string secret)
    {
        var parts = arrived.Signature.Split(',').Select(p => p.Split('=', 2)).ToList();
        var time = parts.Single(p => p[0] == "t")[1];
        var wanted = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"{time}.{arrived.Body}")));
        return parts.Any(p => p[0] == "v1" && p[1] == wanted);
    }

    private static async Task<Arrived> One(Receiver receiver, string type) =>
        (await Eventually.Until(() => Task.FromResult(receiver.All.FirstOrDefault(a => a.Type == type)), a => a is not null, $"{type} arrives"))!;

    private async Task<string> Listen(Receiver receiver, string events) => (await ListenWithId(receiver, events)).Secret;

    private async Task<(string Id, string Secret)> ListenWithId(Receiver receiver, string events)
    {
        var made = (await caller.Post("/v1/webhook_endpoints", $"url={receiver.Url}/hook&enabled_events[]={events}")).Ok();
        return (made.Id, made.Text("secret"));
    }
}
