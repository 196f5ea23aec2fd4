using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Accounts.Mail;

/// <summary>Sends what waits. A mail is taken by moving its next attempt ahead, so that replicas do not send it together and a crash only delays it;
/// after eight attempts over two hours it is given up and shown to operators.</summary>
public sealed partial class SendMail(Database database, FieldCipher cipher, Delivery delivery, TimeProvider clock, ILogger<SendMail> logger)
{
    /// <summary>Attempts before a mail is given up.</summary>
    public const int Attempts = 8;

    private const int Batch = 20;

    /// <summary>Takes and sends a batch of what is due; how many it took.</summary>
    public async Task<int> Run(CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var taken = await database.Query<Waiting>(
            """
            update mails set attempts = attempts + 1, next_attempt_at = @now + power(2, attempts) * interval '1 minute'
            where id in (select id from mails where state = 'waiting' and next_attempt_at <= @now order by next_attempt_at limit @Batch for update skip locked)
            returning id, kind, recipient, subject, body, attempts, created_at
            """, new { now, Batch }, cancellation);
        foreach (var mail in taken)
        {
            await Send(mail, cancellation);
        }

        return taken.Count;
    }

    private async Task Send(Waiting mail, CancellationToken cancellation)
    {
        string? failure = null;
        try
        {
            await delivery.Send(new(mail.Id, mail.Recipient, mail.Subject, cipher.Decrypt(mail.Body, Mailbox.Context(mail.Id)), mail.CreatedAt), cancellation);
        }
        catch (Exception exception) when (!cancellation.IsCancellationRequested)
        {
            // Whatever it was, the mail waits for its next attempt; the text of a mail is in no exception.
            failure = $"{exception.GetType().Name}: {exception.GetBaseException().Message}";
            NotSent(logger, mail.Kind, mail.Id, mail.Attempts, failure);
        }

        await database.Execute(
            failure is null ? "update mails set state = 'sent', sent_at = @Now, body = null, last_error = null where id = @Id"
            : "update mails set last_error = left(@failure, 500), state = case when attempts >= @Attempts then 'failed' else state end where id = @Id",
            new { mail.Id, failure, Attempts, Now = clock.GetUtcNow() }, CancellationToken.None);
    }

    private sealed record Waiting(string Id, string Kind, string Recipient, string Subject, string Body, int Attempts, DateTimeOffset CreatedAt);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Mail {Mail} ({Kind}) was not sent at attempt {Attempt}: {Reason}")]
    private static partial void NotSent(ILogger logger, string kind, string mail, int attempt, string reason);
}
