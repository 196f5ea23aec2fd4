using System.Globalization;
using System.Net;
using System.Net.Mail;
using System.Text;
using Microsoft.Extensions.Options;

namespace Marketplace.Accounts.Mail;

/// <summary>A mail on its way out.</summary>
/// <param name="Id">Becomes the Message-ID, by which a mail that was sent twice can be told.</param>
public sealed record OutgoingMail(string Id, string Recipient, string Subject, string Body, DateTimeOffset CreatedAt);

/// <summary>Hands mail to the SMTP server, or drops it into the folder when there is none.</summary>
public sealed class Delivery(IOptions<MailSettings> options)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly MailSettings settings = options.Value;

    /// <summary>Returns once the mail was taken; throws otherwise.</summary>
    public Task Send(OutgoingMail mail, CancellationToken cancellation) => settings.Smtp.Host is { Length: > 0 } host ? Submit(mail, host, cancellation) : Drop(mail, cancellation);

    private async Task Submit(OutgoingMail mail, string host, CancellationToken cancellation)
    {
        using var client = new SmtpClient(host, settings.Smtp.Port) { EnableSsl = settings.Smtp.StartTls };
        if (settings.Smtp.User is { Length: > 0 } user)
        {
            client.Credentials = new NetworkCredential(user, settings.Smtp.Password);
        }

        using var message = new MailMessage(settings.From, mail.Recipient, mail.Subject, mail.Body) { BodyEncoding = Encoding.UTF8, SubjectEncoding = Encoding.UTF8 };
        message.Headers.Add("Message-ID", MessageId(mail));
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(Patience);
        await client.SendMailAsync(message, patience.Token);
    }

    // Named after the mail and moved into place whole: who reads the folder sees each mail once and no half one.
    private async Task Drop(OutgoingMail mail, CancellationToken cancellation)
    {
        var folder = Directory.CreateDirectory(settings.DropFolder is { Length: > 0 } named ? named : "mail").FullName;
        var text = string.Join("\r\n",
            $"Message-ID: {MessageId(mail)}",
            $"Date: {mail.CreatedAt.ToString("ddd, dd MMM yyyy HH:mm:ss", CultureInfo.InvariantCulture)} +0000",
            $"From: {settings.From}",
            $"To: {mail.Recipient}",
            $"Subject: {Header(mail.Subject)}",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: 8bit",
            "",
            mail.Body.ReplaceLineEndings("\r\n"));
        var file = Path.Combine(folder, $"{mail.Id}.eml");
        await File.WriteAllTextAsync(file + ".new", text, cancellation);
        File.Move(file + ".new", file, overwrite: true);
    }

    private static string MessageId(OutgoingMail mail) => $"<{mail.Id}@marketplace>";

    // Other letters than ASCII's travel encoded in a header (RFC 2047).
    private static string Header(string text) => text.All(char.IsAscii) ? text : $"=?utf-8?B?{Convert.ToBase64String(Encoding.UTF8.GetBytes(text))}?=";
}
