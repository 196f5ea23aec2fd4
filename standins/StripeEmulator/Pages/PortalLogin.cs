using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Pages;

/// <summary>The permanent way into the portal: a customer gives an e-mail address and gets a link. The emulator sends no mail and shows it instead.</summary>
public static class PortalLogin
{
    public static IResult Show(Engine engine, string token, string email) => engine.Look(() =>
        Find(engine, token) is { } configuration ? Form(engine, configuration, email, null, 200) : Html.NotFound());

    public static async Task<IResult> Ask(Engine engine, HttpRequest request, string token)
    {
        engine.Count();
        var email = (await request.Form()).Field("email");
        if (engine.Look(() => Find(engine, token)) is not { } found)
        {
            return Html.NotFound();
        }

        if (!email.Contains('@', StringComparison.Ordinal))
        {
            return Form(engine, found, email, "Enter an e-mail address, for example ada@example.com.", 400);
        }

        var done = engine.Run(found.Scope, Origin.Automatic, tx =>
        {
            var customer = tx.Store.Referring("customer", "email", email).LastOrDefault(c => c.Scope == tx.Scope);
            return customer is null ? null : PortalSessions.Add(tx, customer, found, found.Value.Text("default_return_url"), null, null);
        });
        await done.Durable;
        // The same words whether or not the address is known, as on the real page; only the mail differs.
        return Html.Page("Check your email", $"""
            <h1>Check your email</h1>
            <p id="sent" role="status">If {Html.E(email)} belongs to a customer, a link to the billing portal is on its way.</p>
            {(done.Value is null ? "" : $"""<p class="note">The emulator sends no mail. This is the link: <a id="link" href="{PortalSessions.Path(done.Value)}">Open the billing portal</a></p>""")}
            """);
    }

    private static Stored? Find(Engine engine, string token) =>
        engine.Store.Referring(PortalConfigurations.Kind, "token", token).FirstOrDefault(c => c.Value.Is("active") && c.Value["login_page"]!.AsObject().Is("enabled"));

    private static IResult Form(Engine engine, Stored configuration, string email, string? error, int status) => Html.Page("Log in to the billing portal", $"""
        <p class="soft" id="provider">{Html.E(engine.Options.AccountName)}</p>
        <h1>Log in to the billing portal</h1>
        <p class="soft">{Html.E(configuration.Value["business_profile"]!.AsObject().Text("headline") ?? "Enter the e-mail address that your invoices go to. A link will be sent to it.")}</p>
        {Html.Error(error)}
        <form id="login-form" method="post" action="/p/login/{configuration.Inner.Text("token")}">
        <label for="email">Email</label>
        <input id="email" name="email" type="email" autocomplete="email" required value="{Html.E(email)}">
        <button id="send" type="submit">Send the link</button>
        </form>
        """, status);
}
