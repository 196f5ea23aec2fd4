using Marketplace.ServiceDefaults;

namespace Marketplace.Testing;

/// <summary>Who a test calls as: a user, what they belong to, and whether they operate the platform.</summary>

public sealed record TestCaller(string UserId, params IReadOnlyList<Membership> Memberships)
{
    /// <summary>Whether the caller is a platform operator.</summary>
    public bool IsOperator { get; init; }

    /// <summary>What the caller's token is narrowed to; null when it is not.</summary>
    public IReadOnlyList<string>? Scopes { get; init; }

    /// <summary>A platform operator without any organization.</summary>
    public static TestCaller Operator() => new(NewId("usr")) { IsOperator = true };

    /// <summary>A user with every role, in organizations of their own only: who must see nothing of anybody else's.</summary>
    public static TestCaller Stranger() => new(
        NewId("usr"),
        new Membership(NewId("org"), "provider", [Roles.Owner, Roles.Admin, Roles.ProductManager, Roles.Viewer]),
        new Membership(NewId("org"), "consumer", [Roles.Admin, Roles.Subscriber, Roles.Developer, Roles.Billing], NewId("cat")));

    /// <summary>A user with roles in one provider organization.</summary>
    public static TestCaller Provider(string organization, params string[] roles) => new(NewId("usr"), new Membership(organization, "provider", roles));

    /// <summary>A user with roles in one consumer organization, which signed up to a catalog.</summary>
    public static TestCaller Consumer(string organization, string? catalog, params string[] roles) =>
        new(NewId("usr"), new Membership(organization, "consumer", roles, catalog));

    /// <summary>An id of the public form that no other test uses.</summary>
    public static string NewId(string prefix) => $"{prefix}_{Guid.CreateVersion7():n}";
}
