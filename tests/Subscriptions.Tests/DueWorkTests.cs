using Marketplace.Testing;

namespace Marketplace.Subscriptions.Tests;

public sealed class DueWorkTests(ServiceApp<Program> app) : IClassFixture<ServiceApp<Program>>
{
    [Fact]
    public async Task A_subscription_that_cannot_be_ended_stops_no_other()
    {
        var poisoned = await Market.Open(app, plan => plan with { CancelWhenPastDue = true });
        var healthy = await Market.Open(app, plan => plan with { CancelWhenPastDue = true });
        var first = await poisoned.SubscribeAndPay();
        var second = await healthy.SubscribeAndPay();
        var due = app.Clock.GetUtcNow();
        await poisoned.Hear(poisoned.Invoice(first, "period", "past_due", "inv_2", due: due - TimeSpan.FromDays(1)));
        await healthy.Hear(healthy.Invoice(second, "period", "past_due", "inv_2", due: due));
        await app.Database.Execute("create function refuse() returns trigger language plpgsql as 'begin raise exception ''poisoned''; end'");
        await app.Database.Execute($"create trigger poison before update on subscriptions for each row when (old.id = '{first}') execute function refuse()");

        app.Clock.MoveTo(due + TimeSpan.FromDays(3));

        await Eventually.Until(async () => await healthy.Status(second) == "cancelled", "the healthy one has ended");
        Assert.Equal("past_due", await poisoned.Status(first));
    }
}
