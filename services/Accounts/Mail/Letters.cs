using System.Globalization;
using Microsoft.Extensions.Options;

namespace Marketplace.Accounts.Mail;

/// <summary>Everything that is said by mail, in one place.</summary>
public sealed class Letters(IOptions<MailSettings> settings, IConfiguration configuration)
{
    /// <summary>Kind of the mail that confirms an address.</summary>
    public const string ConfirmEmailKind = "confirm_email";

    /// <summary>Kind of the mail that lets its reader set a new password.</summary>
    public const string ResetPasswordKind = "reset_password";

    /// <summary>Asks the owner of an address to confirm it.</summary>
    public Letter ConfirmEmail(string token) => new(ConfirmEmailKind, "Confirm your e-mail address",
        $"""
        Somebody signed up to the marketplace with this e-mail address. If it was you, confirm it within three days:

        {Link("confirm-email", token)}

        or send this token to POST /v1/users/confirm-email:

        {token}

        If it was not you, do nothing.
        """);

    /// <summary>Lets the owner of an address set a new password.</summary>
    public Letter ResetPassword(string token) => new(ResetPasswordKind, "Set a new password",
        $"""
        Somebody asked for a new password for this e-mail address. If it was you, set one within an hour:

        {Link("reset-password", token)}

        or send this token with the new password to POST /v1/users/reset-password:

        {token}

        If it was not you, do nothing: your password stays as it is.
        """);

    /// <summary>Tells that the password is another one now.</summary>
    public static Letter PasswordChanged() => new("password_changed", "Your password was changed",
        """
        The password of your account was changed, and every other session was ended. Personal API tokens stay as they are.

        If it was not you, set a new password at once and look through your tokens.
        """);

    /// <summary>Tells that the second factor is on or off now.</summary>
    public static Letter SecondFactorChanged(bool on) => new("second_factor_changed", on ? "Your second factor is on" : "Your second factor is off",
        $"""
        {(on ? "From now on signing in asks for a code of your authenticator app." : "From now on signing in asks for your password only.")}

        If it was not you, set a new password at once.
        """);

    /// <summary>Invites somebody to an organization.</summary>
    public Letter Invitation(string organization, string inviter, IEnumerable<string> roles, string token, DateTimeOffset expires) => new("invitation", $"Invitation to {organization}",
        $"""
        {inviter} invites you to {organization}, as {string.Join(", ", roles)}. Sign up or sign in with this e-mail address and accept by {expires.ToString("d MMMM yyyy", CultureInfo.InvariantCulture)}:

        {Link("invitations", token)}

        or send it to POST /v1/invitations/{token}/accept.
        """);

    /// <summary>The code that confirms the deletion of an organization.</summary>
    public static Letter DeletionCode(string organization, string code) => new("deletion_code", $"Code to delete {organization}",
        $"""
        Somebody with your sign-in is about to delete the organization {organization}. Its subscriptions end at once and are charged for what was used;
        nothing brings them back. The code, good for 15 minutes:

        {code}

        If it was not you, change your password.
        """);

    /// <summary>Tells a provider that a consumer waits for approval.</summary>
    public static Letter ApprovalPending(string organization, string id) => new("approval_pending", $"{organization} asks to be let in",
        $"""
        {organization} ({id}) signed up and waits for your approval. Its members can do nothing until you decide:

        POST /v1/organizations/{id}/approve
        POST /v1/organizations/{id}/reject
        """);

    /// <summary>Tells a consumer what the provider decided.</summary>
    public static Letter ApprovalDecided(string organization, bool approved) => new("approval_decided", approved ? $"{organization} was let in" : $"{organization} was turned down",
        approved ? $"The provider approved {organization}. You can subscribe now." : $"The provider turned {organization} down. Ask the provider for its reasons.");

    private string Link(string page, string token)
    {
        var address = settings.Value.LinkAddress is { Length: > 0 } own ? own : configuration["Marketplace:PublicUrl"];
        return $"{address?.TrimEnd('/')}/{page}?token={token}";
    }
}
