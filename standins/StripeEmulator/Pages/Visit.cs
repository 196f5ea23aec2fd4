using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Pages;

/// <summary>A customer in the portal: the session whose address they hold, and what its configuration lets them do.</summary>
public sealed record Visit(Transaction Tx, Stored Session, Stored Customer, Stored Configuration)
{
    /// <summary>The portal's address without the host.</summary>
    public string Path => PortalSessions.Path(Session);

    public string Provider => Accounts.Of(Tx)["business_profile"]!.AsObject().Text("name")!;

    public string? ReturnUrl => Session.Value.Text("return_url");

    public string? DefaultMethod => Customer.Value["invoice_settings"]!.AsObject().Text("default_payment_method");

    public IEnumerable<Stored> Methods => Tx.Store.Referring("payment_method", "customer", Customer.Id).Reverse();

    public IEnumerable<Stored> Invoices => Tx.Store.Referring("invoice", "customer", Customer.Id).Reverse().Where(i => i.Value.Text("status") != "draft");

    public IEnumerable<Stored> Subscriptions =>
        Tx.Store.Referring("subscription", "customer", Customer.Id).Reverse().Where(s => s.Value.Text("status") is not ("canceled" or "incomplete_expired" or "incomplete"));

    public JsonObject Feature(string name) => PortalConfigurations.Feature(Configuration, name);

    /// <summary>The customer's subscription of this id, still running, or a page that says it is not there.</summary>
    public Stored Subscription(string id) => Subscriptions.FirstOrDefault(s => s.Id == id) ?? throw new PageMissingException();

    /// <summary>Where the visit goes on after something was done: as the session's flow says, else to the portal's first page.</summary>
    public IResult Done(string message)
    {
        var after = Session.Value["flow"]?["after_completion"]?.AsObject();
        return after?.Text("type") switch
        {
            "redirect" => SeeOther.To(after["redirect"]!.AsObject().Text("return_url")!),
            "hosted_confirmation" => Html.Page(message, $"""
                <h1 id="done">{Html.E(message)}</h1>
                <p id="message">{Html.E(after["hosted_confirmation"]!.AsObject().Text("custom_message"))}</p>
                <p>{Html.Link(ReturnUrl, $"Return to {Provider}", "return")}</p>
                """),
            _ => SeeOther.To(Path + "?home=1"),
        };
    }

    /// <summary>Runs a page or an action of the portal for whoever holds the address, or says that it has expired.</summary>
    public static async Task<IResult> Run(Engine engine, string token, string? feature, Func<Visit, IResult> work)
    {
        engine.Count();
        var found = engine.Look(() => engine.Store.Referring(PortalSessions.Kind, "token", token).FirstOrDefault());
        if (found is null)
        {
            return Html.NotFound();
        }

        try
        {
            var done = engine.Run(found.Scope, Origin.Automatic, tx => Enter(tx, found, feature, work));
            await done.Durable;
            return done.Value;
        }
        catch (PageMissingException)
        {
            return Html.NotFound();
        }
    }

    private static IResult Enter(Transaction tx, Stored session, string? feature, Func<Visit, IResult> work)
    {
        if (!PortalSessions.IsAlive(session, tx.Now) || tx.Find("customer", session.Value.Text("customer")!) is not { } customer)
        {
            return Html.Page("Session expired", $"""
                <h1>This session has expired</h1>
                <p>Open the portal again from where you came.</p>
                <p>{Html.Link(session.Value.Text("return_url"), "Go back", "return")}</p>
                """, 410);
        }

        tx.Edit(session);
        session.Inner["used"] = tx.Now;
        var visit = new Visit(tx, session, customer, tx.Find(PortalConfigurations.Kind, session.Value.Text("configuration")!)!);
        return feature is null || visit.Feature(feature).Is("enabled") ? work(visit) : Html.NotFound();
    }
}

/// <summary>The address names something that is not there.</summary>
public sealed class PageMissingException : Exception;
