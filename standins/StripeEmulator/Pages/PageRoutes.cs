using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Pages;

/// <summary>Every address that people open. An address is all it takes: there are no cookies, so no other site can act through a visitor.</summary>
public static class PageRoutes
{
    public static void MapPages(this WebApplication app)
    {
        app.MapGet("/", Front);
        app.MapGet("/i/{account}/{token}", (string account, string token, Engine engine) => HostedInvoice.Show(engine, account, token));
        app.MapPost("/i/{account}/{token}/pay", (string account, string token, HttpRequest request, Engine engine) => HostedInvoice.PayByCard(engine, request, account, token));
        app.MapPost("/i/{account}/{token}/pay-by-bank", (string account, string token, HttpRequest request, Engine engine) => HostedInvoice.PayByBank(engine, request, account, token));
        app.MapGet("/credit_notes/{account}/{token}/pdf", (string account, string token, Engine engine) => InvoicePdf.ShowCreditNote(engine, account, token));
        app.MapGet("/invoice/{account}/{token}/pdf", (string account, string token, Engine engine) => InvoicePdf.Show(engine, account, token));
        app.MapGet("/receipts/{charge}", (string charge, Engine engine) => Receipt.Show(engine, charge));
        app.MapGet("/authenticate/{intent}", (string intent, Engine engine) => Authentication.Show(engine, intent));
        app.MapPost("/authenticate/{intent}", (string intent, HttpRequest request, Engine engine) => Authentication.Finish(engine, request, intent));
        app.MapGet("/c/pay/{session}", (string session, Engine engine) => CheckoutPage.Show(engine, session));
        app.MapPost("/c/pay/{session}", (string session, HttpRequest request, Engine engine) => CheckoutPage.Confirm(engine, request, session));
        app.MapPost("/c/pay/{session}/quantities", (string session, HttpRequest request, Engine engine) => CheckoutPage.Adjust(engine, request, session));
        app.MapPost("/c/pay/{session}/promotion-code", (string session, HttpRequest request, Engine engine) => CheckoutPage.Code(engine, request, session, drop: false));
        app.MapPost("/c/pay/{session}/promotion-code/remove", (string session, HttpRequest request, Engine engine) => CheckoutPage.Code(engine, request, session, drop: true));
        app.MapGroup("/p/login/{token}").MapLogin();
        app.MapGroup("/p/session/{token}").MapPortal();
    }

    private static void MapLogin(this RouteGroupBuilder login)
    {
        login.MapGet("", (string token, HttpRequest request, Engine engine) => PortalLogin.Show(engine, token, request.Query["prefilled_email"].ToString()));
        login.MapPost("", (string token, HttpRequest request, Engine engine) => PortalLogin.Ask(engine, request, token));
    }

    private static void MapPortal(this RouteGroupBuilder portal)
    {
        portal.MapGet("", (string token, HttpRequest request, Engine engine) => PortalHome.Show(engine, token, request.Query.ContainsKey("home")));
        portal.MapGet("/payment-methods/add", (string token, Engine engine) => PortalMethods.Show(engine, token));
        portal.MapPost("/payment-methods/add", (string token, HttpRequest request, Engine engine) => PortalMethods.Add(engine, request, token));
        portal.MapGet("/payment-methods/added", (string token, HttpRequest request, Engine engine) => PortalMethods.Added(engine, token, request.Query["setup_intent"].ToString()));
        portal.MapPost("/payment-methods/{method}/default", (string token, string method, Engine engine) => PortalMethods.MakeDefault(engine, token, method));
        portal.MapPost("/payment-methods/{method}/remove", (string token, string method, Engine engine) => PortalMethods.Remove(engine, token, method));
        portal.MapGet("/subscriptions/{id}/cancel", (string token, string id, Engine engine) => PortalCancel.Show(engine, token, id));
        portal.MapPost("/subscriptions/{id}/cancel", (string token, string id, HttpRequest request, Engine engine) => PortalCancel.Cancel(engine, request, token, id));
        portal.MapPost("/subscriptions/{id}/renew", (string token, string id, Engine engine) => PortalCancel.Renew(engine, token, id));
        portal.MapGet("/subscriptions/{id}/update", (string token, string id, Engine engine) => PortalPlans.Choose(engine, token, id));
        portal.MapGet("/subscriptions/{id}/confirm", (string token, string id, HttpRequest request, Engine engine) => PortalPlans.Review(engine, request, token, id));
        portal.MapPost("/subscriptions/{id}/confirm", (string token, string id, HttpRequest request, Engine engine) => PortalPlans.Update(engine, request, token, id));
        portal.MapGet("/customer", (string token, Engine engine) => PortalCustomer.Show(engine, token));
        portal.MapPost("/customer", (string token, HttpRequest request, Engine engine) => PortalCustomer.Update(engine, request, token));
    }

    private static IResult Front() => Html.Page(
        "Stripe emulator",
        """
        <h1>Stripe emulator</h1>
        <p>Stands in for Stripe. Clients take this address as their API's base; addresses of pages come with the objects they belong to.</p>
        <p><a id="state" href="/_emulator/state">Every object</a> · <a id="deliveries" href="/_emulator/deliveries">Every webhook and its attempts</a> · <a id="clock" href="/_emulator/clock">The clock</a></p>
        """);
}
