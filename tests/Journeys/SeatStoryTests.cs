using Marketplace.Story;
using Marketplace.Testing;

namespace Marketplace.Journeys;

/// <summary>A plan sold by seats, on real parts.</summary>
public sealed class SeatStoryTests(RunningSystem system, ITestOutputHelper output) : IClassFixture<RunningSystem>
{
    [Fact(Timeout = 600_000)]
    public async Task A_plan_by_seats_is_charged_for_the_seats_of_each_period_in_both_billing_models()
    {
        try
        {
            var story = new Settings(system.Gateway, system.Stripe, system.Echo) { Tell = output.WriteLine };
            await new SeatPlay(story).Run();
            await new SeatPlay(new(system.Gateway, system.Stripe, system.Echo) { Tell = output.WriteLine, BillingModel = "subscriptions" }).Run();
            await StoryBooks.Check(story, "operator@marketplace.localhost", system.OperatorPassword);
        }
        catch
        {
            output.WriteLine($"Data and logs are kept in {system.Keep()}.");
            throw;
        }
    }
}
