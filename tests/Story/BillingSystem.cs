using System.Text.Json.Nodes;

namespace Marketplace.Story;

/// <summary>The provider's own billing system: it reads the feed of invoice events, bills what is new, and tells what it did, with a token for nothing else.</summary>
public sealed class BillingSystem(Settings settings, Provider provider) : IDisposable
{
    private readonly Client client = new(settings.Gateway);
    private readonly List<string> told = [];
    private long after;

    /// <summary>Whether it can bill nothing at present.</summary>
    public bool IsBroken { get; set; }

    /// <summary>Signs in with its token.</summary>
    public async Task SignIn() => client.Token = await provider.BillingSystemToken();

    /// <summary>Reads on where it stopped and does what the events ask for. Nothing may be missing between two numbers.</summary>
    public async Task Work()
    {
        for (var more = true; more;)
        {
            var page = await client.Get($"/v1/invoice-events?after={after}&limit=3");
            foreach (var entry in page["data"]!.AsArray())
            {
                Check.Equal(after + 1, (long)entry!["sequence"]!, "The next event's number");
                after = (long)entry["sequence"]!;
                var payload = entry["payload"]!;
                var (state, level) = ((string?)payload["state"]!["name"], (string?)payload["status"]!["level"]);
                told.Add($"{(string?)payload["invoiceId"]} {state} {level}");
                if (state == "draft" && level == "pending" && (string?)entry["metadata"]!["subresource"] == "status")
                {
                    await Bill((string)payload["invoiceId"]!);
                }
            }

            more = (bool)page["more"]!;
        }
    }

    /// <summary>Waits for the consumer's invoice with this number in the row, billed and payable.</summary>
    public async Task<JsonNode> Billed(Consumer consumer, int number, long amount)
    {
        await Until(consumer, number, "open", "success");
        return await consumer.OpenInvoice(number, amount);
    }

    /// <summary>Works until the consumer's invoice with this number in the row stands so.</summary>
    public Task Until(Consumer consumer, int number, string status, string level) => Check.Until(
        async () =>
        {
            await Work();
            return await consumer.Invoices();
        },
        invoices => invoices.Count >= number && (string?)invoices[number - 1]["status"] == status && (string?)invoices[number - 1]["level"] == level,
        $"Invoice {number} {status} and {level}");

    /// <summary>Works until the feed has told this of an invoice.</summary>
    public Task Heard(JsonNode invoice, string state, string level) => Check.Until(
        async () =>
        {
            await Work();
            return string.Join('\n', told);
        },
        seen => seen.Contains($"{(string?)invoice["id"]} {state} {level}", StringComparison.Ordinal), $"An event of {(string?)invoice["id"]} {state} {level}");

    /// <summary>The customer has paid.</summary>
    public async Task Paid(JsonNode invoice)
    {
        await Tell((string)invoice["id"]!, "state", new { name = "paid" });
        settings.Tell($"The provider's billing system says that {(string?)invoice["id"]} is paid.");
    }

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    private async Task Bill(string id)
    {
        if (IsBroken)
        {
            await Tell(id, "status", new { level = "error", reasons = new[] { new { type = "posting_period_closed", detail = "The books of the month are closed." } } });
            return;
        }

        var invoice = await client.Get($"/v1/invoices/{id}");
        var total = (long)invoice["subtotal"]!["amount"]!;
        await Tell(id, "billing", new
        {
            id = $"DOC-{id}", number = $"R-{after}", issueDate = $"{(DateTimeOffset)invoice["createdAt"]!:yyyy-MM-dd}", customerId = "C-17", link = $"https://billing.example.com/{id}",
            amount = new { currency = (string?)invoice["subtotal"]!["currency"], total, due = total },
        });
        await Tell(id, "state", new { name = "open" });
    }

    private Task<JsonNode> Tell(string id, string what, object body) => client.Update(HttpMethod.Put, $"/v1/invoices/{id}/{what}", body, versionOf: $"/v1/invoices/{id}");
}
