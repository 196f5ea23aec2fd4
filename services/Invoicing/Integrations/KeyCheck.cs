using System.Net;
using Microsoft.AspNetCore.Http.HttpResults;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>What a checked pair of keys turned out to be.</summary>
public sealed record CheckedKeys(string AccountId, bool Livemode);

/// <summary>Proves a pair of keys before it is stored: one mode, one account, known to Stripe, and allowed what billing needs.</summary>
public sealed class KeyCheck(StripeConnections stripe)
{
    private const string Nobody = "cus_marketplace_permission_probe";
    private const string Nothing = "in_marketplace_permission_probe";

    /// <summary>The account and mode of the pair, or the refusal.</summary>
    public async Task<(CheckedKeys? Keys, ProblemHttpResult? Refusal)> Check(string publishableKey, string secretKey, CancellationToken cancellation)
    {
        if (StripeKeyForm.Read(publishableKey) is not { Kind: "pk" } publishable)
        {
            return (null, Problems.KeyForm("publishableKey", "pk_test_ or pk_live_"));
        }

        if (StripeKeyForm.Read(secretKey) is not { Kind: "sk" or "rk" } secret)
        {
            return (null, Problems.KeyForm("secretKey", "sk_test_, sk_live_, rk_test_ or rk_live_"));
        }

        if (publishable.Livemode != secret.Livemode)
        {
            return (null, Problems.LivemodeMismatch("One key is a test key and the other a live one. Use two keys of one mode.", "publishableKey"));
        }

        try
        {
            return await Ask(publishable, secret, stripe.Open(secretKey), cancellation);
        }
        catch (Exception exception) when (StripeFailure.Of(exception, cancellation) is { Kind: not StripeFailureKind.Refused } failure)
        {
            return (null, failure.Code == "key_revoked" ? Problems.StripeKeyInvalid() : Problems.StripeAway());
        }
    }

    private static async Task<(CheckedKeys? Keys, ProblemHttpResult? Refusal)> Ask(StripeKeyForm publishable, StripeKeyForm secret, StripeClient client, CancellationToken cancellation)
    {
        // A restricted key may well not read its own account (403): then its form must tell it, and the probes below prove that it works.
        var account = await Allowed(async () => (await client.V1.Accounts.GetSelfAsync(cancellationToken: cancellation)).Id) ?? secret.AccountId;
        if (account is null)
        {
            return (null, Problems.StripeAccountUnknown());
        }

        // A publishable key whose form does not tell its account cannot be judged.
        if (publishable.AccountId is { } other && other != account)
        {
            return (null, Problems.AccountMismatch($"The publishable key belongs to another Stripe account than the secret key's {account}.", "publishableKey"));
        }

        if (secret.Kind == "rk" && await MissingPermission(client, cancellation) is { } permission)
        {
            return (null, Problems.StripePermissionMissing(permission));
        }

        return (new(account, secret.Livemode), null);
    }

    // Writes to objects that cannot exist: 404 proves the permission, 403 its absence, and nothing is changed.
    private static async Task<string?> MissingPermission(StripeClient client, CancellationToken cancellation)
    {
        var metadata = new Dictionary<string, string> { ["probe"] = "permission" };
        return await Allowed(() => Absent(() => client.V1.Customers.UpdateAsync(Nobody, new CustomerUpdateOptions { Metadata = metadata }, cancellationToken: cancellation))) is null
            ? "Customers: Write"
            : await Allowed(() => Absent(() => client.V1.Invoices.UpdateAsync(Nothing, new InvoiceUpdateOptions { Metadata = metadata }, cancellationToken: cancellation))) is null
            ? "Invoices: Write"
            : null;
    }

    private static async Task<string?> Allowed(Func<Task<string>> call)
    {
        try
        {
            return await call();
        }
        catch (StripeException exception) when (exception.HttpStatusCode == HttpStatusCode.Forbidden)
        {
            return null;
        }
    }

    private static async Task<string> Absent<T>(Func<Task<T>> call)
    {
        try
        {
            await call();
            return "changed";
        }
        catch (StripeException exception) when (exception.HttpStatusCode == HttpStatusCode.NotFound)
        {
            return "absent";
        }
    }
}
