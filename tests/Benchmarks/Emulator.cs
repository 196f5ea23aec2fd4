using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Marketplace.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Marketplace.Benchmarks;

/// <summary>
/// Invoices made and webhooks delivered by the Stripe emulator, each beside the least that such a thing costs, in the same run:
/// a bare endpoint that appends a line and flushes it, and a bare client that posts the same body. Then a clock's move over subscriptions.
/// </summary>
public static class Emulator
{
    private const string Key = "sk_test_51Benchmark0000000abcdefgh";
    private const int Connections = 32;
    private const int InFlight = 8;

    public static async Task Measure(int calls)
    {
        var folder = Directory.CreateTempSubdirectory("benchmark-");
        try
        {
            var address = new Uri($"http://127.0.0.1:{Ports.Free()}");
            Measured peer, invoices, searches;
            using (var server = await Server.Start(address, Path.Combine(folder.FullName, "peer.log"), [typeof(Emulator).Assembly.Location, "peer", address.ToString(), Path.Combine(folder.FullName, "peer")]))
            {
                peer = await server.Post("bare Kestrel endpoint, appends a line and flushes it", "/append", calls, Connections, Form);
            }

            address = new Uri($"http://127.0.0.1:{Ports.Free()}");
            var program = Path.Combine(Repository.Root, "artifacts", "bin", "StripeEmulator", "release", "Marketplace.StripeEmulator.dll");
            using var emulator = await Server.Start(
                address,
                Path.Combine(folder.FullName, "emulator.log"),
                [program],
                new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["ASPNETCORE_URLS"] = address.ToString(),
                    ["Emulator__SnapshotFile"] = Path.Combine(folder.FullName, "emulator"),
                    ["Logging__LogLevel__Default"] = "Warning",
                });
            using var http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromMinutes(5) };
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
            var customer = await Id(http, "/v1/customers", "name=Ada");
            invoices = await emulator.Post("emulator: creates an invoice", "/v1/invoices", calls, Connections, n => $"customer={customer}&{Form(n)}", Key);
            Print(peer, invoices);
            searches = await Search(emulator, http, calls / 10);
            Print(null, searches);
            Print(null, await Renew(emulator, http, calls / 2));
            var (bare, webhooks) = await Webhooks(emulator, http, calls);
            Print(bare, webhooks);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} processors, load {File.ReadAllText("/proc/loadavg").Split(' ')[0]}"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string Form(int n) => string.Create(CultureInfo.InvariantCulture, $"collection_method=send_invoice&days_until_due=14&description=Order%20{n}&metadata[order]={n}");

    private static void Print(Measured? peer, Measured ours)
    {
        if (peer is not null)
        {
            Console.WriteLine(peer);
        }

        Console.WriteLine(ours + (peer is null ? "" : string.Create(CultureInfo.InvariantCulture, $"  ({ours.Rate / peer.Rate:0.00} of the peer's rate, {ours.Microseconds / peer.Microseconds:0.0} times its CPU)")));
    }

    private static async Task<Measured> Search(Server emulator, HttpClient http, int calls)
    {
        var (watch, before) = (Stopwatch.StartNew(), emulator.Processor);
        for (var n = 1; n <= calls; n++)
        {
            using var answer = await http.GetAsync(string.Create(CultureInfo.InvariantCulture, $"/v1/invoices/search?query=metadata['order']:'{n}'"));
            answer.EnsureSuccessStatusCode();
        }

        return new Measured($"emulator: finds an invoice by metadata", calls, watch.Elapsed, emulator.Processor - before);
    }

    /// <summary>Webhooks that were held back, released; and the same bodies from a bare client with as many in flight.</summary>
    private static async Task<(Measured Bare, Measured Ours)> Webhooks(Server emulator, HttpClient http, int calls)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var app = builder.Build();
        var (arrived, body, all) = (0, "", new TaskCompletionSource());
        app.MapPost("/", async (HttpRequest request) =>
        {
            using var reader = new StreamReader(request.Body);
            body = await reader.ReadToEndAsync();
            if (Interlocked.Increment(ref arrived) == calls)
            {
                all.SetResult();
            }

            return Results.Ok();
        });
        await app.StartAsync();
        var url = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        await Id(http, "/v1/webhook_endpoints", $"url={url}/&enabled_events[]=customer.updated");
        using (await http.PostAsync("/_emulator/webhooks/hold", null))
        {
            var customer = await Id(http, "/v1/customers", "name=Ada");
            for (var n = 0; n < calls / 500; n++)
            {
                await Task.WhenAll(Enumerable.Range(0, 500).Select(m => Id(http, $"/v1/customers/{customer}", $"description={n}/{m}")));
            }
        }

        var (watch, before) = (Stopwatch.StartNew(), emulator.Processor);
        using (await http.PostAsync("/_emulator/webhooks/release", null))
        {
            await all.Task;
        }

        var ours = new Measured("emulator: delivers a webhook", calls, watch.Elapsed, emulator.Processor - before);
        await Settled(http);
        return (await Bare(url, body, calls), ours);
    }

    private static async Task<Measured> Bare(string url, string body, int calls)
    {
        using var http = new HttpClient();
        var left = calls;
        var (watch, before) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
        await Task.WhenAll(Enumerable.Range(0, InFlight).Select(async _ =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
            {
                using var answer = await http.PostAsync(url, new StringContent(body, Encoding.UTF8, "application/json"));
            }
        }));
        return new Measured("bare HttpClient and its receiver, the same body", calls, watch.Elapsed, Environment.CpuUsage.TotalTime - before);
    }

    /// <summary>Subscriptions of one month, each renewed once by one move of the clock: invoice made, finalized and paid.</summary>
    private static async Task<Measured> Renew(Server emulator, HttpClient http, int subscriptions)
    {
        const int Each = 20;
        var product = await Id(http, "/v1/products", "name=Gold");
        var price = await Id(http, "/v1/prices", $"product={product}&unit_amount=1000&currency=usd&recurring[interval]=month");
        await Parallel.ForAsync(0, subscriptions / Each, new ParallelOptions { MaxDegreeOfParallelism = InFlight }, async (_, _) =>
        {
            var customer = await Id(http, "/v1/customers", "payment_method=pm_card_visa&invoice_settings[default_payment_method]=pm_card_visa");
            for (var n = 0; n < Each; n++)
            {
                await Id(http, "/v1/subscriptions", $"customer={customer}&items[0][price]={price}");
            }
        });
        var now = (await http.GetFromJsonAsync<JsonObject>("/_emulator/clock"))!["now"]!.GetValue<DateTimeOffset>();
        var (watch, before) = (Stopwatch.StartNew(), emulator.Processor);
        using var moved = await http.PutAsJsonAsync("/_emulator/clock", new { now = now.AddMonths(1).AddHours(2) });
        moved.EnsureSuccessStatusCode();
        return new Measured("emulator: renews a subscription", subscriptions, watch.Elapsed, emulator.Processor - before);
    }

    private static async Task Settled(HttpClient http)
    {
        while ((await http.GetFromJsonAsync<JsonObject>("/_emulator/clock"))!["pending"]!.GetValue<int>() > 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    private static async Task<string> Id(HttpClient http, string path, string form)
    {
        using var answer = await http.PostAsync(path, new StringContent(form, Encoding.ASCII, "application/x-www-form-urlencoded"));
        return (await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonObject>())!["id"]!.GetValue<string>();
    }
}
