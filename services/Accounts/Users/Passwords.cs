using Microsoft.AspNetCore.Identity;

namespace Marketplace.Accounts.Users;

/// <summary>Hashes and checks passwords with ASP.NET Core Identity's hasher (PBKDF2, upgraded on sign-in when its parameters grow).</summary>
public sealed class Passwords
{
    /// <summary>Shortest password that is taken.</summary>
    public const int MinLength = 10;

    /// <summary>Longest password that is hashed: longer ones would only cost time.</summary>
    public const int MaxLength = 200;

    private const int LeastDifferentCharacters = 5;
    private static readonly object Nobody = new();
    private readonly PasswordHasher<object> hasher = new();
    private readonly string nobodysHash;

    /// <summary>Prepares the hash that unknown users are checked against.</summary>
    public Passwords() => nobodysHash = hasher.HashPassword(Nobody, Guid.CreateVersion7().ToString());

    /// <summary>The hash to store.</summary>
    public string Hash(string password) => hasher.HashPassword(Nobody, password);

    /// <summary>Checks a password. Without a hash (no such user) it does the same work and says no, so that time does not tell who is known.</summary>
    public bool Verify(string? hash, string password, out bool outdated)
    {
        var result = hasher.VerifyHashedPassword(Nobody, hash ?? nobodysHash, password);
        outdated = result == PasswordVerificationResult.SuccessRehashNeeded;
        return hash is not null && result != PasswordVerificationResult.Failed;
    }

    /// <summary>Why a password of allowed length is still too easy to guess, or null.</summary>
    public static string? Weakness(string password, string email)
    {
        var name = email.Split('@')[0];
        return password.Distinct().Count() < LeastDifferentCharacters ? $"Use at least {LeastDifferentCharacters} different characters."
            : name.Length >= 4 && password.Contains(name, StringComparison.OrdinalIgnoreCase) ? "The password must not hold the name in the e-mail address."
            : null;
    }
}
