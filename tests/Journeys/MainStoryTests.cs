using Marketplace.Story;
using Marketplace.Testing;

// Each journey has a whole system of its own; one at a time is what a small machine starts in time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Marketplace.Journeys;

/// <summary>The main story on real parts, each service killed once on the way; then the same story where Stripe renews, ending in the same access and the same cents.</summary>
public sealed class MainStoryTests(RunningSystem system, ITestOutputHelper output) : IClassFixture<RunningSystem>
{
    /// <summary>What is killed after which chapter. Where the next step allows no waiting, the service is back before it.</summary>
    private static readonly Dictionary<string, (string[] Resources, bool Await)> Kills = new(StringComparer.Ordinal)
    {
        ["published"] = (["catalog"], false),
        ["invoiced"] = (["webhooks"], false),
        ["paid"] = (["accounts"], false),
        ["half"] = (["gateway"], false),
        ["used"] = (["subscriptions"], false),
        ["closed"] = (["invoicing"], false),
        ["suspended"] = (["webhooks", "gateway"], true),
        ["cancelled"] = (["stripe"], true),
    };

    [Fact(Timeout = 600_000)]
    public async Task The_story_comes_out_the_same_to_the_cent_and_the_call_in_both_billing_models_and_when_every_service_is_killed_once()
    {
        await using var browser = await Browser.Open();
        var killed = new List<string>();
        try
        {
            var story = new Settings(system.Gateway, system.Stripe, system.Echo) { Tell = output.WriteLine, Pay = browser.PayByCard, Between = Kill, OpensWithin = TimeSpan.FromSeconds(20) };
            var invoiced = await new Play(story).Run();
            // Two providers on one system: a second start would take longer than the second telling.
            var renewed = await new Play(new(system.Gateway, system.Stripe, system.Echo) { Tell = output.WriteLine, BillingModel = "subscriptions", OpensWithin = story.OpensWithin }).Run();
            Assert.Equal(invoiced, renewed);
            await StoryBooks.Check(story, "operator@marketplace.localhost", system.OperatorPassword);
        }
        catch
        {
            output.WriteLine($"Data and logs are kept in {system.Keep()}.");
            throw;
        }

        Assert.Equal(["accounts", "catalog", "gateway", "invoicing", "stripe", "subscriptions", "webhooks"], killed.Distinct().Order(StringComparer.Ordinal));

        async Task Kill(string chapter)
        {
            if (Kills.TryGetValue(chapter, out var kill))
            {
                foreach (var resource in kill.Resources)
                {
                    output.WriteLine($"kill -9 {resource}");
                    killed.Add(resource);
                    await (kill.Await ? system.KillAndAwait(resource) : system.KillNow(resource));
                }
            }
        }
    }
}
