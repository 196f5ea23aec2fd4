namespace Marketplace.Accounts.Users;

/// <summary>E-mail addresses as this service takes and compares them.</summary>
public static class EmailAddresses
{
    /// <summary>One @ with something around it, no spaces, no control characters. Only mail that arrives proves more.</summary>
    public const string Pattern = @"^[^@\s\p{C}]{1,64}@[^@\s\p{C}]{1,189}$";

    /// <summary>What to say when an address does not fit.</summary>
    public const string Expected = "Not an e-mail address: name@example.com.";

    /// <summary>What makes two addresses the same.</summary>
    public static string Key(string email) => email.ToLowerInvariant();
}
