using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Accounts.Mail;

/// <summary>What a mail says.</summary>
/// <param name="Kind">Stable name, by which operators and limits know it.</param>
public sealed record Letter(string Kind, string Subject, string Text);

/// <summary>Puts mail into the transaction of what it tells of: it leaves only if that commits, and is not lost when the mail server is away.</summary>
public sealed class Mailbox(FieldCipher cipher, TimeProvider clock)
{
    /// <summary>Writes a mail to be sent.</summary>
    public Task Put(Transaction transaction, string recipient, Letter letter, CancellationToken cancellation)
    {
        var id = Ids.New("mail", clock);
        return transaction.Execute(
            "insert into mails (id, kind, recipient, subject, body, next_attempt_at, created_at) values (@id, @Kind, @recipient, @Subject, @Body, @Now, @Now)",
            new { id, letter.Kind, recipient, letter.Subject, Body = cipher.Encrypt(letter.Text, Context(id)), Now = clock.GetUtcNow() }, cancellation);
    }

    /// <summary>Whether the address got so many letters of the kind within the time that it gets no more: nobody's inbox is a toy.</summary>
    public async Task<bool> Overfull(Transaction transaction, string recipient, string kind, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var (lastMinute, lastDay) = await transaction.QueryOne<(long LastMinute, long LastDay)>(
            """
            select count(*) filter (where created_at > @Minute), count(*) from mails
            where lower(recipient) = lower(@recipient) and kind = @kind and created_at > @Day
            """, new { recipient, kind, Minute = now.AddMinutes(-1), Day = now.AddDays(-1) }, cancellation);
        return lastMinute > 0 || lastDay >= LettersADay;
    }

    /// <summary>What binds a body's ciphertext to its mail.</summary>
    internal static string[] Context(string id) => [id, "mail"];

    private const int LettersADay = 10;
}
