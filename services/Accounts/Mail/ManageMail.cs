using System.ComponentModel.DataAnnotations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Accounts.Mail;

/// <summary>A mail as operators see it; what it says is between the marketplace and its recipient.</summary>
public sealed record MailResponse
{
    /// <summary>The mail (<c>mail_…</c>).</summary>
    public required string Id { get; init; }

    /// <summary>What it is about, such as <c>invitation</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Whom it goes to.</summary>
    public required string Recipient { get; init; }

    /// <summary><c>waiting</c>, <c>sent</c> or <c>failed</c>.</summary>
    public required string State { get; init; }

    /// <summary>Attempts so far.</summary>
    public required int Attempts { get; init; }

    /// <summary>Why the last attempt failed.</summary>
    public string? LastError { get; init; }

    /// <summary>Written at.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Sent at.</summary>
    public DateTimeOffset? SentAt { get; init; }
}

/// <summary>Shows operators the mail of the last 30 days, and sends again what was given up.</summary>
public static class ManageMail
{
    private const string Columns = "id, kind, recipient, state, attempts, last_error, created_at, sent_at";

    /// <summary>200 with a page, newest first. Operators may.</summary>
    /// <param name="state">Only mail in this state.</param>
    public static async Task<Page<MailResponse>> List(
        [AsParameters] PageQuery page,
        [AllowedValues(null, "waiting", "sent", "failed", ErrorMessage = "One of: waiting, sent, failed.")] string? state,
        Database database, CancellationToken cancellation) =>
        Page<MailResponse>.Of(
            await database.Query<MailResponse>(
                $"select {Columns} from mails where (@state::text is null or state = @state) and id < @After order by id desc limit @Take",
                new { state, page.After, page.Take }, cancellation),
            page, mail => mail.Id);

    /// <summary>200; 404 when there is none, 409 <c>mail_sent</c>. It starts with fresh attempts. Operators may.</summary>
    public static async Task<Results<Ok<MailResponse>, ProblemHttpResult>> Retry(
        string id, Caller caller, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        await using var transaction = await database.Begin(cancellation);
        var state = await transaction.QueryOne<string>("select state from mails where id = @id for update", new { id }, cancellation);
        if (state is null or "sent")
        {
            return state is null ? Problem.NotFound("mail", id) : Problems.MailSent();
        }

        var mail = await transaction.QueryOne<MailResponse>(
            $"update mails set state = 'waiting', attempts = 0, next_attempt_at = @Now where id = @id returning {Columns}", new { id, Now = clock.GetUtcNow() }, cancellation);
        await transaction.Record(caller, "mail.retried", null, id, new { state }, new { mail!.State }, cancellation);
        await transaction.Commit(cancellation);
        return TypedResults.Ok(mail);
    }
}
