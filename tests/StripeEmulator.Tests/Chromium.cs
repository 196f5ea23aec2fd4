using Marketplace.Testing;
using Microsoft.Playwright;

namespace Marketplace.StripeEmulator.Tests;

/// <summary>A real browser without a window and without scripts, as wide as a desk's or as a phone's.</summary>
public sealed class Chromium : IAsyncLifetime
{
    public const int Phone = 360;

    public const int Desk = 1280;

    private const string Program = "/usr/bin/chromium";
    private static readonly string Shots = Path.Combine(Repository.Root, "artifacts", "pages");
    private IPlaywright? playwright;
    private IBrowser? browser;

    public async ValueTask InitializeAsync()
    {
        Assert.True(File.Exists(Program), $"{Program} is missing: apt-get install chromium, or run ./test.");
        playwright = await Playwright.CreateAsync();
        browser = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Program,
            Args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null)
        {
            await browser.DisposeAsync();
        }

        playwright?.Dispose();
    }

    /// <summary>A window of this width. Sellers' own sites are not there, so any address of theirs answers with nothing.</summary>
    public async Task<IPage> Open(int width)
    {
        var page = await browser!.NewPageAsync(new() { ViewportSize = new() { Width = width, Height = width == Phone ? 740 : 900 }, JavaScriptEnabled = false });
        await page.RouteAsync("https://shop.example/**", route => route.FulfillAsync(new() { ContentType = "text/html", Body = "<!doctype html><title>Shop</title><h1>Back at the shop</h1>" }));
        return page;
    }

    /// <summary>Keeps a picture of the page and holds it against what makes a page usable for everybody.</summary>
    public static async Task Judge(IPage page, string name)
    {
        Directory.CreateDirectory(Shots);
        await page.ScreenshotAsync(new() { Path = Path.Combine(Shots, $"{name}-{page.ViewportSize!.Width}.png"), FullPage = true });
        var faults = await page.EvaluateAsync<string[]>(Accessibility.Script);
        Assert.True(faults.Length == 0, $"{name} at {page.ViewportSize.Width} px: {string.Join("; ", faults)}");
        await page.Keyboard.PressAsync("Tab");
        Assert.True(await page.EvaluateAsync<bool>(Accessibility.FocusIsSeen), $"{name}: what has the focus is not outlined");
    }
}
