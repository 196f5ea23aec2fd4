using Marketplace.Accounts.Members;
using Marketplace.Accounts.Organizations;
using Marketplace.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Marketplace.Accounts;

/// <summary>Every refusal of Accounts. <c>code</c> is part of the public contract.</summary>
public static class Problems
{
    /// <summary>Somebody signed up with this address already.</summary>
    public static ProblemHttpResult EmailTaken() =>
        Problem.Of(409, "email_taken", "There is a user with this e-mail address. Sign in instead.", "email");

    /// <summary>Unknown address or wrong password: the two look alike on purpose.</summary>
    public static ProblemHttpResult CredentialsInvalid() =>
        Problem.Of(401, "credentials_invalid", "The e-mail address and the password do not fit together.");

    /// <summary>Too many failed sign-ins with this address, whether or not it has a user.</summary>
    public static ProblemHttpResult SignInLocked(HttpContext context, TimeSpan remaining)
    {
        context.Response.Headers.RetryAfter = $"{Math.Max(1, (int)Math.Ceiling(remaining.TotalSeconds))}";
        return Problem.Of(429, "sign_in_locked", "Too many failed sign-ins with this address. Try again after the time in Retry-After.");
    }

    /// <summary>The caller was mailed a code a moment ago, or often today.</summary>
    public static ProblemHttpResult TooManyLetters() =>
        Problem.Of(429, "too_many_letters", "A code was mailed to you a moment ago, or too many today. Use it, or ask again in a minute.");

    /// <summary>The refresh token is not ours, or its session is over.</summary>
    public static ProblemHttpResult RefreshTokenInvalid() =>
        Problem.Of(401, "refresh_token_invalid", "The session of this refresh token is over. Sign in again.");

    /// <summary>The refresh token was exchanged before: one of its two holders is a thief, so its session ends.</summary>
    public static ProblemHttpResult RefreshTokenReused() =>
        Problem.Of(401, "refresh_token_reused", "This refresh token was used before, so its session was ended for safety. Sign in again.");

    /// <summary>Signing out needs a session; a personal token has none.</summary>
    public static ProblemHttpResult SessionMissing() =>
        Problem.Of(409, "session_missing", "A personal API token has no session to sign out of. Revoke it with DELETE /v1/tokens/{id}.");

    /// <summary>The client's token is unknown, expired, revoked, or of a session that is over.</summary>
    public static ProblemHttpResult TokenInvalid() =>
        Problem.Of(401, "token_invalid", "The token is not valid or not valid any more. Sign in again.");

    /// <summary>A consumer organization names a catalog that does not exist.</summary>
    public static ProblemHttpResult CatalogUnknown(string catalogId) =>
        Problem.Of(422, "catalog_unknown", $"There is no catalog '{catalogId}'.", "catalogId");

    /// <summary>Nobody is there any more to sell in the catalog.</summary>
    public static ProblemHttpResult ProviderDeleted(string catalogId) =>
        Problem.Of(409, "provider_deleted", $"The provider of catalog '{catalogId}' was deleted; nobody signs up to it any more.", "catalogId");

    /// <summary>The provider invites its consumers itself.</summary>
    public static ProblemHttpResult SelfSignupDisabled(string catalogId) =>
        Problem.Of(403, "self_signup_disabled", $"Catalog '{catalogId}' does not let users sign up by themselves. Ask its provider for an invitation.");

    /// <summary>An organization of this kind has no such role.</summary>
    public static ProblemHttpResult RoleUnknown(string kind) =>
        Problem.Invalid("roles", $"A {kind} organization has the roles {string.Join(", ", Organization.RolesOf(kind))}.");

    /// <summary>An organization never loses its last owner (provider) or administrator (consumer).</summary>
    public static ProblemHttpResult LastAdministrator(string kind) =>
        Problem.Of(409, "last_administrator", $"This member is the organization's last {Organization.HighestRole(kind)}. Give the role to another member first.");

    /// <summary>Nobody would be left who could administer the organization.</summary>
    public static ProblemHttpResult LastAdministrator(Organization organization) => Problem.Of(
        409, "last_administrator",
        $"This user is the last {Organization.HighestRole(organization.Kind)} of organization '{organization.Id}' who may sign in. Another member needs the role first; or disable the organization, whose members then hold no roles.");

