using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Marketplace.Testing;

namespace Marketplace.StripeEmulator.Tests;

/// <summary>The built program as a process of its own, killed without warning.</summary>
public sealed class SnapshotTests : IAsyncLifetime
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("emulator-");
    private readonly int port = Ports.Free();
    private readonly HttpClient http;
    private readonly Caller caller;
    private Process? process;

    public SnapshotTests()
    {
        http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        caller = new Caller(http, "sk_test_51Snapshot00000000abcdefgh");
    }

    public async ValueTask InitializeAsync() => await Start();

    public ValueTask DisposeAsync()
    {
        Kill();
        http.Dispose();
        folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task What_was_acknowledged_is_there_after_a_kill_amid_ten_thousand_writes()
    {
        const int Writes = 10_000;
        var acknowledged = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        var customer = await caller.Customer();
        // Killed in the middle of the writes, as often as it takes to write them all.
        for (var kill = 1; kill <= 3; kill++)
        {
            var writers = Enumerable.Range(0, 16).Select(_ => Task.Run(() => Write(customer, acknowledged, Writes))).ToArray();
            await Eventually.Until(() => acknowledged.Count >= Writes * kill / 4, "enough was written", TimeSpan.FromSeconds(120));
            Kill();
            await Task.WhenAll(writers);
            await Start();
        }

        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => Write(customer, acknowledged, Writes))));
        Kill();
        await Start();
        Assert.True(acknowledged.Count >= Writes);
        var kept = (await All("customers")).Concat(await All("invoices")).ToDictionary(StringComparer.Ordinal);
        Assert.All(acknowledged, made => Assert.Equal(made.Value, kept.GetValueOrDefault(made.Key)));
    }

    [Fact]
    public async Task A_bank_answers_after_a_restart_too()
    {
        var invoice = await caller.Open(await caller.Customer());
        (await caller.Post($"/v1/invoices/{invoice.Id}/pay", "payment_method=pm_usBankAccount")).Ok();
        Kill();
        await Start();
        await Eventually.Until(async () => (await caller.Get($"/v1/invoices/{invoice.Id}")).Ok().Text("status") == "paid", "the bank's answer");
        Assert.Single((await caller.Get("/v1/events?type=invoice.payment_succeeded")).Ok()["data"]!.AsArray());
    }

    [Fact]
    public async Task State_events_keys_timers_webhooks_and_the_clock_survive()
    {
        await using var receiver = await Receiver.Start();
        receiver.Answer = _ => 503;
        var secret = (await caller.Post("/v1/webhook_endpoints", $"url={receiver.Url}&enabled_events[]=invoice.paid")).Ok().Text("secret");
        var customer = await caller.Customer("payment_method=pm_card_visa&invoice_settings[default_payment_method]=pm_card_visa");
        var paid = await caller.Open(customer);
        (await caller.Post($"/v1/invoices/{paid.Id}/pay", "", ("Idempotency-Key", "pay"))).Ok();
        var advancing = await caller.Draft(customer, 2500, "auto_advance=true");
        await caller.Turn(HttpMethod.Put, "clock", new { now = DateTimeOffset.UtcNow.AddMinutes(30) });
        var restricted = (await caller.Turn(HttpMethod.Post, "keys", new { account = caller.Account, livemode = false, permissions = new { customer = "read" } }))!["key"]!.GetValue<string>();
        await Eventually.Until(() => !receiver.All.IsEmpty, "an attempt");
        var (before, time) = (await Objects(), (await caller.Turn(HttpMethod.Get, "clock"))!["now"]!.GetValue<DateTimeOffset>());
        Kill();
        await Start();
        Assert.Equal(before, await Objects());
        receiver.Answer = _ => 200;
        Assert.True((await caller.Turn(HttpMethod.Get, "clock"))!["now"]!.GetValue<DateTimeOffset>() >= time);
        Assert.Equal(200, (await caller.With(restricted).Get("/v1/customers")).Status);
        Assert.True((await caller.Post($"/v1/invoices/{paid.Id}/pay", "", ("Idempotency-Key", "pay"))).Headers.Contains("Idempotent-Replayed"));
        await caller.Turn(HttpMethod.Put, "clock", new { now = time.AddHours(2) });
        Assert.Equal("paid", (await caller.Get($"/v1/invoices/{advancing.Id}")).Ok().Text("status"));
        await Eventually.Until(async () => (await caller.Get("/v1/events?delivery_success=false")).Ok()["data"]!.AsArray().Count == 0, "everything is delivered");
        Assert.All(receiver.All, a => Assert.True(WebhookTests.Verifies(a, secret)));
    }

    [Fact]
    public async Task Subscriptions_renew_after_a_kill_by_their_clocks_as_if_nothing_had_happened()
    {
        var mine = new SubscriptionCaller(caller);
        var subscription = await mine.Subscribe(await mine.Customer(), await mine.Price());
        Kill();
        await Start();
        await mine.To(SubscriptionCaller.Start + SubscriptionCaller.Month + 3_600);
        Kill();
        await Start();
        Assert.Equal(("paid", "subscription_cycle"), ((await mine.Latest(subscription.Id)).Text("status"), (await mine.Latest(subscription.Id)).Text("billing_reason")));
        Assert.Equal(2, (await mine.Invoices(subscription.Id)).Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    public async Task A_torn_last_line_is_what_was_never_acknowledged(string end)
    {
        var customer = await caller.Customer();
        Kill();
        await File.AppendAllTextAsync(Path.Combine(folder.FullName, "snapshot"), """{"put":[["customer","cus_half""" + end, TestContext.Current.CancellationToken);
        await Start();
        (await caller.Get($"/v1/customers/{customer}")).Ok();
        var later = await caller.Customer();
        Kill();
        await Start();
        (await caller.Get($"/v1/customers/{later}")).Ok();
    }

    /// <summary>Writes customers and drafts until there are enough or the emulator is gone, and notes what it acknowledged.</summary>
    private async Task Write(string customer, ConcurrentDictionary<string, string> acknowledged, int enough)
    {
        try
        {
            while (acknowledged.Count < enough)
            {
                var key = Guid.NewGuid().ToString();
                var made = acknowledged.Count % 4 == 0
                    ? await caller.Post("/v1/invoices", $"customer={customer}&description={key}", ("Idempotency-Key", key))
                    : await caller.Post("/v1/customers", $"name={key}", ("Idempotency-Key", key));
                acknowledged[$"/v1/{made.Ok().Text("object")}s/{made.Id}"] = made.Body.ToJsonString();
            }
        }
        catch (HttpRequestException)
        {
            // Killed.
        }
    }

    /// <summary>Everything of a kind, by its path, as it is shown.</summary>
    private async Task<Dictionary<string, string>> All(string resource)
    {
        var (all, after) = (new Dictionary<string, string>(StringComparer.Ordinal), "");
        while (true)
        {
            var page = (await caller.Get($"/v1/{resource}?limit=100{after}")).Ok();
            foreach (var each in page["data"]!.AsArray())
            {
                all[$"/v1/{resource}/{each!["id"]}"] = each.ToJsonString();
                after = $"&starting_after={each["id"]}";
            }

            if (!page["has_more"]!.GetValue<bool>())
            {
                return all;
            }
        }
    }

    // What attempts add to goes on by itself.
    private async Task<string> Objects()
    {
        var objects = (await caller.Turn(HttpMethod.Get, "state"))!["objects"]!.AsObject();
        objects.Remove("delivery");
        return objects.ToJsonString();
    }

    private async Task Start()
    {
        var start = new ProcessStartInfo("dotnet", [typeof(EmulatorOptions).Assembly.Location])
        {
            Environment =
            {
                ["ASPNETCORE_URLS"] = http.BaseAddress!.ToString(),
                ["Emulator__SnapshotFile"] = Path.Combine(folder.FullName, "snapshot"),
                ["Logging__LogLevel__Default"] = "Warning",
            },
        };
        process = Process.Start(start)!;
        await Eventually.Until(async () =>
        {
            try
            {
                using var answer = await http.GetAsync("/ready");
                return answer.IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                Assert.False(process.HasExited, "The emulator ended by itself.");
                return false;
            }
        }, "the emulator is ready", TimeSpan.FromSeconds(60));
    }

    private void Kill()
    {
        process?.Kill();
        process?.WaitForExit();
        process?.Dispose();
        process = null;
    }
}
