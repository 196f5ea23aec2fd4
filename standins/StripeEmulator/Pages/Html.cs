using System.Net;

namespace Marketplace.StripeEmulator.Pages;

/// <summary>The frame of every page: readable on a phone, without a script.</summary>
public static class Html
{
    public static string E(string? text) => WebUtility.HtmlEncode(text ?? "");

    public static IResult Page(string title, string body, int status = 200) => Results.Content(
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
          main { max-width: 34rem; margin: 2rem auto; padding: 1.5rem; background: #fff; border: 1px solid var(--line); border-radius: .6rem; }
          @media (max-width: 36rem) { main { margin: 0; border: 0; border-radius: 0; } }
          h1 { font-size: 1.4rem; margin: 0 0 .25rem; } h2 { font-size: 1.05rem; margin: 1.5rem 0 .5rem; }
          .soft { color: var(--soft); margin: 0; } .total { font-size: 1.8rem; font-weight: 600; margin: .5rem 0; }
          table { width: 100%; border-collapse: collapse; } th, td { text-align: left; padding: .4rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
          th.n, td.n { text-align: right; white-space: nowrap; padding-left: 1rem; }
          label { display: block; margin: .75rem 0 .2rem; font-weight: 500; }
          input, select { width: 100%; box-sizing: border-box; font: inherit; padding: .6rem; border: 1px solid #8792a2; border-radius: .4rem; background: #fff; color: inherit; }
          .two { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; }
          button { width: 100%; margin-top: 1rem; padding: .75rem; font: inherit; font-weight: 600; color: #fff; background: var(--act); border: 0; border-radius: .4rem; cursor: pointer; }
          button.plain { color: var(--act); background: #fff; border: 1px solid var(--act); }
          :focus-visible { outline: 3px solid #a3a0f5; outline-offset: 2px; }
          .badge { display: inline-block; padding: .1rem .6rem; border-radius: 1rem; background: #e3e8ee; font-weight: 600; }
          .badge[data-status=paid] { background: #cbf4c9; } .badge[data-status=open] { background: #d6ecff; } .badge[data-status=void], .badge[data-status=uncollectible] { background: #f5d7d7; }
          .error { padding: .75rem; border: 1px solid #c0123c; border-radius: .4rem; color: #8a0a2a; background: #fff0f3; }
          footer { margin-top: 1.5rem; font-size: .9rem; color: var(--soft); }
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
        "text/html; charset=utf-8",
        statusCode: status);

    public static IResult NotFound() => Page("Not found", "<h1>This page is not here</h1><p>The link may be mistyped, or the invoice was deleted.</p>", 404);
}
