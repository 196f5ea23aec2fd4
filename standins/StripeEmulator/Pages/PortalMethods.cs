using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;
using Marketplace.StripeEmulator.Subscriptions;

namespace Marketplace.StripeEmulator.Pages;

/// <summary>Payment methods in the portal: adding one, choosing the default, removing one.</summary>
public static class PortalMethods
{
    private const string Feature = "payment_method_update";

    public static Task<IResult> Show(Engine engine, string token) => Visit.Run(engine, token, Feature, visit => Form(visit, null));

    public static async Task<IResult> Add(Engine engine, HttpRequest request, string token)
    {
        var form = await request.Form();
        try
        {
            return await Visit.Run(engine, token, Feature, visit => Save(visit, CardForm.Method(visit.Tx, form)));
        }
        catch (StripeException refusal)
        {
            await refusal.Durable;
            return await Visit.Run(engine, token, Feature, visit => Form(visit, refusal.Message));
        }
    }

    public static Task<IResult> MakeDefault(Engine engine, string token, string method) => Visit.Run(engine, token, Feature, visit =>
    {
        Prefer(visit, Of(visit, method));
        return SeeOther.To(visit.Path + "?home=1");
    });

    public static Task<IResult> Remove(Engine engine, string token, string method) => Visit.Run(engine, token, Feature, visit =>
    {
        PaymentMethods.Detach(visit.Tx, Of(visit, method));
        return SeeOther.To(visit.Path + "?home=1");
    });

    /// <summary>Back from 3-D Secure.</summary>
    public static Task<IResult> Added(Engine engine, string token, string intent) => Visit.Run(engine, token, Feature, visit =>
    {
        if (visit.Tx.Find("setup_intent", intent) is not { } stored || stored.Value.Text("customer") != visit.Customer.Id)
        {
            throw new PageMissingException();
        }

        return stored.Value.Text("status") == "succeeded"
            ? Saved(visit, stored)
            : Form(visit, (stored.Value["last_setup_error"] as JsonObject)?.Text("message"));
    });

    private static IResult Save(Visit visit, Stored method)
    {
        var tx = visit.Tx;
        var intent = SetupIntents.Add(tx, visit.Customer.Id, null, new JsonArray(method.Value.Text("type")), "off_session");
        intent.Inner["return_url"] = $"{visit.Path}/payment-methods/added";
        Events.Emit(tx, "setup_intent.created", intent);
        return SetupAttempts.Attempt(tx, intent, method) switch
        {
            Outcome.Declined => throw SetupAttempts.LastError(tx, intent),
            Outcome.RequiresAction => SeeOther.To($"/authenticate/{intent.Id}"),
            _ => Saved(visit, intent),
        };
    }

    private static IResult Saved(Visit visit, Stored intent)
    {
        Prefer(visit, Of(visit, intent.Value.Text("payment_method")!));
        return visit.Done("Your payment method was saved");
    }

    private static void Prefer(Visit visit, Stored method)
    {
        var change = new Change(visit.Tx, visit.Customer);
        visit.Tx.Edit(visit.Customer)["invoice_settings"]!["default_payment_method"] = method.Id;
        change.Emit("customer.updated");
        foreach (var subscription in visit.Subscriptions.Where(s => s.Value.Text("default_payment_method") is { } own && own != method.Id).ToList())
        {
            // Else the choice would mean nothing for a subscription with a method of its own.
            SubscriptionUpdate.Update(InnerCall.Of(visit.Tx, new JsonObject { ["default_payment_method"] = method.Id }, [subscription.Id]));
        }
    }

    private static Stored Of(Visit visit, string id) =>
        visit.Tx.Find("payment_method", id) is { } method && method.Value.Text("customer") == visit.Customer.Id ? method : throw new PageMissingException();

    private static IResult Form(Visit visit, string? error) => Html.Page("Add payment method", $"""
        <p><a id="back" href="{visit.Path}?home=1">Back to the portal</a></p>
        <h1>Add payment method</h1>
        {Html.Error(error)}
        <form id="card-form" method="post" action="{visit.Path}/payment-methods/add">
        {CardForm.Fields}
        <button id="save" type="submit">Add</button>
        </form>
        """, error is null ? 200 : 402);
}
