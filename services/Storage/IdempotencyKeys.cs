using System.Security.Claims;
using System.Text.Json;
using Marketplace.ServiceDefaults;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;

namespace Marketplace.Storage;

/// <summary>Carries out a POST with an <c>Idempotency-Key</c> once. The key is claimed before the handler runs, marked committed inside the
/// handler's own transaction, and its answer kept (encrypted: answers may show a key once) and replayed for 24 hours, to who still holds every role held at the claim. A refusal that the handler
/// returns frees it, whatever was noted on the way: refused is what was not carried out. Of the body, which may hold a
/// password, only a hash under the installation's key is kept: without that key nobody can try guesses against it.</summary>
public sealed class IdempotencyKeys(RequestDelegate next, Database database, IDataProtectionProvider protection, FieldCipher cipher)
{
    private const string Header = "Idempotency-Key";
    private const int MaxKeyLength = 255;
    private const string Purpose = "idempotent-request";
    private static readonly AsyncLocal<Claim?> Ambient = new();
    private readonly IDataProtector protector = protection.CreateProtector("Marketplace", "idempotent-answers");

    /// <summary>The claim of the request being handled, if it carries a key.</summary>
    internal static Claim? Current => Ambient.Value;

    /// <summary>Handles, replays or refuses the request.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        if (!HttpMethods.IsPost(context.Request.Method)
            || !context.Request.Headers.TryGetValue(Header, out var header)
            || context.User.FindFirstValue(ClaimTypes.NameIdentifier) is not { } caller)
        {
            await next(context);
            return;
        }

        var key = header.ToString();
        if (key.Length is 0 or > MaxKeyLength)
        {
            await Problem.Invalid(Header, $"An idempotency key has 1 to {MaxKeyLength} characters.").ExecuteAsync(context);
            return;
        }

        var cancellation = context.RequestAborted;
        var claim = new Claim(Guid.CreateVersion7(), caller, key, $"{context.Request.Method} {context.Request.Path}", await HashBodies(context, cancellation), Grants(context.User));
        if (await Take(claim, cancellation) is { } existing)
        {
            await Answer(context, claim, existing, cancellation);
            return;
        }

        await Handle(context, claim);
    }

    // Null when the claim is ours to carry out, else the row that stands in its way.
    private async Task<Existing?> Take(Claim claim, CancellationToken cancellation)
    {
        var taken = await database.Execute(
            """
            insert into idempotency_keys as k (caller, key, claim, route, body_hash, grants, state, locked_until)
            values (@Caller, @Key, @Id, @Route, @BodyHash, @Grants, 'started', now() + interval '10 seconds')
            on conflict (caller, key) do update set
                claim = excluded.claim, route = excluded.route, body_hash = excluded.body_hash, grants = excluded.grants, state = 'started', locked_until = excluded.locked_until, answer = null, created_at = now()
            where k.created_at < now() - interval '24 hours'
               or (k.state = 'started' and k.locked_until < now() and k.body_hash = any(@BodyHashes) and k.route = excluded.route)
            """, claim, cancellation);
        return taken == 1 ? null : await database.QueryOne<Existing>(
            "select route, body_hash, grants <@ @Grants as holds, state, locked_until > now() as locked, answer from idempotency_keys where caller = @Caller and key = @Key", claim, cancellation)
            ?? new Existing(claim.Route, claim.BodyHash, true, "started", true, null);
    }

    private async Task Answer(HttpContext context, Claim claim, Existing existing, CancellationToken cancellation)
    {
        if (existing.Route != claim.Route || !claim.BodyHashes.Any(hash => existing.BodyHash.AsSpan().SequenceEqual(hash)))
        {
            await Problem.Of(422, "idempotency_key_reused", "This key was used for another request. Use a new key for a new request.", Header).ExecuteAsync(context);
        }
        else if (existing.Answer is not null)
        {
            var answer = JsonSerializer.Deserialize<StoredAnswer>(protector.Unprotect(existing.Answer))!;
            // Whoever lost a role since is not shown what the request showed then. What has no body shows nothing, and may be what took the role: an organization deleted.
            if (!existing.Holds && answer.Body.Length > 0)
            {
                await Problem.Of(409, "idempotency_answer_withheld", "The request was carried out, but you hold fewer roles now than you did then. Read the object, where you still may.").ExecuteAsync(context);
                return;
            }

            context.Response.StatusCode = answer.Status;
            context.Response.Headers["Idempotent-Replayed"] = "true";
            foreach (var (name, value) in answer.Headers)
            {
                context.Response.Headers[name] = value;
            }

            await context.Response.Body.WriteAsync(answer.Body, cancellation);
        }
        else if (existing.State == "committed" && !existing.Locked)
        {
            await Problem.Of(409, "idempotency_answer_lost", "The request was carried out, but its answer was lost. Read the object instead of repeating the request.").ExecuteAsync(context);
        }
        else
        {
            context.Response.Headers.RetryAfter = "1";
            await Problem.Of(409, "idempotency_key_in_use", "The first request with this key is still being handled. Try again shortly.").ExecuteAsync(context);
        }
    }

    private async Task Handle(HttpContext context, Claim claim)
    {
        var body = context.Response.Body;
        using var kept = new MemoryStream();
        context.Response.Body = kept;
        Ambient.Value = claim;
        try
        {
            await next(context);
        }
        finally
        {
            Ambient.Value = null;
            context.Response.Body = body;
        }

        // What a refusal may have committed on the way, such as a customer made at Stripe or one more wrong code, is not what was asked for: the key is free for the same
        // request again, and for a corrected one. A failure, which is thrown past here, leaves it as it is.
        if (context.Response.StatusCode is >= 200 and < 300)
        {
            string[] headers = ["Content-Type", "Location", "ETag"];
            var answer = new StoredAnswer(
                context.Response.StatusCode,
                headers.Where(context.Response.Headers.ContainsKey).ToDictionary(h => h, h => context.Response.Headers[h].ToString(), StringComparer.Ordinal),
                kept.ToArray());
            await database.Execute(
                "update idempotency_keys set state = 'answered', answer = @Answer where caller = @Caller and key = @Key and claim = @Id",
                new { Answer = protector.Protect(JsonSerializer.SerializeToUtf8Bytes(answer)), claim.Caller, claim.Key, claim.Id }, CancellationToken.None);
        }
        else
        {
            await database.Execute("delete from idempotency_keys where caller = @Caller and key = @Key and claim = @Id", claim, CancellationToken.None);
        }

        kept.Position = 0;
        await kept.CopyToAsync(body, context.RequestAborted);
    }

    private async Task<byte[][]> HashBodies(HttpContext context, CancellationToken cancellation)
    {
        context.Request.EnableBuffering();
        var hashes = await cipher.Hash(context.Request.Body, Purpose, cancellation);
        context.Request.Body.Position = 0;
        return hashes;
    }

    // What the caller may do is decided by the handlers, which a replay does not reach: by the roles, organization by organization, and by being an operator.
    private static string[] Grants(ClaimsPrincipal user)
    {
        var caller = ServiceDefaults.Caller.Of(user);
        return [.. caller.Memberships.SelectMany(m => m.Roles.Select(role => $"{m.Organization}/{role}")), .. caller.IsOperator ? (string[])["operator"] : []];
    }

    /// <summary>One use of a key. Its id is the fence: once another request has taken the key over, this one can no longer commit.</summary>
    /// <param name="BodyHashes">Under the current encryption key first, then under the old ones: a rotation leaves repetitions what they are.</param>
    /// <param name="Grants">The roles that the caller holds, as <c>organization/role</c>.</param>
    internal sealed record Claim(Guid Id, string Caller, string Key, string Route, byte[][] BodyHashes, string[] Grants)
    {
        /// <summary>The hash that is kept.</summary>
        public byte[] BodyHash => BodyHashes[0];

        /// <summary>Part of the handler's own transaction: either both happened or neither.</summary>
        public async Task MarkCommitted(Transaction transaction, CancellationToken cancellation)
        {
            var marked = await transaction.Execute(
                """
                update idempotency_keys set state = 'committed'
                where caller = @Caller and key = @Key and claim = @Id and state in ('started', 'committed')
                """, this, cancellation);
            if (marked == 0)
            {
                throw new TimeoutException("The claim on the idempotency key ran out before the commit, and another request has taken the key over.");
            }
        }
    }

    private sealed record Existing(string Route, byte[] BodyHash, bool Holds, string State, bool Locked, byte[]? Answer);

    private sealed record StoredAnswer(int Status, Dictionary<string, string> Headers, byte[] Body);
}
