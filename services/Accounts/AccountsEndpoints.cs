using Marketplace.Accounts.Audit;
using Marketplace.Accounts.Invitations;
using Marketplace.Accounts.Mail;
using Marketplace.Accounts.Members;
using Marketplace.Accounts.Organizations;
using Marketplace.Accounts.SecondFactor;
using Marketplace.Accounts.Sessions;
using Marketplace.Accounts.Teams;
using Marketplace.Accounts.Tokens;
using Marketplace.Accounts.Users;
using Marketplace.ServiceDefaults;

namespace Marketplace.Accounts;

/// <summary>Every route of Accounts. Callers come with internal tokens, but for sign-up, sign-in, refresh
/// and what is proven by a mailed link, which anybody may call.</summary>
public static class AccountsEndpoints
{
    /// <summary>Maps them.</summary>
    public static void MapAccounts(this IEndpointRouteBuilder app)
    {
        var open = app.MapGroup("/v1").WithTags("Accounts").AllowAnonymous().ProducesValidationProblem();
        open.MapPost("/users", SignUp.Handle).WithName("SignUp").ProducesProblem(403).ProducesProblem(409).ProducesProblem(422);
        open.MapPost("/sessions", SignIn.Handle).WithName("SignIn").ProducesProblem(401).ProducesProblem(403).ProducesProblem(429);
        open.MapPost("/sessions/second-factor", SignInSecond.Handle).WithName("SignInSecond").ProducesProblem(401).ProducesProblem(403).ProducesProblem(429);
        open.MapPost("/users/confirm-email", ConfirmEmail.Handle).WithName("ConfirmEmail").ProducesProblem(409);
        open.MapPost("/users/resend-confirmation", ConfirmEmail.Resend).WithName("ResendConfirmation");
        open.MapPost("/users/forgot-password", ResetPassword.Ask).WithName("ForgotPassword");
        open.MapPost("/users/reset-password", ResetPassword.Handle).WithName("ResetPassword").ProducesProblem(409);
        open.MapPost("/sessions/refresh", RefreshSession.Handle).WithName("RefreshSession").ProducesProblem(401);

        var own = app.MapGroup("/v1").WithTags("Accounts").RequireAuthorization(Policies.User).ProducesValidationProblem().ProducesProblem(401);
        own.MapDelete("/sessions", SignOut.Handle).WithName("SignOut").ProducesProblem(409);
        own.MapGet("/sessions", ListSessions.Handle).WithName("ListSessions");
        own.MapDelete("/sessions/{id}", ListSessions.End).WithName("DeleteSession").ProducesProblem(404);
        own.MapGet("/me", ShowMe.Handle).WithName("GetMe").ProducesProblem(404);
        own.MapPost("/me/password", ChangePassword.Handle).WithName("ChangePassword")
            .ProducesProblem(403).ProducesProblem(409).ProducesProblem(429);
        own.MapPost("/me/second-factor", ManageSecondFactor.Enrol).WithName("EnrolSecondFactor")
            .ProducesProblem(403).ProducesProblem(409).ProducesProblem(429);
        own.MapPost("/me/second-factor/confirm", ManageSecondFactor.Confirm).WithName("ConfirmSecondFactor").ProducesProblem(403).ProducesProblem(409);
        own.MapPost("/me/second-factor/recovery-codes", ManageSecondFactor.Renew).WithName("RenewRecoveryCodes")
            .ProducesProblem(403).ProducesProblem(409).ProducesProblem(429);
        own.MapPost("/me/second-factor/disable", ManageSecondFactor.Disable).WithName("DisableSecondFactor")
            .ProducesProblem(403).ProducesProblem(409).ProducesProblem(429);
        own.MapPost("/tokens", CreateToken.Handle).WithName("CreateToken");
        own.MapGet("/tokens", ListTokens.Handle).WithName("ListTokens");
        own.MapDelete("/tokens/{id}", RevokeToken.Handle).WithName("DeleteToken").ProducesProblem(404);
        own.MapPost("/invitations/{token}/accept", AcceptInvitation.Handle).WithName("AcceptInvitation").ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);

        app.MapGet("/v1/audit-log", ListChanges.Handle).WithName("ListChanges").WithTags("Audit log").RequireAuthorization(Policies.User)
            .ProducesValidationProblem().ProducesProblem(401);

        var organizations = app.MapGroup("/v1/organizations").WithTags("Organizations").RequireAuthorization(Policies.User).ProducesValidationProblem().ProducesProblem(401);
        organizations.MapPost("/", CreateOrganization.Handle).WithName("CreateOrganization").ProducesProblem(403).ProducesProblem(409).ProducesProblem(422);
        organizations.MapGet("/", ListOrganizations.Handle).WithName("ListOrganizations");

