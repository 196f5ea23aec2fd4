namespace Marketplace.StripeEmulator.Tests;

/// <summary>Many subscriptions renew in one move of the clock; <c>./bench emulator</c> tells how fast.</summary>
public sealed class ManyRenewalsTests : IDisposable
{
    private const int Customers = 50;
    private const int Each = 20;

    private readonly EmulatorApp app = new();

    public void Dispose() => app.Dispose();

    [Fact]
    public async Task A_thousand_subscriptions_renew_once_and_are_all_paid()
    {
        var caller = app.NewAccount();
        var product = (await caller.Post("/v1/products", "name=Gold")).Ok().Id;
        var price = (await caller.Post("/v1/prices", $"product={product}&unit_amount=1000&currency=usd&recurring[interval]=month")).Ok().Id;
        await Parallel.ForAsync(0, Customers, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (_, _) =>
        {
            var customer = await caller.Customer("payment_method=pm_card_visa&invoice_settings[default_payment_method]=pm_card_visa");
            for (var at = 0; at < Each; at++)
            {
                (await caller.Post("/v1/subscriptions", $"customer={customer}&items[0][price]={price}")).Ok();
            }
        });
        var now = (await caller.Turn(HttpMethod.Get, "clock"))!["now"]!.GetValue<DateTimeOffset>();
        await caller.Turn(HttpMethod.Put, "clock", new { now = now.AddMonths(1).AddHours(2) });
        Assert.Equal(2 * Customers * Each, await Count(caller, "invoices", "paid"));
        Assert.Equal(Customers * Each, await Count(caller, "subscriptions", "active"));
    }

    private static async Task<long> Count(Caller caller, string resource, string status) =>
        (await caller.Get($"/v1/{resource}/search?query=status:'{status}'&limit=1&expand[]=total_count")).Ok().Number("total_count");
}
