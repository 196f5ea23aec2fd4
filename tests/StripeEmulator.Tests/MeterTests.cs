using System.Text.Json.Nodes;
using Marketplace.Testing;

namespace Marketplace.StripeEmulator.Tests;

public sealed class MeterTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private readonly Caller caller = app.NewAccount();

    private static long Now => DateTimeOffset.UtcNow.ToUnixTimeSeconds();

    [Fact]
    public async Task A_meter_is_made_renamed_and_listed_by_its_status()
    {
        var meter = await Meter("calls");
        Assert.Equal(("billing.meter", "calls", "sum", "stripe_customer_id", "value", "active"), (meter.Text("object"), meter.Text("event_name"), meter.Text("default_aggregation.formula"), meter.Text("customer_mapping.event_payload_key"), meter.Text("value_settings.event_payload_key"), meter.Text("status")));
        Assert.Equal("Renamed", (await caller.Post($"/v1/billing/meters/{meter.Id}", "display_name=Renamed")).Ok().Text("display_name"));
        Assert.Equal("event_name", (await caller.Post("/v1/billing/meters", "display_name=x&event_name=calls&default_aggregation[formula]=sum")).Text("error.param"));
        var off = (await caller.Post($"/v1/billing/meters/{meter.Id}/deactivate")).Ok();
        Assert.Equal("inactive", off.Text("status"));
        Assert.NotNull(off.At("status_transitions.deactivated_at"));
        Assert.Equal(400, (await caller.Post($"/v1/billing/meters/{meter.Id}/deactivate")).Status);
        Assert.Equal(meter.Id, (await caller.Get("/v1/billing/meters?status=inactive")).Ok().Text("data.0.id"));
        var second = await Meter("calls");
        Assert.Equal(400, (await caller.Post($"/v1/billing/meters/{meter.Id}/reactivate")).Status);
        (await caller.Post($"/v1/billing/meters/{second.Id}/deactivate")).Ok();
        Assert.Equal("active", (await caller.Post($"/v1/billing/meters/{meter.Id}/reactivate")).Ok().Text("status"));
        var told = (await caller.Get("/v1/events?type=billing.meter.*")).Ok()["data"]!.AsArray().Select(e => e!["type"]!.GetValue<string>());
        Assert.Equal(["billing.meter.reactivated", "billing.meter.deactivated", "billing.meter.created", "billing.meter.deactivated", "billing.meter.updated", "billing.meter.created"], told);
    }

    [Theory]
    [InlineData("sum", 12)]
    [InlineData("count", 3)]
    [InlineData("last", 4)]
    public async Task Usage_is_added_up_by_the_meters_formula(string formula, long expected)
    {
        var (meter, customer, start) = (await Meter("used", formula), await caller.Customer(), (Now / 60 * 60) - 3_600);
        foreach (var (value, minute) in ((int, int)[])[(4, 30), (3, 0), (5, 10)])
        {
            (await Send("used", customer, value, timestamp: start + (minute * 60))).Ok();
        }

        (await Send("used", await caller.Customer(), 100, timestamp: start)).Ok();
        var whole = (await caller.Get($"/v1/billing/meters/{meter.Id}/event_summaries?customer={customer}&start_time={start}&end_time={start + 3_600}")).Ok();
        Assert.Equal((expected, start, start + 3_600, meter.Id), (whole.Number("data.0.aggregated_value"), whole.Number("data.0.start_time"), whole.Number("data.0.end_time"), whole.Text("data.0.meter")));
        var before = (await caller.Get($"/v1/billing/meters/{meter.Id}/event_summaries?customer={customer}&start_time={start - 60}&end_time={start}")).Ok();
        Assert.Empty(before["data"]!.AsArray());
    }

    [Fact]
    public async Task Summaries_are_grouped_by_day_newest_first_and_paged()
    {
        var (meter, customer, day) = (await Meter("daily"), await caller.Customer(), (Now / 86_400 * 86_400) - (10 * 86_400));
        for (var at = 0; at < 5; at++)
        {
            (await Send("daily", customer, at + 1, timestamp: day + (at * 86_400) + 7)).Ok();
        }

        var url = $"/v1/billing/meters/{meter.Id}/event_summaries?customer={customer}&start_time={day}&end_time={day + (9 * 86_400)}&value_grouping_window=day&limit=2";
        var first = (await caller.Get(url)).Ok();
        Assert.Equal([5L, 4L], first["data"]!.AsArray().Select(s => s!["aggregated_value"]!.GetValue<long>()));
        Assert.True(first["has_more"]!.GetValue<bool>());
        var next = (await caller.Get($"{url}&starting_after={first.Text("data.1.id")}")).Ok();
        Assert.Equal([3L, 2L], next["data"]!.AsArray().Select(s => s!["aggregated_value"]!.GetValue<long>()));
        var misaligned = await caller.Get(url.Replace($"start_time={day}", $"start_time={day + 60}", StringComparison.Ordinal));
        Assert.Equal((400, "start_time"), (misaligned.Status, misaligned.Text("error.param")));
    }

    [Fact]
    public async Task An_event_is_counted_once_and_can_be_taken_back()
    {
        var (meter, customer) = (await Meter("once"), await caller.Customer());
        var sent = (await Send("once", customer, 7, identifier: "a")).Ok();
        Assert.Equal(("billing.meter_event", "a", "7"), (sent.Text("object"), sent.Text("identifier"), sent.Text("payload.value")));
        var again = await Send("once", customer, 7, identifier: "a");
        Assert.Equal((400, "invalid_request_error", "", "An event already exists with identifier a."), (again.Status, again.Text("error.type"), again.Code, again.Message));
        Assert.Equal(7, await Total(meter, customer));
        var canceled = (await caller.Post("/v1/billing/meter_event_adjustments", "event_name=once&type=cancel&cancel[identifier]=a")).Ok();
        Assert.Equal(("billing.meter_event_adjustment", "pending", "a"), (canceled.Text("object"), canceled.Text("status"), canceled.Text("cancel.identifier")));
        Assert.Equal(0, await Total(meter, customer));
        Assert.Equal(400, (await caller.Post("/v1/billing/meter_event_adjustments", "event_name=once&type=cancel&cancel[identifier]=a")).Status);
    }

    [Theory]
    [InlineData("event_name=nothing&payload[stripe_customer_id]={0}&payload[value]=1", "No active meter found for event name \"nothing\".", "no_meter")]
    [InlineData("event_name=strict&payload[stripe_customer_id]={0}&payload[value]=-1", "The value of value must be a positive integer.", "payload_invalid_value")]
    [InlineData("event_name=strict&payload[stripe_customer_id]={0}", "Value key value not found in payload.", "payload_no_value_defined")]
    [InlineData("event_name=strict&payload[value]=1", "Customer mapping key stripe_customer_id not found in payload.", "payload_no_customer_defined")]
    [InlineData("event_name=strict&payload[stripe_customer_id]={0}&payload[value]=1&timestamp=1000", "The timestamp must be within the past 35 calendar days.", "timestamp_too_far_in_past")]
    [InlineData("event_name=strict&payload[stripe_customer_id]={0}&payload[value]=1&timestamp=9000000000", "The timestamp must not be more than 5 minutes in the future.", "timestamp_in_future")]
    public async Task What_cannot_be_counted_is_refused_in_both_versions(string form, string message, string code)
    {
        var mine = app.NewAccount();
        (await mine.Post("/v1/billing/meters", "display_name=x&event_name=strict&default_aggregation[formula]=sum")).Ok();
        form = string.Format(null, form, await mine.Customer());
        var first = await mine.Post("/v1/billing/meter_events", form);
        Assert.Equal((400, "invalid_request_error", message), (first.Status, first.Text("error.type"), first.Message));
        var fields = form.Split('&').Select(p => p.Split('=')).ToLookup(p => p[0].StartsWith("payload", StringComparison.Ordinal), p => (p[0], p[1]));
        var json = new JsonObject { ["payload"] = new JsonObject(fields[true].Select(p => KeyValuePair.Create(p.Item1[8..^1], (JsonNode?)p.Item2))) };
        foreach (var (name, value) in fields[false])
        {
            json[name] = name == "timestamp" ? DateTimeOffset.FromUnixTimeSeconds(long.Parse(value)).ToString("O") : value;
        }

        var second = await mine.PostJson("/v2/billing/meter_events", json.ToJsonString());
        Assert.Equal((400, code), (second.Status, second.Code));
    }

    [Fact]
    public async Task A_stream_takes_all_and_reports_later_what_it_could_not_count()
    {
        await using var receiver = await Receiver.Start();
        (await caller.Post("/v1/webhook_endpoints", $"url={receiver.Url}&enabled_events[]=v1.billing.meter.error_report_triggered&enabled_events[]=v1.billing.meter.no_meter_found")).Ok();
        (await caller.Post("/v1/webhook_endpoints", $"url={receiver.Url}&enabled_events[]=*")).Ok();
        var (meter, customer) = (await Meter("streamed"), await caller.Customer());
        var session = (await caller.PostJson("/v2/billing/meter_event_session", "")).Ok();
        Assert.Equal("v2.billing.meter_event_session", session.Text("object"));
        var stream = caller.With(session.Text("authentication_token"));
        (await stream.PostJson("/v2/billing/meter_event_stream", $$$"""
            {"events":[{"event_name":"streamed","payload":{"stripe_customer_id":"{{{customer}}}","value":"5"}},
                       {"event_name":"streamed","identifier":"bad","payload":{"stripe_customer_id":"cus_nobody","value":"5"}},
                       {"event_name":"streamed","identifier":"worse","payload":{"value":"5"}},
                       {"event_name":"unknown","identifier":"lost","payload":{"value":"5"}}]}
            """)).Ok();
        Assert.Equal(5, await Total(meter, customer));
        await Eventually.Until(() => receiver.All.Count(a => a.Type.StartsWith("v1.", StringComparison.Ordinal)) == 2, "both reports");
        var report = receiver.All.Single(a => a.Type == "v1.billing.meter.error_report_triggered").Event;
        Assert.Equal(("v2.core.event", meter.Id), (report["object"]!.GetValue<string>(), report["related_object"]!["id"]!.GetValue<string>()));
        Assert.Null(report["data"]);
        var whole = (await caller.Get($"/v2/core/events/{report["id"]}")).Ok();
        Assert.Equal(2, whole.At("data.reason.error_count")!.GetValue<int>());
        Assert.Equal(["meter_event_customer_not_found", "meter_event_no_customer_defined"], whole.At("data.reason.error_types")!.AsArray().Select(t => t!["code"]!.GetValue<string>()));
        Assert.Equal("bad", whole.Text("data.reason.error_types.0.sample_errors.0.request.identifier"));
        Assert.Equal(401, (await stream.PostJson("/v2/billing/meter_events", "{}")).Status);
        Assert.Equal(401, (await caller.With("mes_test_unknown").PostJson("/v2/billing/meter_event_stream", "{}")).Status);
    }

    private async Task<Answer> Meter(string name, string formula = "sum") =>
        (await caller.Post("/v1/billing/meters", $"display_name={name}&event_name={name}&default_aggregation[formula]={formula}")).Ok();

    private Task<Answer> Send(string name, string customer, long value, string? identifier = null, long? timestamp = null) =>
        caller.Post("/v1/billing/meter_events", $"event_name={name}&payload[stripe_customer_id]={customer}&payload[value]={value}{(identifier is null ? "" : "&identifier=" + identifier)}{(timestamp is null ? "" : "&timestamp=" + timestamp)}");

    private async Task<long> Total(Answer meter, string customer)
    {
        var end = (Now / 60 * 60) + 600;
        var found = (await caller.Get($"/v1/billing/meters/{meter.Id}/event_summaries?customer={customer}&start_time={end - 3_600}&end_time={end}")).Ok();
        return found["data"]!.AsArray().Sum(s => s!["aggregated_value"]!.GetValue<long>());
    }
}
