using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Marketplace.ServiceDefaults;

/// <summary>Who may call a route. Every route group names one of these.</summary>
public static class Policies
{
    /// <summary>A signed-in user, through the gateway.</summary>
    public const string User = "user";

    /// <summary>A platform operator.</summary>
    public const string Operator = "operator";

    /// <summary>Another process of this installation.</summary>
    public const string Service = "service";
}

/// <summary>Mints and reads the short-lived tokens that pass between the processes of one installation.
/// A token is a data-protection ticket, so that holding the shared key ring is what makes a process trusted. Its life is counted by the real clock:
/// while a test clock moves, two processes may stand a month apart for a moment.</summary>
public sealed class InternalTokens(IDataProtectionProvider protection, TimeProvider realClock)
{
    /// <summary>How long a token is good for: longer than any request may take.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(60);

    private readonly TicketDataFormat format = new(protection.CreateProtector("Marketplace", "internal-token", "v1"));

    /// <summary>A token for a user with the memberships held now, the session that it was exchanged for, if one, and the scopes that it was narrowed to.</summary>
    public string ForUser(string userId, bool isOperator, IEnumerable<Membership> memberships, string? session = null, IReadOnlyCollection<string>? scopes = null) =>
        Mint(Caller.Identity(userId, isOperator, memberships, session, scopes));

    /// <summary>A token for calls between processes.</summary>
    public string ForService(string name) => Mint(new ClaimsIdentity([new("service", name)], "internal"));

    /// <summary>The principal of a valid token, or null.</summary>
    public AuthenticationTicket? Read(string token) =>
        format.Unprotect(token) is { } ticket && ticket.Properties.ExpiresUtc > realClock.GetUtcNow() ? ticket : null;

    private string Mint(ClaimsIdentity identity) => format.Protect(new AuthenticationTicket(
        new ClaimsPrincipal(identity),
        new AuthenticationProperties { ExpiresUtc = realClock.GetUtcNow() + Lifetime },
        InternalTokenHandler.SchemeName));
}

/// <summary>Reads <c>Authorization: Bearer</c> as an internal token; anything else is anonymous.</summary>
internal sealed class InternalTokenHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, System.Text.Encodings.Web.UrlEncoder encoder, InternalTokens tokens)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "internal";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        return Task.FromResult(!header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? AuthenticateResult.NoResult()
            : tokens.Read(header["Bearer ".Length..]) is { } ticket ? AuthenticateResult.Success(ticket)
            : AuthenticateResult.Fail("The internal token is not valid or not valid any more."));
    }
}

internal static class Tokens
{
    public static void Add(IHostApplicationBuilder builder)
    {
        var protection = builder.Services.AddDataProtection().SetApplicationName("Marketplace");
        if (builder.Configuration["DataProtection:KeyRing"] is { Length: > 0 } folder)
        {
            protection.PersistKeysToFileSystem(Directory.CreateDirectory(folder));
        }
        else if (builder.Environment.IsProduction())
        {
            throw new InvalidOperationException("Set DataProtection__KeyRing to the folder of the key ring that all processes share.");
        }

        if (builder.Configuration["Encryption:Key"] is { Length: > 0 })
        {
            builder.Services.AddOptions<KeyManagementOptions>()
                .Configure<FieldCipher>((options, cipher) => options.XmlEncryptor = new KeyRingEncryptor(cipher));
        }

        builder.Services.AddSingleton<FieldCipher>().AddSingleton<KeyRing>().AddHostedService<FirstKey>();
        builder.Services.AddSingleton(services => new InternalTokens(services.GetRequiredService<IDataProtectionProvider>(), TimeProvider.System));
        builder.Services.AddAuthentication(InternalTokenHandler.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, InternalTokenHandler>(InternalTokenHandler.SchemeName, null);
        builder.Services.AddAuthorizationBuilder()
            .AddPolicy(Policies.User, policy => policy.RequireAuthenticatedUser().RequireClaim(ClaimTypes.NameIdentifier))
            .AddPolicy(Policies.Operator, policy => policy.RequireAuthenticatedUser().RequireClaim(Caller.OperatorClaim, "true"))
            .AddPolicy(Policies.Service, policy => policy.RequireAuthenticatedUser().RequireClaim("service"))
            // A route that names no policy is closed, not open. What routing itself answers (404, 405, 415) is no route.
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAssertion(context =>
                context.Resource is HttpContext http && http.GetEndpoint() is not RouteEndpoint).Build());
    }
}
