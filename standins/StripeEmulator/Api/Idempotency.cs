using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Api;

/// <summary>An answer kept for its idempotency key.</summary>
public sealed record KeptAnswer(int Status, string Body, string RequestId);

/// <summary>
/// Idempotency keys per account and mode: the first answer is repeated for 24 hours, other parameters or another
/// endpoint are refused, a second call while the first runs is a conflict. Refused parameters are not kept; a failure
/// once execution began is.
/// </summary>
public sealed class Idempotency(Engine engine)
{
    private const long Kept = 24 * 3600;
    private readonly HashSet<string> running = new(StringComparer.Ordinal);

    /// <summary>The answer to repeat, or null when the caller must go on and call <see cref="End"/>.</summary>
    public KeptAnswer? Begin(Scope scope, string key, string path, FormValue sent)
    {
        if (key.Length > 255)
        {
            throw StripeException.Invalid("Idempotency-Key is too long: it may have at most 255 characters.");
        }

        var id = Id(scope, key);
        if (engine.Look(() => Known(id, key, path, sent)) is { } kept)
        {
            return kept;
        }

        lock (running)
        {
            if (!running.Add(id))
            {
                throw new StripeException(
                    409,
                    "idempotency_error",
                    "idempotency_key_in_use",
                    $"There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): {key}. Please try again later.");
            }
        }

        try
        {
            // The one that ran may have ended since the first look.
            if (engine.Look(() => Known(id, key, path, sent)) is not { } since)
            {
                return null;
            }

            End(scope, key);
            return since;
        }
        catch (StripeException)
        {
            End(scope, key);
            throw;
        }
    }

    public void End(Scope scope, string key)
    {
        lock (running)
        {
            running.Remove(Id(scope, key));
        }
    }

    /// <summary>Keeps the answer in the same transaction as what it answers.</summary>
    public static void Keep(Transaction transaction, string key, string path, FormValue sent, KeptAnswer answer)
    {
        var id = Id(transaction.Scope, key);
        if (transaction.Store.Find(id) is { } expired)
        {
            transaction.Remove(expired);
        }

        if (transaction.Store.OfKind(transaction.Scope, "idempotency").Min is { } oldest && oldest.Value.Long("created") + Kept < transaction.Now)
        {
            transaction.Remove(oldest);
        }

        transaction.Add("idempotency", id, new JsonObject
        {
            ["path"] = path,
            ["hash"] = Hash(sent),
            ["status"] = answer.Status,
            ["body"] = answer.Body,
            ["request"] = answer.RequestId,
            ["created"] = transaction.Now,
        });
    }

    private KeptAnswer? Known(string id, string key, string path, FormValue sent)
    {
        if (engine.Store.Find(id)?.Value is not { } known || known.Long("created") + Kept <= engine.Clock.Seconds)
        {
            return null;
        }

        if (known.Text("path") != path)
        {
            throw Error($"Keys for idempotent requests can only be used for the same endpoint they were first used for ('{known.Text("path")}' vs '{path}'). Try using a key other than '{key}' if you meant to execute a different request.");
        }

        return known.Text("hash") == Hash(sent)
            ? new KeptAnswer((int)known.Long("status"), known.Text("body")!, known.Text("request")!)
            : throw Error($"Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '{key}' if you meant to execute a different request.");
    }

    private static StripeException Error(string message) => new(400, "idempotency_error", null, message);

    private static string Id(Scope scope, string key) => $"idempotency/{scope.Account}/{(scope.Livemode ? "live" : "test")}/{key}";

    private static string Hash(FormValue sent) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(sent.Canonical())));
}
