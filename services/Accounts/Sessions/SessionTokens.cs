using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace Marketplace.Accounts.Sessions;

/// <summary>What signing in or refreshing gives.</summary>
/// <param name="AccessToken">Send as <c>Authorization: Bearer</c>.</param>
/// <param name="RefreshToken">Good for one <c>POST /v1/sessions/refresh</c>.</param>
/// <param name="ExpiresIn">Seconds for which the access token is good.</param>
/// <param name="TokenType"><c>Bearer</c>.</param>
public sealed record SessionResponse(string AccessToken, string RefreshToken, int ExpiresIn, string TokenType);

/// <summary>Mints and reads the two tokens of a session. Both only point to the session's row, which says whether they are still good;
/// the installation's key ring makes them unforgeable, so that nothing of them is stored.</summary>
public sealed class SessionTokens(IDataProtectionProvider protection, TimeProvider clock)
{
    /// <summary>How long an access token is good without a refresh.</summary>
    public static readonly TimeSpan AccessLifetime = TimeSpan.FromHours(1);

    /// <summary>How long a session lives without a refresh.</summary>
    public static readonly TimeSpan SessionLifetime = TimeSpan.FromDays(30);

    /// <summary>How long a sign-in waits for its second factor.</summary>
    public static readonly TimeSpan TicketLifetime = TimeSpan.FromMinutes(5);

    private readonly IDataProtector ticket = protection.CreateProtector("Marketplace", "sign-in-ticket", "v1");
    private readonly IDataProtector access = protection.CreateProtector("Marketplace", "session-access", "v1");
    private readonly IDataProtector refresh = protection.CreateProtector("Marketplace", "session-refresh", "v1");

    /// <summary>The tokens of a session at its present generation.</summary>
    public SessionResponse Mint(string session, int generation) => new(
        access.Protect($"{session}|{(clock.GetUtcNow() + AccessLifetime).ToUnixTimeSeconds()}"),
        refresh.Protect($"{session}|{generation}"),
        (int)AccessLifetime.TotalSeconds,
        "Bearer");

    /// <summary>The session of an access token that has not expired, or null.</summary>
    public string? ReadAccess(string token) =>
        Read(access, token) is var (session, expires) && expires > clock.GetUtcNow().ToUnixTimeSeconds() ? session : null;

    /// <summary>The session and generation of a refresh token, or null.</summary>
    public (string Session, long Generation)? ReadRefresh(string token) => Read(refresh, token);

    /// <summary>A ticket for a user whose password was right. It dies with the password and the factor that it was given for.</summary>
    public SecondFactorNeededResponse MintTicket(string userId, int securityVersion) => new(
        ticket.Protect($"{userId}.{securityVersion}|{(clock.GetUtcNow() + TicketLifetime).ToUnixTimeSeconds()}"), (int)TicketLifetime.TotalSeconds);

    /// <summary>The user of a ticket that has not expired and the security version it was given at, or null.</summary>
    public (string UserId, int SecurityVersion)? ReadTicket(string token) =>
        Read(ticket, token) is var (holder, expires) && expires > clock.GetUtcNow().ToUnixTimeSeconds() && holder.Split('.') is [var userId, var version]
            ? (userId, int.Parse(version, CultureInfo.InvariantCulture))
            : null;

    private static (string Session, long Number)? Read(IDataProtector protector, string token)
    {
        try
        {
            return protector.Unprotect(token).Split('|') is [var session, var number]
                ? (session, long.Parse(number, CultureInfo.InvariantCulture))
                : null;
        }
        catch (CryptographicException)
        {
            // Not minted by this installation, or changed on the way: what an attacker sends is no exception to report.
            return null;
        }
    }
}
