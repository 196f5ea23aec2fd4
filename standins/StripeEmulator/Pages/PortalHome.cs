using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Pages;

/// <summary>The portal's first page: plans, payment methods, billing details and invoices, as far as the configuration shows them.</summary>
public static class PortalHome
{
    public static Task<IResult> Show(Engine engine, string token, bool home) => Visit.Run(engine, token, null, visit =>
        !home && Flow(visit) is { } flow ? SeeOther.To(flow) : Page(visit, null));

    public static IResult Page(Visit visit, string? error)
    {
        var profile = visit.Configuration.Value["business_profile"]!.AsObject();
        var body = new StringBuilder();
        body.Append(CultureInfo.InvariantCulture, $"""
            <header>
            <p class="soft" id="provider">{Html.E(visit.Provider)}</p>
            <h1>Billing portal</h1>
            <p class="soft" id="headline">{Html.E(profile.Text("headline") ?? $"Manage what you have with {visit.Provider}.")}</p>
            <p>{Html.Link(visit.ReturnUrl, $"Return to {visit.Provider}", "return")}</p>
            </header>
            {Html.Error(error)}
            """);
        Plans(visit, body);
        if (visit.Feature("payment_method_update").Is("enabled"))
        {
            Methods(visit, body);
        }

        Details(visit, body);
        if (visit.Feature("invoice_history").Is("enabled"))
        {
            Invoices(visit, body);
        }

        body.Append(CultureInfo.InvariantCulture, $"""<p class="links">{Html.Link(profile.Text("terms_of_service_url"), "Terms", "terms")} {Html.Link(profile.Text("privacy_policy_url"), "Privacy", "privacy")}</p>""");
        return Html.Page("Billing portal", body.ToString(), error is null ? 200 : 400);
    }

    /// <summary>The page at which a session with a flow begins.</summary>
    private static string? Flow(Visit visit) => visit.Session.Value["flow"] is not JsonObject flow ? null : flow.Text("type") switch
    {
        "payment_method_update" => $"{visit.Path}/payment-methods/add",
        "subscription_cancel" => $"{visit.Path}/subscriptions/{flow["subscription_cancel"]!.AsObject().Text("subscription")}/cancel",
        "subscription_update" => $"{visit.Path}/subscriptions/{flow["subscription_update"]!.AsObject().Text("subscription")}/update",
        _ => $"{visit.Path}/subscriptions/{flow["subscription_update_confirm"]!.AsObject().Text("subscription")}/confirm",
    };

    private static void Plans(Visit visit, StringBuilder body)
    {
        var subscriptions = visit.Subscriptions.ToList();
        if (subscriptions.Count == 0)
        {
            return;
        }

        body.Append("""<section aria-labelledby="plans-title"><h2 id="plans-title">Current plan</h2><ul class="rows" id="subscriptions">""");
        foreach (var subscription in subscriptions)
        {
            var (status, ending, name) = (subscription.Value.Text("status")!, PortalCancel.IsEnding(subscription), Html.E(PortalPlans.Name(visit, subscription)));
            var path = $"{visit.Path}/subscriptions/{subscription.Id}";
            var until = Html.Date((ending && subscription.Value["cancel_at"] is { } at ? at : subscription.Inner["period_end"]).Long());
            var change = PortalPlans.IsOffered(visit, subscription) && !ending ? $"""<a class="button plain" data-act="update" href="{path}/update" aria-label="Change {name}">Change plan</a>""" : "";
            var cancel = !visit.Feature("subscription_cancel").Is("enabled") ? ""
                : !ending ? $"""<a class="button plain" data-act="cancel" href="{path}/cancel" aria-label="Cancel {name}">Cancel plan</a>"""
                : PortalCancel.MayRenew(subscription) ? $"""<form method="post" action="{path}/renew"><button class="plain" name="renew" aria-label="Keep {name}">Keep the plan</button></form>""" : "";
            body.Append(CultureInfo.InvariantCulture, $"""
                <li data-id="{subscription.Id}"><div><p>{name} <span class="badge" data-status="{status}">{Status(status)}</span></p><p class="soft" data-renews="{(ending ? "false" : "true")}">{(ending ? "Ends on" : status == "trialing" ? "The trial ends on" : "Renews on")} {until}</p></div>
                <div class="acts">{change}{cancel}</div></li>
                """);
        }

        body.Append("</ul></section>");
    }

