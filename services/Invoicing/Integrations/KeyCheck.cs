using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Invoicing;

/// <summary>What a checked pair of keys turned out to be.</summary>
public sealed record CheckedKeys(string AccountId, bool Livemode);

/// <summary>Proves a pair of keys before it is stored: known to Stripe, of one mode and one account, and allowed what the billing model needs. Nothing is
/// made or changed at Stripe.</summary>
public sealed partial class KeyCheck(StripeConnections stripe, PermissionProbe probe)
{
    private const string Account = "/v1/account";

    /// <summary>The account and mode of the pair, or the refusal.</summary>
    public async Task<(CheckedKeys? Keys, ProblemHttpResult? Refusal)> Check(string billingModel, string publishableKey, string secretKey, CancellationToken cancellation)
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
            return await Ask(billingModel, publishable, publishableKey, secret, secretKey, cancellation);
        }
        catch (Exception exception) when (StripeFailure.Of(exception, cancellation) is { } failure)
        {
            return (null, failure.Kind == StripeFailureKind.AccountWide ? Problems.StripeKeyInvalid() : Problems.StripeAway());
        }
    }

    private async Task<(CheckedKeys? Keys, ProblemHttpResult? Refusal)> Ask(
        string billingModel, StripeKeyForm publishable, string publishableKey, StripeKeyForm secret, string secretKey, CancellationToken cancellation)
    {
        var session = stripe.Session(secretKey);
        var self = await stripe.Ask(session, "GET", Account, "", null, cancellation);
        // A restricted key may well not read its own account: then Stripe's refusal names it.
        var account = self.IsSuccess ? self.Body.GetProperty("id").GetString() : Named().Match(self.Message ?? "") is { Success: true } named ? named.Value : secret.AccountId;
        if (account is null)
        {
            return (null, Problems.StripeAccountUnknown());
        }

        if (await Publishable(publishable, publishableKey, account, session, cancellation) is { } refusal)
        {
            return (null, refusal);
        }

        if (session.IsRestricted)
        {
            var missing = (await probe.Probe(session, StripePermissions.Of[billingModel].Where(p => p.Required), cancellation)).Where(p => p.Has != true).ToList();
            if (missing.Count > 0)
            {
                return (null, Problems.StripePermissionsMissing(billingModel, missing));
            }
        }

        return (new(account, secret.Livemode), null);
    }

    // That Stripe knows the key: asked for what only a secret key may, it says so, and a key that it does not know is told that. Whose the key is stands
    // in its form (keys made since 2019); for an older one an intent of the account has to be there, which only its own publishable key can open.
    private async Task<ProblemHttpResult?> Publishable(StripeKeyForm form, string key, string account, StripeSession secret, CancellationToken cancellation)
    {
        var session = stripe.Session(key);
        try
        {
            var answer = await stripe.Ask(session, "GET", Account, "", null, cancellation);
            if (answer.Code != StripeAnswer.SecretKeyRequired && !answer.IsSuccess)
            {
                return Problems.PublishableKeyInvalid();
            }
        }
        catch (JobFailedException exception) when (exception.Failure.Kind == StripeFailureKind.AccountWide)
        {
            return Problems.PublishableKeyInvalid();
        }

        var own = form.AccountId is { } named ? named == account : await OpensAnIntent(session, secret, cancellation);
        return own switch
        {
            true => null,
            false => Problems.AccountMismatch($"The publishable key belongs to another Stripe account than the secret key's {account}.", "publishableKey"),
            null => Problems.PublishableKeyUnproven(account),
        };
    }

    private async Task<bool?> OpensAnIntent(StripeSession publishable, StripeSession secret, CancellationToken cancellation)
    {
        foreach (var kind in (string[])["setup_intents", "payment_intents"])
        {
            var listed = await stripe.Ask(secret, "GET", $"/v1/{kind}?limit=1", "", null, cancellation);
            if (listed.IsSuccess && listed.Body.GetProperty("data") is var data && data.GetArrayLength() > 0
                && data[0].TryGetProperty("client_secret", out var given) && given.GetString() is { } clientSecret)
            {
                var opened = await stripe.Ask(publishable, "GET", $"/v1/{kind}/{data[0].GetProperty("id").GetString()}?client_secret={Uri.EscapeDataString(clientSecret)}", "", null, cancellation);
                return opened.IsSuccess ? true : opened.Status == HttpStatusCode.NotFound ? false : null;
            }
        }

        return null;
    }

    [GeneratedRegex("acct_[A-Za-z0-9]{8,40}", RegexOptions.NonBacktracking)]
    private static partial Regex Named();
}
