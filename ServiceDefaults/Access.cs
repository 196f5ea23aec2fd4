using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Marketplace.ServiceDefaults;

/// <summary>One organization that a caller belongs to, with the roles held there at the moment of the request.</summary>
/// <param name="Roles">None where the organization is disabled, not approved, or turned down: such a membership opens nothing (<see cref="Caller.Sees"/>).</param>
/// <param name="Kind"><c>provider</c> or <c>consumer</c>.</param>
/// <param name="Catalog">The catalog that a consumer organization signed up to.</param>
public sealed record Membership(string Organization, string Kind, IReadOnlyList<string> Roles, string? Catalog = null);

/// <summary>Who is asking: from the validated internal token only, never from a plain header.</summary>
public sealed class Caller
{
    /// <summary>Claim that holds one membership as JSON.</summary>
    public const string MembershipClaim = "membership";

    /// <summary>Claim that marks a platform operator.</summary>
    public const string OperatorClaim = "operator";

    private const string SessionClaim = "session";

    private const string ScopeClaim = "scope";

    private Caller(string userId, bool isOperator, IReadOnlyList<Membership> memberships, string? session, IReadOnlyList<string>? scopes)
    {
        UserId = userId;
        IsOperator = isOperator;
        Memberships = memberships;
        Session = session;
        Scopes = scopes;
    }

    /// <summary>The user (<c>usr_…</c>).</summary>
    public string UserId { get; }

    /// <summary>True for operators of the platform itself, who may see every tenant's queues and events.</summary>
    public bool IsOperator { get; }

    /// <summary>Every organization the caller belongs to, those without a role included: for what is about belonging itself.</summary>
    public IReadOnlyList<Membership> Memberships { get; }

    /// <summary>The sign-in that the call belongs to (<c>ses_…</c>); null when it was made with a personal API token.</summary>
    public string? Session { get; }

    /// <summary>What the caller's personal API token was narrowed to (<see cref="ServiceDefaults.Scopes"/>); null for one that was not, and for sessions.</summary>
    public IReadOnlyList<string>? Scopes { get; }

    /// <summary>Ids of every organization the caller holds a role in: the tenant scope of each query.</summary>
    public string[] Organizations => [.. Memberships.Where(m => m.Roles.Count > 0).Select(m => m.Organization)];

    /// <summary>The caller's membership in an organization, with roles or without, or null for a stranger.</summary>
    public Membership? In(string organizationId) => Memberships.FirstOrDefault(m => m.Organization == organizationId);

    /// <summary>Whether the caller holds any role in the organization, or is an operator.</summary>
    public bool Sees(string organizationId) => IsOperator || In(organizationId) is { Roles.Count: > 0 };

    /// <summary>Whether the caller holds one of the roles in the organization.</summary>
    public bool Has(string organizationId, params string[] roles) => In(organizationId)?.Roles.Any(roles.Contains) == true;

    /// <summary>Ids of the organizations in which the caller holds one of the roles.</summary>
    public string[] OrganizationsWith(params string[] roles) =>
        [.. Memberships.Where(m => m.Roles.Any(roles.Contains)).Select(m => m.Organization)];

    /// <summary>Ids of the consumer organizations in which the caller holds one of the roles.</summary>
    public string[] ConsumersWith(params string[] roles) =>
        [.. Memberships.Where(m => m.Kind == "consumer" && m.Roles.Any(roles.Contains)).Select(m => m.Organization)];

    /// <summary>Ids of the providers that the caller holds a role in, whichever it is.</summary>
    public string[] Providers => [.. Memberships.Where(m => m.Kind == "provider" && m.Roles.Count > 0).Select(m => m.Organization)];

    /// <summary>Lets handlers take a <see cref="Caller"/> parameter on routes that demand a user.</summary>
    public static ValueTask<Caller?> BindAsync(HttpContext context) => ValueTask.FromResult<Caller?>(Of(context.User));

    /// <summary>Reads the caller out of a validated principal.</summary>
    public static Caller Of(ClaimsPrincipal principal) => new(
        principal.FindFirstValue(ClaimTypes.NameIdentifier) ?? throw new InvalidOperationException("The route lets anonymous callers in but asks who they are."),
        principal.HasClaim(OperatorClaim, "true"),
        [.. principal.FindAll(MembershipClaim).Select(c => JsonSerializer.Deserialize<Membership>(c.Value)!)],
        principal.FindFirstValue(SessionClaim),
        ScopesOf(principal));

    /// <summary>What a principal's token was narrowed to, or null.</summary>
    internal static IReadOnlyList<string>? ScopesOf(ClaimsPrincipal principal) =>
        principal.FindFirstValue(ScopeClaim) is { } scopes ? scopes.Split(' ', StringSplitOptions.RemoveEmptyEntries) : null;

    /// <summary>The identity that an internal token carries for a user.</summary>
    public static ClaimsIdentity Identity(
        string userId, bool isOperator, IEnumerable<Membership> memberships, string? session = null, IReadOnlyCollection<string>? scopes = null)
    {
        var identity = new ClaimsIdentity([new(ClaimTypes.NameIdentifier, userId)], "internal");
        identity.AddClaims(memberships.Select(m => new Claim(MembershipClaim, JsonSerializer.Serialize(m))));
        if (isOperator)
        {
            identity.AddClaim(new(OperatorClaim, "true"));
        }

        if (session is not null)
        {
            identity.AddClaim(new(SessionClaim, session));
        }

        if (scopes is not null)
        {
            identity.AddClaim(new(ScopeClaim, string.Join(' ', scopes)));
        }

        return identity;
    }
}

/// <summary>The roles that members hold in their organizations, and the sets of them that routes ask for.</summary>
public static class Roles
{
    /// <summary>Owns a provider organization; may do everything in it.</summary>
    public const string Owner = "owner";

    /// <summary>Administers an organization of either kind; holds settings:manage.</summary>
    public const string Admin = "admin";

    /// <summary>Manages a provider's APIs, products and plans.</summary>
    public const string ProductManager = "product_manager";

    /// <summary>Reads a provider's objects.</summary>
    public const string Viewer = "viewer";

    /// <summary>Subscribes a consumer organization to paid plans.</summary>
    public const string Subscriber = "subscriber";

    /// <summary>Takes free plans, access and credentials for a consumer organization.</summary>
    public const string Developer = "developer";

    /// <summary>Belongs to a consumer organization; what such a member may do there comes through teams.</summary>
    public const string Member = "member";

    /// <summary>Sees and pays a consumer organization's invoices.</summary>
    public const string Billing = "billing";

    /// <summary>Who may change a provider's billing integrations and catalogs.</summary>
    public static readonly string[] ProviderSettings = [Owner, Admin];

    /// <summary>Who may change a provider's APIs, products, plans and approve subscribers.</summary>
    public static readonly string[] ProviderProducts = [Owner, Admin, ProductManager];

    /// <summary>Who may subscribe to paid plans.</summary>
    public static readonly string[] ConsumerPaid = [Admin, Subscriber];

    /// <summary>Who may take free plans, applications, access and credentials.</summary>
    public static readonly string[] ConsumerFree = [Admin, Subscriber, Developer];

    /// <summary>Who may see and pay invoices, and see what they are paid with.</summary>
    public static readonly string[] ConsumerBilling = [Admin, Subscriber, Billing];

    /// <summary>Who may store, choose and remove payment methods.</summary>
    public static readonly string[] ConsumerPayments = [Admin, Billing];

    /// <summary>Who may say where a consumer organization is billed and taxed.</summary>
    public static readonly string[] ConsumerBillingDetails = [Admin, Billing];
}
