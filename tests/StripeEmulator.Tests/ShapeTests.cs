using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.Testing;

namespace Marketplace.StripeEmulator.Tests;

public sealed class ShapeTests(EmulatorApp app) : IClassFixture<EmulatorApp>
{
    private readonly Caller caller = app.NewAccount();

    [Fact]
    public void A_field_too_many_a_field_too_few_and_a_wrong_type_are_noticed()
    {
        var endpoint = JsonNode.Parse("""{"id":"we_1","object":"webhook_endpoint","api_version":null,"application":null,"created":1,"description":null,"enabled_events":["*"],"livemode":false,"metadata":{},"status":"enabled","url":"u"}""")!.AsObject();
        Shapes.Check(endpoint);
        foreach (var change in (Action<JsonObject>[])[e => e["more"] = 1, e => e.Remove("url"), e => e["created"] = "1"])
        {
            var wrong = endpoint.DeepClone().AsObject();
            change(wrong);
            Assert.Single(Shapes.Wrong(wrong));
        }
    }

    [Theory]
    [InlineData("2022-11-15")]
    [InlineData("2024-06-20")]
    [InlineData("2026-07-29.dahlia")]
    public async Task Every_object_has_Stripes_fields_in_each_version_on_request_and_in_events(string version)
    {
        await using var receiver = await Receiver.Start();
        (await caller.Post("/v1/webhook_endpoints", $"url={receiver.Url}&enabled_events[]=*&api_version={version}")).Ok();
        var customer = await caller.Customer("payment_method=pm_card_visa&invoice_settings[default_payment_method]=pm_card_visa&balance=-100&address[city]=x&shipping[name]=x&shipping[address][line1]=y");
        foreach (var (action, form) in ((string, string)[])[("pay", ""), ("pay", "payment_method=pm_card_chargeCustomerFail"), ("pay", "payment_method=pm_usBankAccount"), ("pay", "payment_method=pm_card_threeDSecure2Required&off_session=false"), ("void", ""), ("mark_uncollectible", "")])
        {
            var invoice = await caller.Open(customer);
            await caller.Post($"/v1/invoices/{invoice.Id}/{action}", form);
            await Read($"/v1/invoices/{invoice.Id}");
            await Read($"/v1/invoices/{invoice.Id}/lines");
            await Read($"/v1/invoiceitems?invoice={invoice.Id}");
        }

        foreach (var path in (string[])["account", $"customers/{customer}", $"customers/{customer}/balance_transactions", $"customers/{customer}/payment_methods", "charges?limit=100", "payment_intents?limit=100", "invoice_payments?limit=100", "webhook_endpoints", "payment_methods?limit=100"])
        {
            await Read("/v1/" + path);
        }

        await caller.Delete($"/v1/customers/{customer}");
        await Eventually.Until(() => receiver.All.Any(a => a.Type == "customer.deleted"), "the last event");
        Assert.True(receiver.All.Select(a => a.Type).Distinct().Count() > 15);
        foreach (var arrived in receiver.All)
        {
            Assert.Equal(version, arrived.Event["api_version"]!.GetValue<string>());
            Shapes.Check(arrived.Event["data"]!["object"], version);
        }

        async Task Read(string path) => Assert.NotNull((await caller.Get(path, ("Stripe-Version", version))).Ok().Body);
    }

    [Theory]
    [InlineData("2022-11-15")]
    [InlineData("2024-06-20")]
    [InlineData("2026-07-29.dahlia")]
    public async Task Every_kind_of_object_is_read_and_told_of_in_each_version(string version)
    {
        await using var receiver = await Receiver.Start();
        (await caller.Post("/v1/webhook_endpoints", $"url={receiver.Url}&enabled_events[]=*&api_version={version}")).Ok();
        var (samples, read, wrong) = (new Samples(caller), 0, new List<string>());
        foreach (var path in EndpointTable.All.Where(e => e.Method == "GET" && e.Path.EndsWith("/{id}", StringComparison.Ordinal)).Select(e => e.Path[..^5]))
        {
            if (path.StartsWith("/v1/", StringComparison.Ordinal) && await samples.Make(path) is { } id)
            {
                await Read($"{path}/{id}");
                read++;
            }
        }

        foreach (var list in EndpointTable.All.Where(e => e.Method == "GET" && !e.Path.Contains('{') && e.Path.StartsWith("/v1/", StringComparison.Ordinal) && !e.Rule.Fields.Any(f => f.Value.Required)))
        {
            await Read(list.Path);
        }

        Assert.True(read > 20, $"{read} kinds were read");
        Assert.True(wrong.Count == 0, string.Join('\n', wrong.Distinct()));
        var last = await caller.Customer("name=Last");
        await Eventually.Until(() => receiver.All.Any(a => a.Type == "customer.created" && a.Event["data"]!["object"]!["id"]!.GetValue<string>() == last), "the last event", TimeSpan.FromSeconds(60));

        async Task Read(string path)
        {
            try
            {
                await caller.Get(path, ("Stripe-Version", version));
            }
            catch (Xunit.Sdk.XunitException refused)
            {
                wrong.Add($"{path}: {refused.Message}");
            }
        }
    }
}
