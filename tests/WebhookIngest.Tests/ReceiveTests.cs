using System.Net;
using System.Text;
using Marketplace.Contracts.WebhookIngest;
using Marketplace.Testing;

namespace Marketplace.WebhookIngest.Tests;

public sealed class ReceiveTests(IngestApp app) : IClassFixture<IngestApp>
{
    [Fact]
    public async Task A_genuine_event_is_stored_byte_for_byte_and_announced()
    {
        var integration = await app.Integration();
        var id = IngestApp.NewEventId();
        var body = IngestApp.Event(id) + " \r\n\t";

        await app.Deliver(integration, body).Expect();

        Assert.Equal(Encoding.UTF8.GetBytes(body), await app.Database.Scalar<byte[]>("select body from webhook_events where event_id = $1", id));
        Assert.Equal(
            new StripeEventReceived(integration.Id, id, "invoice.paid", "invoice", "in_1", false, app.Clock.GetUtcNow(), Replay: 0),
            Assert.Single(await app.AnnouncedEvents(e => e.EventId == id)));
        Assert.Equal(("announced", null), await app.StateOf(id));
        Assert.Equal(integration.Organization, await app.Database.Scalar<string>("select organization_id from webhook_events where event_id = $1", id));
    }

    [Theory]
    [InlineData("null", "customer", "cus_1")]
    [InlineData("\"sub_1\"", "subscription", "sub_1")]
    public async Task An_event_of_a_discount_is_about_whoever_it_was_given_to(string subscription, string objectType, string objectId)
    {
        var integration = await app.Integration();
        var id = IngestApp.NewEventId();
        var body = IngestApp.Event(id, "customer.discount.created", "discount", "di_1").Replace("\"total\":2500", $"\"customer\":\"cus_1\",\"subscription\":{subscription}", StringComparison.Ordinal);
        await app.Deliver(integration, body).Expect();
        var told = Assert.Single(await app.AnnouncedEvents(e => e.EventId == id));
        Assert.Equal(("customer.discount.created", objectType, objectId), (told.Type, told.ObjectType, told.ObjectId));
    }

