using System.ComponentModel.DataAnnotations;
using Marketplace.Accounts.Users;

namespace Marketplace.Accounts.Mail;

/// <summary>How mail leaves: to an SMTP server, or as files into a folder. Section <c>Mail</c>.</summary>
public sealed record MailSettings
{
    /// <summary>The sender's address.</summary>
    [Required, RegularExpression(EmailAddresses.Pattern, ErrorMessage = EmailAddresses.Expected)]
    public string From { get; init; } = "marketplace@localhost";

    /// <summary>Where mail is dropped as <c>.eml</c> files while no SMTP server is named: the embedded default, for machines that send no mail.</summary>
    public string? DropFolder { get; init; }

    /// <summary>Where the links in mail lead; the gateway's public address when absent.</summary>
    public string? LinkAddress { get; init; }

    /// <summary>The SMTP server.</summary>
    public SmtpSettings Smtp { get; init; } = new();
}

/// <summary>An SMTP server.</summary>
public sealed record SmtpSettings
{
    /// <summary>Its host name; mail is dropped into a folder while there is none.</summary>
    public string? Host { get; init; }

    /// <summary>Its port.</summary>
    [Range(1, 65535)]
    public int Port { get; init; } = 587;

    /// <summary>Whether the connection must be encrypted (STARTTLS).</summary>
    public bool StartTls { get; init; } = true;

    /// <summary>Who signs in there; nobody does when absent.</summary>
    public string? User { get; init; }

    /// <summary>The password of <see cref="User"/>.</summary>
    public string? Password { get; init; }
}

/// <summary>Registers what mail needs.</summary>
public static class MailDefaults
{
    private const string NoWayOut = "Set Mail__Smtp__Host to the server that sends mail, or Mail__DropFolder to a folder that something else sends from: in Production mail has to leave.";

    /// <summary>Settings that are wrong stop the process at its start, and in Production none at all do.</summary>
    public static void AddMail(this IServiceCollection services)
    {
        services.AddOptions<MailSettings>().BindConfiguration("Mail").ValidateDataAnnotations()
            .Validate<IHostEnvironment>((mail, environment) => !environment.IsProduction() || mail is not { Smtp.Host: null or "", DropFolder: null or "" }, NoWayOut)
            .ValidateOnStart();
        services.AddSingleton<Delivery>();
        services.AddSingleton<Letters>();
        services.AddSingleton<Mailbox>();
        services.AddSingleton<SendMail>();
    }
}
