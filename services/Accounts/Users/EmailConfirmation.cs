namespace Marketplace.Accounts.Users;

/// <summary>Whether signing in waits for a confirmed address: <c>Accounts:ConfirmEmail</c>; when absent, in Production.</summary>
public sealed class EmailConfirmation(IConfiguration configuration, IHostEnvironment environment)
{
    /// <summary>True when nobody signs in with an address that is not confirmed.</summary>
    public bool Demanded { get; } = configuration["Accounts:ConfirmEmail"] is { Length: > 0 } said ? bool.Parse(said) : environment.IsProduction();
}