        var organization = organizations.MapGroup("/{id}").ProducesProblem(404);
        organization.MapGet("/", ReadOrganization.Handle).WithName("GetOrganization");
        organization.MapPatch("/", RenameOrganization.Handle).WithName("UpdateOrganization").ProducesProblem(403).ProducesProblem(412).ProducesProblem(428);
        organization.MapPost("/enable", SwitchOrganization.Enable).WithName("EnableOrganization").ProducesProblem(403).ProducesProblem(409);
        organization.MapPost("/disable", SwitchOrganization.Disable).WithName("DisableOrganization").ProducesProblem(403);
        organization.MapPost("/approve", DecideOrganization.Approve).WithName("ApproveOrganization").ProducesProblem(403).ProducesProblem(409);
        organization.MapPost("/reject", DecideOrganization.Reject).WithName("RejectOrganization").ProducesProblem(403).ProducesProblem(409);
        organization.MapPost("/deletion-code", DeleteOrganization.SendCode).WithName("SendDeletionCode").ProducesProblem(403).ProducesProblem(409).ProducesProblem(429);
        organization.MapPost("/delete", DeleteOrganization.Handle).WithName("DeleteOrganization").ProducesProblem(403).ProducesProblem(409);
        organization.MapGet("/members", ListMembers.Handle).WithName("ListMembers").ProducesProblem(403);
        organization.MapGet("/members/{userId}", ListMembers.Read).WithName("GetMember").ProducesProblem(403);
        organization.MapPut("/members/{userId}", ChangeMember.Handle).WithName("UpdateMember").ProducesProblem(403).ProducesProblem(409).ProducesProblem(412).ProducesProblem(428);
        organization.MapDelete("/members/{userId}", ChangeMember.Remove).WithName("DeleteMember").ProducesProblem(403).ProducesProblem(409);
        organization.MapPost("/invitations", Invite.Handle).WithName("CreateInvitation").ProducesProblem(403).ProducesProblem(409);
        organization.MapGet("/invitations", ListInvitations.Handle).WithName("ListInvitations").ProducesProblem(403);
        organization.MapDelete("/invitations/{invitationId}", RevokeInvitation.Handle).WithName("DeleteInvitation").ProducesProblem(403).ProducesProblem(409);

        var teams = organization.MapGroup("/teams");
        teams.MapGet("/", ListTeams.Handle).WithName("ListTeams").ProducesProblem(403);
        teams.MapPost("/", CreateTeam.Handle).WithName("CreateTeam").ProducesProblem(403).ProducesProblem(409);
        teams.MapGet("/{teamId}", ListTeams.Read).WithName("GetTeam").ProducesProblem(403);
        teams.MapPatch("/{teamId}", RenameTeam.Handle).WithName("UpdateTeam").ProducesProblem(403).ProducesProblem(409).ProducesProblem(412).ProducesProblem(428);
        teams.MapDelete("/{teamId}", DeleteTeam.Handle).WithName("DeleteTeam").ProducesProblem(403).ProducesProblem(409);
        teams.MapGet("/{teamId}/members", ListTeamMembers.Handle).WithName("ListTeamMembers").ProducesProblem(403);
        teams.MapPost("/{teamId}/members", ChangeTeamMember.Add).WithName("CreateTeamMember").ProducesProblem(403).ProducesProblem(409);
        teams.MapGet("/{teamId}/members/{userId}", ListTeamMembers.Read).WithName("GetTeamMember").ProducesProblem(403);
        teams.MapPut("/{teamId}/members/{userId}", ChangeTeamMember.Handle).WithName("UpdateTeamMember").ProducesProblem(403).ProducesProblem(412).ProducesProblem(428);
        teams.MapDelete("/{teamId}/members/{userId}", ChangeTeamMember.Remove).WithName("DeleteTeamMember").ProducesProblem(403);

        var users = app.MapGroup("/v1/users").WithTags("Accounts").RequireAuthorization(Policies.Operator).ProducesValidationProblem().ProducesProblem(401).ProducesProblem(403);
        users.MapGet("/", ManageUsers.List).WithName("ListUsers");
        users.MapGet("/{id}", ManageUsers.Read).WithName("GetUser").ProducesProblem(404);
        users.MapPost("/{id}/disable", ManageUsers.Disable).WithName("DisableUser").ProducesProblem(404).ProducesProblem(409);
        users.MapPost("/{id}/enable", ManageUsers.Enable).WithName("EnableUser").ProducesProblem(404);
        users.MapPost("/{id}/unlock", ManageUsers.Unlock).WithName("UnlockUser").ProducesProblem(404);
        users.MapPost("/{id}/remove-second-factor", ManageUsers.RemoveSecondFactor).WithName("RemoveSecondFactor").ProducesProblem(404);

        var mails = app.MapGroup("/v1/operations/accounts/mails").WithTags("Operations").RequireAuthorization(Policies.Operator)
            .ProducesValidationProblem().ProducesProblem(401).ProducesProblem(403);
        mails.MapGet("/", ManageMail.List).WithName("ListMails");
        mails.MapPost("/{id}/retry", ManageMail.Retry).WithName("RetryMail").ProducesProblem(404).ProducesProblem(409);

        app.MapPost("/internal/token-exchange", ExchangeToken.Handle).WithName("ExchangeToken").WithTags("Internal")
            .RequireAuthorization(Policies.Service).ProducesProblem(401).ExcludeFromDescription();
    }
}
