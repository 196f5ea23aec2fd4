using Marketplace.Story;
using Marketplace.Testing;

namespace Marketplace.Journeys;

/// <summary>A provider whose own billing system charges, on real parts.</summary>
public sealed class CustomStoryTests(RunningSystem system, ITestOutputHelper output) : IClassFixture<RunningSystem>
{
    [Fact(Timeout = 300_000)]
    public async Task What_the_provider_s_own_billing_system_charges_gives_and_takes_access_as_what_Stripe_charges()
    {
        try
        {
            var story = new Settings(system.Gateway, system.Stripe, system.Echo) { Tell = output.WriteLine };
            await new CustomPlay(story).Run();
            await StoryBooks.Check(story, "operator@marketplace.localhost", system.OperatorPassword);
        }
        catch
        {
            output.WriteLine($"Data and logs are kept in {system.Keep()}.");
            throw;
        }
    }
}