    private static string Status(string status) => status switch { "trialing" => "Trial", "past_due" => "Past due", _ => char.ToUpperInvariant(status[0]) + status[1..] };

    private static void Methods(Visit visit, StringBuilder body)
    {
        body.Append("""<section aria-labelledby="methods-title"><h2 id="methods-title">Payment methods</h2><ul class="rows" id="payment-methods">""");
        foreach (var method in visit.Methods)
        {
            var (name, main) = (CardForm.Name(method.Value), method.Id == visit.DefaultMethod);
            var expires = method.Value["card"] is JsonObject card ? $"Expires {card.Long("exp_month"):00}/{card.Long("exp_year")}" : "";
            var promote = main ? "" : $"""<form method="post" action="{visit.Path}/payment-methods/{method.Id}/default"><button class="plain" aria-label="Make {name} the default" name="default">Make default</button></form>""";
            body.Append(CultureInfo.InvariantCulture, $"""
                <li data-id="{method.Id}"><div><p>{Html.E(name)}{(main ? """ <span class="badge" data-default="true">Default</span>""" : "")}</p><p class="soft">{expires}</p></div>
                <div class="acts">{promote}<form method="post" action="{visit.Path}/payment-methods/{method.Id}/remove"><button class="plain" aria-label="Remove {name}" name="remove">Remove</button></form></div></li>
                """);
        }

        body.Append(CultureInfo.InvariantCulture, $"""</ul><p><a id="add-payment-method" class="button plain" href="{visit.Path}/payment-methods/add">Add payment method</a></p></section>""");
    }

    private static void Details(Visit visit, StringBuilder body)
    {
        var customer = visit.Customer.Value;
        var address = customer["address"] is JsonObject known ? string.Join(", ", PortalCustomer.AddressParts.Select(part => known.Text(part)).OfType<string>()) : null;
        body.Append("""<section aria-labelledby="details-title"><h2 id="details-title">Billing information</h2><dl class="pairs" id="customer">""");
        foreach (var (label, value) in ((string, string?)[])[("Name", customer.Text("name")), ("Email", customer.Text("email")), ("Phone", customer.Text("phone")), ("Address", address)])
        {
            body.Append(CultureInfo.InvariantCulture, $"""<dt>{label}</dt><dd id="customer-{label.ToLowerInvariant()}">{Html.E(string.IsNullOrEmpty(value) ? "–" : value)}</dd>""");
        }

        body.Append("</dl>");
        if (visit.Feature("customer_update").Is("enabled"))
        {
            body.Append(CultureInfo.InvariantCulture, $"""<p><a id="update-customer" class="button plain" href="{visit.Path}/customer">Update information</a></p>""");
        }

        body.Append("</section>");
    }

    private static void Invoices(Visit visit, StringBuilder body)
    {
        body.Append("""<section aria-labelledby="invoices-title"><h2 id="invoices-title">Invoice history</h2><ul class="rows" id="invoices">""");
        foreach (var stored in visit.Invoices.Take(24))
        {
            var invoice = stored.Value;
            var (status, path) = (invoice.Text("status")!, $"{stored.Scope.Account}/{stored.Inner.Text("token")}");
            body.Append(CultureInfo.InvariantCulture, $"""
                <li data-id="{stored.Id}"><div><p><a href="/i/{path}">Invoice {Html.E(invoice.Text("number"))}</a></p><p class="soft">{Html.Date(invoice.Long("created"))} · <a href="/invoice/{path}/pdf" aria-label="PDF of invoice {Html.E(invoice.Text("number"))}">PDF</a></p></div>
                <p>{Currencies.Show(invoice.Long("total"), invoice.Text("currency")!)}</p><span class="badge" data-status="{status}">{HostedInvoice.Title(status)}</span></li>
                """);
        }

        body.Append("</ul></section>");
    }
}
