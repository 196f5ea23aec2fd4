using Marketplace.Story;
using Marketplace.Testing;

namespace Marketplace.Journeys;

/// <summary>The main story in the billing model in which Stripe renews: the same access, and the same amounts.</summary>
public sealed class SubscriptionsStoryTests(RunningSystem system, ITestOutputHelper output) : IClassFixture<RunningSystem>
{
    [Fact(Timeout = 300_000)]
    public async Task The_main_story_comes_out_the_same_to_the_cent_where_Stripe_renews_the_subscriptions()
    {
        try
        {
            await new Play(new Settings(system.Gateway, system.Stripe, system.Echo) { BillingModel = "subscriptions", Tell = output.WriteLine, OpensWithin = TimeSpan.FromSeconds(20) }).Run();
        }
        catch
        {
            output.WriteLine($"Data and logs are kept in {system.Keep()}.");
            throw;
        }
    }
}
