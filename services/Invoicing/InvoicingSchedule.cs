using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Invoicing;

/// <summary>Every timer of this service.</summary>
public static class InvoicingSchedule
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(15);

    /// <summary>The name of the timer that looks after webhook endpoints.</summary>
    public const string WebhookEndpoints = "look-after-webhook-endpoints";

    /// <summary>The queue's dispatcher, due dates, the polls of open invoices, checkouts and payment methods, webhook endpoints, and what is known of Stripe's reachability.</summary>
    public static IServiceCollection AddInvoicingSchedule(this IServiceCollection services)
    {
        services.AddScheduled(new Scheduled(
            JobDispatcher.Name, JobDispatcher.Poll,
            (provider, _, cancellation) => provider.GetRequiredService<JobDispatcher>().Run(cancellation),
            (provider, cancellation) => provider.GetRequiredService<JobQueue>().NextDue(cancellation)));
        services.AddScheduled(new Scheduled(
            "past-due", Poll,
            (provider, _, cancellation) => provider.GetRequiredService<MarkPastDue>().Run(cancellation),
            (provider, cancellation) => MarkPastDue.NextDue(provider.GetRequiredService<Database>(), cancellation)));
        return services
            .AddScheduled(new Scheduled("look-at-open-invoices", Poll, (provider, _, cancellation) => provider.GetRequiredService<LookAtOpenInvoices>().Run(cancellation)))
            .AddScheduled(new Scheduled("look-at-checkouts", Poll, (provider, _, cancellation) => provider.GetRequiredService<LookAtCheckouts>().Run(cancellation)))
            .AddScheduled(new Scheduled("look-at-payment-methods", Poll, (provider, _, cancellation) => provider.GetRequiredService<LookAtPaymentMethods>().Run(cancellation)))
            .AddScheduled(new Scheduled("forget-invoice-events", TimeSpan.FromHours(1), InvoiceEvents.Forget))
            .AddScheduled(new Scheduled("forget-finished-jobs", TimeSpan.FromHours(1), JobHistory.Forget))
            .AddScheduled(new Scheduled("forget-payment-methods", TimeSpan.FromMinutes(1), (provider, _, cancellation) => provider.GetRequiredService<ForgetPaymentMethods>().Run(cancellation)))
            .AddScheduled(new Scheduled(ForgetIntegrations.Timer, TimeSpan.FromMinutes(1), (provider, _, cancellation) => provider.GetRequiredService<ForgetIntegrations>().Run(cancellation)))
            .AddScheduled(new Scheduled(WebhookEndpoints, TimeSpan.FromMinutes(1), (provider, _, cancellation) => provider.GetRequiredService<WebhookUpkeep>().Run(cancellation)))
            .AddScheduled(new Scheduled("note-stripe-reachability", StripeReachability.Every, (provider, _, cancellation) => provider.GetRequiredService<StripeReachability>().WriteDown(cancellation)));
    }
}
