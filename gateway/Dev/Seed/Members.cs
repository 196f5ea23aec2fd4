namespace Marketplace.Gateway.Dev.Seed;

/// <summary>People who are invited and accept.</summary>
internal static class Members
{
    /// <summary>Lets each user into the organization who is not there yet.</summary>
    public static async Task Join(SeedWorld world, SeedClient administrator, string organizationId, IEnumerable<SeededUser> users, CancellationToken cancellation)
    {
        foreach (var user in users)
        {
            if (await administrator.Oldest($"v1/organizations/{organizationId}/members", SeedClient.Has("email", user.Email), cancellation) is not null)
            {
                continue;
            }

            using var invited = await world.Client().SignUp(user.Email, cancellation);
            var invitation = await administrator.Post($"v1/organizations/{organizationId}/invitations", new { email = user.Email, roles = user.Roles }, cancellation);
            await invited.Post($"v1/invitations/{SeedClient.Text(invitation, "token")}/accept", new { }, cancellation);
            await invited.Leave(cancellation);
        }
    }
}