    /// <summary>Nobody could administer the organization.</summary>
    public static ProblemHttpResult AdministratorsDisabled(string kind) => Problem.Of(
        409, "administrators_disabled", $"Every {Organization.HighestRole(kind)} of this organization is disabled. An operator enables one of these users first.");

    /// <summary>The invited address belongs to a member.</summary>
    public static ProblemHttpResult AlreadyMember() =>
        Problem.Of(409, "already_member", "A user with this address is a member already. Change the member's roles instead.", "email");

    /// <summary>The user belongs to as many organizations as a user may.</summary>
    public static ProblemHttpResult TooManyOrganizations() =>
        Problem.Of(409, "too_many_organizations", $"A user belongs to at most {MembershipLimit.Most} organizations. Leave one first, or act as another user.");

    /// <summary>The invitation names another address than the caller's.</summary>
    public static ProblemHttpResult InvitationForAnother() =>
        Problem.Of(403, "invitation_for_another", "The invitation was made for another e-mail address. Sign in with the invited one.");

    /// <summary>The invitation was accepted, withdrawn or replaced.</summary>
    public static ProblemHttpResult InvitationClosed() =>
        Problem.Of(409, "invitation_closed", "The invitation was used or withdrawn. Ask for a new one.");

    /// <summary>The invitation is too old.</summary>
    public static ProblemHttpResult InvitationExpired() =>
        Problem.Of(409, "invitation_expired", "The invitation has expired. Ask for a new one.");

    /// <summary>The password was right, but the address is not confirmed.</summary>
    public static ProblemHttpResult EmailNotConfirmed() =>
        Problem.Of(403, "email_not_confirmed", "Open the link that was mailed to this address first. POST /v1/users/resend-confirmation mails another one.");

    /// <summary>The password was right, but an operator has disabled the user.</summary>
    public static ProblemHttpResult UserDisabled() =>
        Problem.Of(403, "user_disabled", "This user was disabled. Ask the operator of the marketplace.");

    /// <summary>A mailed token that is unknown, was used, was replaced by a newer one, or is too old.</summary>
    public static ProblemHttpResult LinkInvalid() =>
        Problem.Of(409, "link_invalid", "The link was used or replaced, or is too old. Ask for another mail.", "token");

    /// <summary>What guards an account is changed in a session only.</summary>
    public static ProblemHttpResult SessionNeeded() =>
        Problem.Of(409, "session_missing", "A personal API token may not change this. Sign in.");

    /// <summary>The password that was asked for again is wrong.</summary>
    public static ProblemHttpResult PasswordWrong(string field) =>
        Problem.Of(403, "password_wrong", "This is not your password.", field);

    /// <summary>A wrong or used code of the second factor, at sign-in and for who is signed in.</summary>
    public static ProblemHttpResult CodeWrong() =>
        Problem.Of(403, "code_wrong", "The code is wrong or was used. Wait for the app's next one.", "code");

    /// <summary>The ticket of a sign-in is not ours, too old, or from before a change of password or second factor.</summary>
    public static ProblemHttpResult TicketInvalid() =>
        Problem.Of(401, "ticket_invalid", "The ticket is not good any more. Begin the sign-in again.");

    /// <summary>The second factor is on already.</summary>
    public static ProblemHttpResult SecondFactorOn() =>
        Problem.Of(409, "second_factor_on", "There is a second factor. Turn it off before you enrol another one.");

    /// <summary>There is no second factor to confirm, renew or turn off.</summary>
    public static ProblemHttpResult SecondFactorOff() =>
        Problem.Of(409, "second_factor_off", "There is no second factor. POST /v1/me/second-factor begins one.");

    /// <summary>What was sent is not sent again.</summary>
    public static ProblemHttpResult MailSent() =>
        Problem.Of(409, "mail_sent", "The mail was sent, and what it said was forgotten. Let its cause write another one.");

    /// <summary>The catalog takes no new consumer organizations, from nobody.</summary>
    public static ProblemHttpResult ConsumerOrganizationsDisabled(string catalogId) =>
        Problem.Of(403, "consumer_organizations_disabled", $"Catalog '{catalogId}' takes no new consumer organizations.");

