using Marketplace.Story;
using Marketplace.Testing;

namespace Marketplace.Journeys;

/// <summary>Subscribers moved to other plans, by their provider and by themselves, on real parts.</summary>
public sealed class MigrationStoryTests(RunningSystem system, ITestOutputHelper output) : IClassFixture<RunningSystem>
{
    [Fact(Timeout = 600_000)]
    public async Task Subscribers_are_migrated_on_a_date_and_change_plans_themselves_with_keys_that_go_on_working_and_invoices_to_the_cent_in_both_billing_models()
    {
        try
        {
            var story = new Settings(system.Gateway, system.Stripe, system.Echo) { Tell = output.WriteLine };
            await new MigrationPlay(story).Run();
            await new MigrationPlay(new(system.Gateway, system.Stripe, system.Echo) { Tell = output.WriteLine, BillingModel = "subscriptions" }).Run();
            await StoryBooks.Check(story, "operator@marketplace.localhost", system.OperatorPassword);
        }
        catch
        {
            output.WriteLine($"Data and logs are kept in {system.Keep()}.");
            throw;
        }
    }
}
