using Marketplace.Story;
using Marketplace.Testing;

namespace Marketplace.Journeys;

/// <summary>A graduated plan in a currency without decimals, with units that only the provider can count, on real parts.</summary>
public sealed class TieredStoryTests(RunningSystem system, ITestOutputHelper output) : IClassFixture<RunningSystem>
{
    [Fact(Timeout = 600_000)]
    public async Task A_graduated_plan_in_yen_is_charged_to_the_yen_with_the_overage_of_a_unit_of_the_provider_s_own_in_both_billing_models()
    {
        try
        {
            var story = new Settings(system.Gateway, system.Stripe, system.Echo) { Tell = output.WriteLine };
            await new TieredPlay(story).Run();
            await new TieredPlay(new(system.Gateway, system.Stripe, system.Echo) { Tell = output.WriteLine, BillingModel = "subscriptions" }).Run();
            await StoryBooks.Check(story, "operator@marketplace.localhost", system.OperatorPassword);
        }
        catch
        {
            output.WriteLine($"Data and logs are kept in {system.Keep()}.");
            throw;
        }
    }
}
