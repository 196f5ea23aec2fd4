using Marketplace.Operations;

namespace Marketplace.Story;

/// <summary>The books of all services after a story, held against their rules and compared by the operator's own command.</summary>
public static class StoryBooks
{
    /// <summary>Throws if a rule is broken.</summary>
    public static async Task Check(Settings settings, string email, string password)
    {
        using var client = await OperatorClient.SignIn(settings.Gateway, email, password);
        Story.Check.That(await Books.Check(client, settings.Tell), "The books are not in order; see above.");
    }
}
