using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Rendering;
using Marketplace.StripeEmulator.Resources;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Admin;

/// <summary>Asks for a dispute of a charge, or of an intent's latest one; an inquiry takes no money yet.</summary>
public sealed record DisputeRequest(string? Charge, string? PaymentIntent, string? Reason, long? Amount, bool Inquiry);

/// <summary>What the card networks tell of a card: a new expiry, or a new number.</summary>
public sealed record CardUpdateRequest(long? ExpMonth, long? ExpYear, string? Number);

/// <summary>What banks do by themselves: dispute a charge, renew a card.</summary>
public static class PaymentRoutes
{
    public static void MapPayments(this RouteGroupBuilder admin)
    {
        admin.MapPost("/disputes", Dispute);
        admin.MapPost("/payment_methods/{id}/update", Renew);
    }

    private static async Task<IResult> Dispute(DisputeRequest request, Engine engine)
    {
        var charge = engine.Look(() => Find(engine, request));
        if (charge is null)
        {
            return AdminEndpoints.Problem(404, "There is no such charge.");
        }

        var left = charge.Value.Long("amount_captured") - charge.Value.Long("amount_refunded");
        if (charge.Value.Text("status") != "succeeded" || charge.Value.Is("disputed") || left == 0 || request.Amount is { } asked && (asked < 1 || asked > left))
        {
            return AdminEndpoints.Problem(409, "Only what was paid, is not given back and was never disputed can be disputed.");
        }

        var done = engine.Run(charge.Scope, Origin.Automatic, tx =>
            Renderer.Present(tx, Disputes.Open(tx, tx.Find("charge", charge.Id)!, request.Reason ?? "fraudulent", request.Inquiry, request.Amount), engine.Options.ApiVersion));
        await done.Durable;
        return Results.Json(done.Value);
    }

    private static async Task<IResult> Renew(string id, CardUpdateRequest request, Engine engine)
    {
        if (engine.Look(() => engine.Store.Find(id)) is not { Kind: "payment_method" } method || method.Value["card"] is null)
        {
            return AdminEndpoints.Problem(404, "There is no such card.");
        }

        if (request.Number is not null && TestNumbers.ByNumber(request.Number) is null)
        {
            return AdminEndpoints.Problem(400, "This is not a test card.");
        }

        var done = engine.Run(method.Scope, Origin.Automatic, tx =>
        {
            var stored = tx.Find("payment_method", id)!;
            PaymentMethods.Renew(tx, stored, request.ExpMonth, request.ExpYear, request.Number is null ? null : TestNumbers.ByNumber(request.Number));
            return Renderer.Present(tx, stored, engine.Options.ApiVersion);
        });
        await done.Durable;
        return Results.Json(done.Value);
    }

    private static Stored? Find(Engine engine, DisputeRequest request)
    {
        var id = request.Charge ?? (request.PaymentIntent is { } intent ? engine.Store.Find(intent)?.Value.Text("latest_charge") : null);
        return id is not null && engine.Store.Find(id) is { Kind: "charge" } charge ? charge : null;
    }
}