    [Fact]
    public async Task Ten_parallel_copies_are_all_acknowledged_and_make_one_row_and_one_announcement()
    {
        var integration = await app.Integration();
        var id = IngestApp.NewEventId();
        var body = IngestApp.Event(id);

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => app.Deliver(integration, body)));

        Assert.All(answers, a => Assert.Equal(HttpStatusCode.OK, a.StatusCode));
        Assert.Equal(1, await app.Stored(integration));
        Assert.Equal(10, await app.Database.Scalar<int>("select deliveries from webhook_events where event_id = $1", id));
        Assert.Single(await app.AnnouncedEvents(e => e.EventId == id));
    }

    [Fact]
    public async Task A_copy_of_an_event_that_somebody_works_on_is_acknowledged_without_waiting()
    {
        var integration = await app.Integration();
        var id = IngestApp.NewEventId();
        await app.Deliver(integration, IngestApp.Event(id)).Expect();

        await using (await app.Database.HoldRow("webhook_events", id, "event_id"))
        {
            await app.Deliver(integration, IngestApp.Event(id)).Expect();
        }

        await app.Deliver(integration, IngestApp.Event(id)).Expect();
        Assert.Equal(2, await app.Database.Scalar<int>("select deliveries from webhook_events where event_id = $1", id));
    }

    [Fact]
    public async Task The_answer_says_what_became_of_the_delivery()
    {
        var integration = await app.Integration();
        var body = IngestApp.Event(IngestApp.NewEventId());

        Assert.Equal("""{"copy":false,"state":"received","reason":null}""", await Answer(body));
        Assert.Equal("""{"copy":true,"state":null,"reason":null}""", await Answer(body));
        Assert.Equal("""{"copy":false,"state":"parked","reason":"livemode_mismatch"}""", await Answer(IngestApp.Event(IngestApp.NewEventId(), livemode: true)));

        async Task<string> Answer(string sent) => await (await app.Deliver(integration, sent)).Content.ReadAsStringAsync();
    }

    [Fact]
    public async Task The_same_event_at_two_integrations_is_two_events()
    {
        var (one, other) = (await app.Integration(), await app.Integration());
        var body = IngestApp.Event(IngestApp.NewEventId());

        await app.Deliver(one, body).Expect();
        await app.Deliver(other, body).Expect();

        Assert.Equal((1, 1), (await app.Stored(one), await app.Stored(other)));
    }

    [Fact]
    public async Task A_replayed_capture_is_a_copy_within_the_tolerance_and_refused_after_it()
    {
        var integration = await app.Integration();
        var id = IngestApp.NewEventId();
        var body = IngestApp.Event(id);
        var signature = app.Sign(body, integration.Secrets);

        await app.Deliver(integration, body, signature).Expect();
        app.Clock.Advance(TimeSpan.FromSeconds(300));
        await app.Deliver(integration, body, signature).Expect();
        app.Clock.Advance(TimeSpan.FromSeconds(1));
        await app.Deliver(integration, body, signature).ExpectProblem(HttpStatusCode.BadRequest, "signature_stale");

        Assert.Equal(2, await app.Database.Scalar<int>("select deliveries from webhook_events where event_id = $1", id));
    }

    [Theory]
    [InlineData("2022-11-15")]
    [InlineData("2024-06-20")]
    [InlineData("2025-03-31.basil")]
    [InlineData("2026-07-29.dahlia")]
    public async Task Events_of_every_version_since_2022_are_announced_alike(string version)
    {
        var integration = await app.Integration();
        var id = IngestApp.NewEventId();

        await app.Deliver(integration, IngestApp.Event(id, apiVersion: version)).Expect();

        Assert.Equal("announced", (await app.StateOf(id)).State);
        Assert.Equal(version, await app.Database.Scalar<string>("select api_version from webhook_events where event_id = $1", id));
    }

    [Theory]
    [InlineData("""{"id":"EVT","object":"event","type":"invoice.paid","livemode":true,"api_version":"2024-06-20","data":{"object":{"id":"in_1","object":"invoice"}}}""", "livemode_mismatch")]
    [InlineData("""{"id":"EVT","object":"event","type":"invoice.paid","livemode":false,"account":"acct_theirs","api_version":"2024-06-20","data":{"object":{"id":"in_1","object":"invoice"}}}""", "account_mismatch")]
    [InlineData("""{"id":"EVT","object":"event","type":"invoice.paid","livemode":false,"api_version":"2019-01-01","data":{"object":{"id":"in_1","object":"invoice"}}}""", "api_version_unknown")]
    [InlineData("""{"id":"EVT","object":"event","type":"invoice.paid","livemode":false,"api_version":"tomorrow","data":{"object":{"id":"in_1","object":"invoice"}}}""", "api_version_unknown")]
    [InlineData("""{"id":"EVT","object":"event","type":"invoice.paid","livemode":false,"data":{"object":{"id":"in_1","object":"invoice"}}}""", "api_version_unknown")]
    public async Task Genuine_events_of_the_wrong_kind_are_parked_and_acknowledged(string form, string reason)
    {
        var integration = await app.Integration();
        var id = IngestApp.NewEventId();

        await app.Deliver(integration, form.Replace("EVT", id, StringComparison.Ordinal)).Expect();

        Assert.Equal(("parked", reason), await app.StateOf(id));
        Assert.Empty(await app.AnnouncedEvents(e => e.EventId == id));
    }

    public static TheoryData<string> Unreadable =>
    [
        "", "   ", "null", "[]", "7", "\"event\"", "{", "{}", "{\"id\":\"evt_1\"}", "\ufeff{\"id\":\"evt_1\"}", "{\"id\":NaN}",
        """{"id":"evt_x","object":"v2.core.event","type":"v1.billing.meter.no_meter_found"}""",
        """{"id":"evt_\u0000","object":"event","type":"x","livemode":false}""",
        """{"id":"evt_\ud800","object":"event","type":"x","livemode":false}""",
        """{"id":"evt_1","object":"event","type":"x","livemode":"false"}""",
        new string('[', 10_000),
        "{\"id\":\"" + new string('e', 300) + "\",\"object\":\"event\",\"type\":\"x\",\"livemode\":false}",
    ];

    [Theory]
    [MemberData(nameof(Unreadable))]
    public async Task Genuine_bodies_that_are_no_event_are_parked_once_and_acknowledged(string body)
    {
        var integration = await app.Integration();

        await app.Deliver(integration, body).Expect();
        await app.Deliver(integration, body).Expect();

        Assert.Equal(1, await app.Stored(integration));
        Assert.Equal("parked/unreadable/2", await app.Database.Scalar<string>("select state || '/' || reason || '/' || deliveries from webhook_events where integration_id = $1", integration.Id));
    }

    [Fact]
    public async Task A_genuine_body_of_invalid_bytes_is_parked()
    {
        var integration = await app.Integration();
        byte[] body = [0xff, 0xfe, 0x00, 0x80, .. Enumerable.Range(0, 256).Select(i => (byte)i)];

        await app.Deliver(integration.Id, body, IngestApp.Sign(body, app.Clock.GetUtcNow(), integration.Secrets)).Expect();

        Assert.Equal(body, await app.Database.Scalar<byte[]>("select body from webhook_events where integration_id = $1", integration.Id));
    }

    [Theory]
    [InlineData("""{"id":"EVT","object":"event","type":"balance.available","livemode":false,"api_version":"2024-06-20","data":{"object":{"object":"balance"}}}""")]
    [InlineData("""{"id":"EVT","object":"event","type":"odd.event","livemode":false,"api_version":"2024-06-20","data":{"object":null}}""")]
    [InlineData("""{"id":"EVT","object":"event","type":"odd.event","livemode":false,"api_version":"2024-06-20","data":[]}""")]
    [InlineData("""{"id":"EVT","object":"event","type":"odd.event","livemode":false,"api_version":"2024-06-20","created":99999999999999999999999999}""")]
    public async Task Events_about_nothing_that_could_be_fetched_are_ignored(string form)
    {
        var integration = await app.Integration();
        var id = IngestApp.NewEventId();

        await app.Deliver(integration, form.Replace("EVT", id, StringComparison.Ordinal)).Expect();

        Assert.Equal(("ignored", "no_object"), await app.StateOf(id));
    }

    [Fact]
    public async Task An_unknown_event_type_is_announced_for_Invoicing_to_judge()
    {
        var integration = await app.Integration();
        var id = IngestApp.NewEventId();

        await app.Deliver(integration, IngestApp.Event(id, type: "invention.made", objectType: "invention", objectId: "inv_1")).Expect();

        Assert.Single(await app.AnnouncedEvents(e => e.EventId == id && e.Type == "invention.made"));
    }

    [Fact]
    public async Task A_thin_event_about_no_object_is_itself_what_can_be_fetched()
    {
        var integration = await app.Integration();
        var id = IngestApp.NewEventId();

        await app.Deliver(integration, $$"""{"id":"{{id}}","object":"v2.core.event","type":"v1.billing.meter.no_meter_found","livemode":false,"related_object":null}""").Expect();

        Assert.Single(await app.AnnouncedEvents(e => e.EventId == id && e.ObjectType == "v2.core.event" && e.ObjectId == id));
    }

    [Fact]
    public async Task A_thin_event_is_announced_with_the_object_that_it_names()
    {
        var integration = await app.Integration();
        var id = IngestApp.NewEventId();

        await app.Deliver(integration, $$$"""{"id":"{{{id}}}","object":"v2.core.event","type":"v1.billing.meter.error_report_triggered","livemode":false,"related_object":{"id":"mtr_1","type":"billing.meter"}}""").Expect();

        Assert.Single(await app.AnnouncedEvents(e => e.EventId == id && e is { ObjectType: "billing.meter", ObjectId: "mtr_1" }));
    }

    [Fact]
    public async Task Secrets_and_bodies_are_not_logged_and_secrets_not_stored_in_the_clear()
    {
        var integration = await app.Integration();
        await app.Deliver(integration, IngestApp.Event(IngestApp.NewEventId(), objectId: "in_unmistakable")).Expect();
        await app.Deliver(integration, IngestApp.Event(IngestApp.NewEventId(), objectId: "in_unmistakable"), "t=1,v1=00").ExpectProblem(HttpStatusCode.BadRequest, "signature_invalid");

        Assert.False(app.Logs.Contain("in_unmistakable"));
        Assert.False(app.Logs.Contain(integration.Secrets[0]));
        Assert.DoesNotContain("whsec_", await app.Database.Scalar<string>("select secrets::text from webhook_endpoints where integration_id = $1", integration.Id));
    }
}
