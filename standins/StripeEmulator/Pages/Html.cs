using System.Globalization;
using System.Net;

namespace Marketplace.StripeEmulator.Pages;

/// <summary>The frame of every page: readable on a phone, without a script.</summary>
public static class Html
{
    public static string E(string? text) => WebUtility.HtmlEncode(text ?? "");

    public static string Date(long seconds) => DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("d MMMM yyyy", CultureInfo.InvariantCulture);

    /// <summary>What went wrong, told at once to who listens instead of looking.</summary>
    public static string Error(string? message) => message is null ? "" : $"""<p id="error" class="error" role="alert">{E(message)}</p>""";

    /// <summary>A link, when its address is one that a browser opens.</summary>
    public static string Link(string? address, string text, string id) =>
        address is null ? "" : $"""<a id="{id}" href="{E(address)}">{E(text)}</a>""";

    public static IResult Page(string title, string body, int status = 200) => new Answer(
        $$"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{{E(title)}}</title>
        <style>
          :root { color-scheme: light; --ink: #1a1f36; --soft: #4f566b; --line: #d8dee8; --act: #4b45c6; }
          body { margin: 0; background: #f6f8fa; color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
          main { max-width: 34rem; margin: 2rem auto; padding: 1.5rem; background: #fff; border: 1px solid var(--line); border-radius: .6rem; overflow-wrap: anywhere; }
          @media (max-width: 36rem) { main { margin: 0; border: 0; border-radius: 0; padding: 1rem; } }
          h1 { font-size: 1.4rem; margin: 0 0 .25rem; } h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; } h3 { font-size: 1rem; margin: 0; }
          a { color: var(--act); }
          .soft { color: var(--soft); margin: 0; } .total { font-size: 1.8rem; font-weight: 600; margin: .5rem 0; }
          table { width: 100%; border-collapse: collapse; } th, td { text-align: left; padding: .5rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
          tfoot th { font-weight: 500; }
          th.n, td.n { text-align: right; white-space: nowrap; padding-left: 1rem; }
          label, legend { display: block; margin: .75rem 0 .2rem; padding: 0; font-weight: 500; }
          fieldset { border: 0; margin: 0; padding: 0; min-width: 0; }
          input, select, textarea { width: 100%; box-sizing: border-box; font: inherit; padding: .6rem; border: 1px solid #8792a2; border-radius: .4rem; background: #fff; color: inherit; }
          input::placeholder { color: #646c80; }
          .choice { display: flex; gap: .75rem; align-items: center; margin: 0; padding: .75rem; border: 1px solid #8792a2; border-radius: .4rem; font-weight: 400; }
          .choice + .choice { margin-top: .5rem; } .choice input { width: 1.25rem; height: 1.25rem; flex: none; margin: 0; } .choice span { flex: 1; }
          .two { display: grid; grid-template-columns: 1fr 1fr; gap: 0 1rem; align-items: end; }
          button, .button { display: block; box-sizing: border-box; width: 100%; margin-top: 1rem; padding: .75rem; font: inherit; font-weight: 600; text-align: center; text-decoration: none; color: #fff; background: var(--act); border: 1px solid var(--act); border-radius: .4rem; cursor: pointer; }
          button.plain, .button.plain { color: var(--act); background: #fff; }
          .rows { list-style: none; margin: 0; padding: 0; }
          .rows > li { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: center; padding: .75rem 0; border-bottom: 1px solid var(--line); }
          .rows > li > :first-child { flex: 1 1 11rem; } .rows p { margin: 0; }
          .pairs { display: grid; grid-template-columns: 5.5rem 1fr; margin: 0; } .pairs dt, .pairs dd { margin: 0; padding: .75rem 0; border-bottom: 1px solid var(--line); } .pairs dt { color: var(--soft); }
          .beside { display: flex; gap: .5rem; } .beside button { width: auto; margin: 0; }
          .links { display: flex; gap: 1.5rem; margin: 2rem 0 0; }
          .acts { display: flex; flex-wrap: wrap; gap: .5rem; } .acts button, .acts .button { width: auto; margin: 0; padding: .4rem .75rem; font-weight: 500; }
          :focus-visible { outline: 3px solid #4b45c6; outline-offset: 2px; }
          .badge { display: inline-block; padding: .1rem .6rem; border-radius: 1rem; background: #e3e8ee; font-weight: 600; font-size: .9rem; }
          .badge[data-status=paid], .badge[data-status=active], .badge[data-status=complete] { background: #cbf4c9; } .badge[data-status=open], .badge[data-status=trialing] { background: #d6ecff; }
          .badge[data-status=void], .badge[data-status=uncollectible], .badge[data-status=past_due], .badge[data-status=unpaid], .badge[data-status=expired] { background: #f5d7d7; }
          .error { padding: .75rem; border: 1px solid #c0123c; border-radius: .4rem; color: #8a0a2a; background: #fff0f3; }
          .note { padding: .75rem; border: 1px solid #1d7a34; border-radius: .4rem; color: #0d4a1d; background: #eefbf0; }
          footer { margin-top: 2rem; font-size: .9rem; color: var(--soft); }
        </style>
        </head>
        <body>
        <main>
        {{body}}
        <footer>Stripe emulator. No money moves here; use a test card.</footer>
        </main>
        </body>
        </html>
        """,
        status);

    public static IResult NotFound() => Page("Not found", "<h1>This page is not here</h1><p>The link may be mistyped, or what it showed was deleted.</p>", 404);

    /// <summary>A page's address is all it takes to act on it, so it goes to no other site and into no cache.</summary>
    private sealed class Answer(string html, int status) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            response.StatusCode = status;
            response.ContentType = "text/html; charset=utf-8";
            response.Headers.CacheControl = "no-store";
            response.Headers["Referrer-Policy"] = "no-referrer";
            response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";
            response.Headers.XContentTypeOptions = "nosniff";
            return response.WriteAsync(html, httpContext.RequestAborted);
        }
    }
}
