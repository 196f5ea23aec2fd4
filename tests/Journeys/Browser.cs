using Microsoft.Playwright;

namespace Marketplace.Journeys;

/// <summary>A person at a real browser.</summary>
public sealed class Browser : IAsyncDisposable
{
    private const string Program = "/usr/bin/chromium";
    private readonly IPlaywright playwright;
    private readonly IBrowser browser;

    private Browser(IPlaywright playwright, IBrowser browser) => (this.playwright, this.browser) = (playwright, browser);

    /// <summary>Starts Chromium without a window.</summary>
    public static async Task<Browser> Open()
    {
        Assert.True(File.Exists(Program), $"{Program} is missing: apt-get install chromium, or run ./test.");
        var playwright = await Playwright.CreateAsync();
        return new Browser(playwright, await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Program,
            Args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        }));
    }

    /// <summary>Fills in a card on the hosted invoice page and pays.</summary>
    public async Task PayByCard(Uri invoice)
    {
        var page = await browser.NewPageAsync();
        await page.GotoAsync(invoice.ToString());
        await page.Locator("[name=card_number]").FillAsync("4242424242424242");
        await page.Locator("[name=card_expiry]").FillAsync("12/34");
        await page.Locator("[name=card_cvc]").FillAsync("123");
        await page.Locator("#pay").ClickAsync();
        await Assertions.Expect(page.Locator("#status")).ToContainTextAsync("paid", new() { IgnoreCase = true, Timeout = 30_000 });
        await page.CloseAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await browser.DisposeAsync();
        playwright.Dispose();
    }
}
