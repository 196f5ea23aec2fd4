using Microsoft.AspNetCore.Identity;

namespace Marketplace.Accounts.SecondFactor;

/// <summary>A user as ASP.NET Core Identity's authenticator sees one: somebody with a key.</summary>
public sealed record KeyHolder(string Key);

/// <summary>Makes and checks authenticator codes with ASP.NET Core Identity's own implementation of RFC 6238. It counts by the machine's clock, as
/// the phones do that show the codes; a test clock does not reach them.</summary>
public sealed class AuthenticatorCodes(IServiceProvider services, ILoggerFactory loggers) : IDisposable
{
    private readonly AuthenticatorTokenProvider<KeyHolder> provider = new();
    private readonly Holders holders = new(services, loggers);

    /// <summary>A new key: 160 random bits in base32.</summary>
    public string NewKey() => holders.GenerateNewAuthenticatorKey();

    /// <summary>Whether the code is one that an app with the key shows about now (up to a minute off).</summary>
    public Task<bool> Fits(string key, string code) => provider.ValidateAsync("TwoFactor", code, holders, new KeyHolder(key));

    /// <summary>What an app reads from a QR code.</summary>
    public static string Address(string email, string key) =>
        $"otpauth://totp/Marketplace:{Uri.EscapeDataString(email)}?secret={key}&issuer=Marketplace&algorithm=SHA1&digits=6&period=30";

    /// <inheritdoc/>
    public void Dispose() => holders.Dispose();

    // Identity's authenticator asks for the key and for nothing else; our users are in our own tables.
    private sealed class Holders(IServiceProvider services, ILoggerFactory loggers) : UserManager<KeyHolder>(
        new NoStore(), Microsoft.Extensions.Options.Options.Create(new IdentityOptions()), new PasswordHasher<KeyHolder>(), [], [], new UpperInvariantLookupNormalizer(), new IdentityErrorDescriber(), services,
        loggers.CreateLogger<UserManager<KeyHolder>>())
    {
        public override Task<string?> GetAuthenticatorKeyAsync(KeyHolder user) => Task.FromResult<string?>(user.Key);
    }

    private sealed class NoStore : IUserStore<KeyHolder>
    {
        public void Dispose()
        {
            // It holds nothing.
        }

        Task<string> IUserStore<KeyHolder>.GetUserIdAsync(KeyHolder user, CancellationToken cancellationToken) => throw new NotSupportedException();

        Task<string?> IUserStore<KeyHolder>.GetUserNameAsync(KeyHolder user, CancellationToken cancellationToken) => throw new NotSupportedException();

        Task IUserStore<KeyHolder>.SetUserNameAsync(KeyHolder user, string? userName, CancellationToken cancellationToken) => throw new NotSupportedException();

        Task<string?> IUserStore<KeyHolder>.GetNormalizedUserNameAsync(KeyHolder user, CancellationToken cancellationToken) => throw new NotSupportedException();

        Task IUserStore<KeyHolder>.SetNormalizedUserNameAsync(KeyHolder user, string? normalizedName, CancellationToken cancellationToken) => throw new NotSupportedException();

        Task<IdentityResult> IUserStore<KeyHolder>.CreateAsync(KeyHolder user, CancellationToken cancellationToken) => throw new NotSupportedException();

        Task<IdentityResult> IUserStore<KeyHolder>.UpdateAsync(KeyHolder user, CancellationToken cancellationToken) => throw new NotSupportedException();

        Task<IdentityResult> IUserStore<KeyHolder>.DeleteAsync(KeyHolder user, CancellationToken cancellationToken) => throw new NotSupportedException();

        Task<KeyHolder?> IUserStore<KeyHolder>.FindByIdAsync(string userId, CancellationToken cancellationToken) => throw new NotSupportedException();

        Task<KeyHolder?> IUserStore<KeyHolder>.FindByNameAsync(string normalizedUserName, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
