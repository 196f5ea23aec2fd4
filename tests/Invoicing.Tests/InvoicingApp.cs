using Marketplace.Testing;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Marketplace.Invoicing.Tests;

/// <summary>Invoicing on its own database with its own emulated Stripe; both clocks show the same time.</summary>
public class InvoicingApp : ServiceApp<Invoice>
{
    public EmulatedStripe Stripe { get; } = new();

    /// <summary>Whether timers run by themselves; without, a test carries jobs out one by one.</summary>
    protected virtual bool TimersRun => true;

    protected override IEnumerable<KeyValuePair<string, string>> Settings =>
    [
        new("Stripe:ApiBase", Stripe.Address.ToString()), new("Stripe:RequestsPerSecond:Test", "2000"), new("Stripe:RequestsPerSecond:Live", "2000"), new("Reconciliation:Daily", "false"),
    ];

    public override async ValueTask InitializeAsync()
    {
        Clock.MoveTo(await Stripe.Now());
        await base.InitializeAsync();
    }

    /// <summary>Carries out what is due where no timer does it; a look at what comes of the queue begins with it.</summary>
    public Task Turn() => TimersRun ? Task.CompletedTask : Services.GetRequiredService<JobDispatcher>().Run(default);

    /// <summary>Moves Stripe's clock, then ours. A test that moves ours alone makes what is paid from then on paid in the past, also in the tests that follow it.</summary>
    public async Task Advance(TimeSpan by)
    {
        await Stripe.MoveTo(Clock.GetUtcNow() + by);
        Clock.Advance(by);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Stripe.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        base.ConfigureWebHost(builder);
        if (!TimersRun)
        {
            builder.ConfigureTestServices(StopTimers);
        }
    }

    /// <summary>Takes the timers out: what they would do, a test does itself.</summary>
    public static void StopTimers(IServiceCollection services)
    {
        foreach (var timer in services.Where(s => s.ServiceType == typeof(IHostedService) && s.ImplementationFactory?.Method.DeclaringType?.Assembly == typeof(ServiceDefaults.Wakeups).Assembly).ToList())
        {
            services.Remove(timer);
        }
    }
}

/// <summary>The same without timers: nothing happens but what the test does.</summary>
public sealed class StillInvoicingApp : InvoicingApp
{
    protected override bool TimersRun => false;
}