    /// <summary>Why a member cannot hold these roles together, or null.</summary>
    public static ProblemHttpResult? OfRoles(string kind, IReadOnlyCollection<string> roles) =>
        roles.Any(role => !Organization.RolesOf(kind).Contains(role)) ? RoleUnknown(kind) : Organization.Combine(roles) ? null : RolesExclusive();

    /// <summary>Owner, admin and member stand alone.</summary>
    public static ProblemHttpResult RolesExclusive() =>
        Problem.Invalid("roles", "owner and admin hold every other role's rights, and member adds nothing to them: each is given alone. The other roles combine.");

    /// <summary>A consumer that was not approved cannot be enabled.</summary>
    public static ProblemHttpResult ApprovalPending() =>
        Problem.Of(409, "approval_pending", "The provider has not approved this organization. Approve it instead.");

    /// <summary>The consumer was let in; what is left is to disable it.</summary>
    public static ProblemHttpResult ApprovalDecided() =>
        Problem.Of(409, "approval_decided", "This organization was approved already. Disable it instead.");

    /// <summary>What an operator switched off, only an operator switches on.</summary>
    public static ProblemHttpResult DisabledByOperator() =>
        Problem.Of(403, "disabled_by_operator", "An operator of the marketplace has disabled this organization. Ask the operator.");

    /// <summary>The typed title is not the organization's.</summary>
    public static ProblemHttpResult TitleDiffers() =>
        Problem.Invalid("title", "Type the organization's title exactly as it is shown.");

    /// <summary>The code that was mailed is another one, too old, or was guessed at too often.</summary>
    public static ProblemHttpResult DeletionCodeWrong() =>
        Problem.Of(403, "code_wrong", "The code is wrong or too old. Ask for another one.", "code");

    /// <summary>The provider still has what others depend on, or what holds its keys at Stripe.</summary>
    public static ProblemHttpResult OrganizationInUse(IReadOnlyList<ProviderUse> uses)
    {
        var problem = Problem.Of(409, "organization_in_use",
            $"This provider still has {string.Join(", ", uses.Select(use => $"{use.Count} {use.What} ({string.Join(", ", use.Ids)}{(use.Count > use.Ids.Length ? ", …" : "")})"))}. "
            + "Delete them first: a catalog once nothing is published in it and no consumer organization is left, a billing integration once everything is settled.");
        problem.ProblemDetails.Extensions["uses"] = uses;
        return problem;
    }

    /// <summary>Somebody has to be able to enable users again.</summary>
    public static ProblemHttpResult LastOperator() =>
        Problem.Of(409, "last_operator", "This is the installation's last operator who may sign in. Enable or make another one first.");

    /// <summary>Operators do not lock themselves out.</summary>
    public static ProblemHttpResult OwnAccount() =>
        Problem.Of(409, "own_account", "You cannot disable your own user.");

    /// <summary>Only consumers have teams.</summary>
    public static ProblemHttpResult TeamsOfConsumers() =>
        Problem.Of(409, "teams_of_consumers", "Only consumer organizations have teams. Give a provider's members their roles directly.");

    /// <summary>Two teams of an organization are told apart by their titles.</summary>
    public static ProblemHttpResult TeamTitleTaken() =>
        Problem.Of(409, "title_taken", "The organization has a team of this title. Choose another one.", "title");

    /// <summary>An organization always has its default team.</summary>
    public static ProblemHttpResult DefaultTeam() =>
        Problem.Of(409, "default_team", "The default team stays as long as its organization. Rename it instead.");

    /// <summary>Who loses roles with a team is decided one by one.</summary>
    public static ProblemHttpResult TeamHasMembers() =>
        Problem.Of(409, "team_has_members", "The team has members, who would lose its roles. Take them out first.");

    /// <summary>The member is in the team already.</summary>
    public static ProblemHttpResult AlreadyInTeam() =>
        Problem.Of(409, "already_in_team", "This member is in the team already. PUT the member's roles instead.", "userId");

    /// <summary>A team gives no such role.</summary>
    public static ProblemHttpResult TeamRoleUnknown() =>
        Problem.Invalid("roles", $"In a team there are the roles {string.Join(", ", Team.Roles)}.");
}
