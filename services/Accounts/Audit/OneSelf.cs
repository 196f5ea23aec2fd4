using System.Security.Claims;
using Marketplace.ServiceDefaults;

namespace Marketplace.Accounts.Audit;

/// <summary>Who signs up, or proves by a mailed link who it is, has no token yet and is known all the same.</summary>
public static class OneSelf
{
    /// <summary>The user as the actor of a change to the user's own account.</summary>
    public static Caller Of(string userId) => Caller.Of(new ClaimsPrincipal(Caller.Identity(userId, false, [])));
}
