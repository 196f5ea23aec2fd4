using Marketplace.ServiceDefaults;

namespace Marketplace.Invoicing;

/// <summary>One comparison of every run: of invoices, of customers … It goes page by page, and every page can be done again: a killed process repeats
/// at most one.</summary>
public interface IReconciliationStep
{
    /// <summary>Its name in runs and drifts.</summary>
    string Name { get; }

    /// <summary>Whether the integration has what it compares.</summary>
    bool Concerns(BillingIntegration integration);

    /// <summary>Compares one page: asks Stripe outside any transaction, applies what may be applied without a person, and notes every difference in the
    /// transaction that repairs it, or as open.</summary>
    /// <param name="cursor">Where the page before ended; null for the first.</param>
    Task<ComparedPage> Compare(ReconciliationRun run, BillingIntegration integration, string? cursor, CancellationToken cancellation);

    /// <summary>Looks at one difference again, and repairs what can be repaired.</summary>
    /// <param name="byHand">A person asked for it just now: what is not safe to do unasked is done too.</param>
    Task<DriftVerdict> Look(Drift drift, BillingIntegration integration, bool byHand, CancellationToken cancellation);
}

/// <summary>What a page came to.</summary>
/// <param name="Cursor">Where the next one begins; null at the end.</param>
/// <param name="Examined">How many objects were compared.</param>
public sealed record ComparedPage(string? Cursor, int Examined);

/// <summary>How a difference stands after another look.</summary>
/// <param name="State"><c>repaired</c> when there is none any more, <c>repairing</c> while a job is on its way, else <c>open</c>.</param>
/// <param name="Detail">For an open one: why it cannot be repaired from here, and what to do.</param>
public sealed record DriftVerdict(string State, string? Detail = null)
{
    /// <summary>There is no difference any more.</summary>
    public static readonly DriftVerdict Repaired = new(DriftState.Repaired);

    /// <summary>A job that makes it right is in the queue.</summary>
    public static readonly DriftVerdict Queued = new(DriftState.Repairing);

    /// <summary>The job that makes it right is in the queue, where it is under way or stands still.</summary>
    public static DriftVerdict InQueue(bool moves) => moves ? Queued : Open("Its job stands still: GET /v1/billing-integrations/{id}/job-queue says why.");

    /// <summary>It lasts.</summary>
    public static DriftVerdict Open(string? detail) => new(DriftState.Open, detail);
}

/// <summary>Registers what reconciliation is made of; runs carry out the steps in the order of their registration.</summary>
public static class ReconciliationSteps
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(15);

    /// <summary>Steps, the worker, repairs by hand, and the timers of all three.</summary>
    public static IServiceCollection AddReconciliation(this IServiceCollection services) => services
        .AddSingleton<DriftLog>().AddSingleton<CompareInvoice>().AddSingleton<RepairInvoice>().AddSingleton<ReconciliationWorker>().AddSingleton<RepairDrifts>().AddSingleton<OpenDrift>()
        .AddReconciliationStep<CompareTaxRates>().AddReconciliationStep<ComparePlans>().AddReconciliationStep<CompareSubscriptions>().AddReconciliationStep<CompareMeterTotals>()
        .AddReconciliationStep<CompareStripeInvoices>().AddReconciliationStep<CompareOurInvoices>().AddReconciliationStep<CompareCustomers>().AddReconciliationStep<HandOverEvents>()
        .AddScheduled(new Scheduled("start-reconciliations", TimeSpan.FromMinutes(1), StartReconciliation.WhatIsDue))
        .AddScheduled(new Scheduled(ReconciliationWorker.Timer, Poll, (provider, _, cancellation) => provider.GetRequiredService<ReconciliationWorker>().Run(cancellation)))
        .AddScheduled(new Scheduled(RepairDrifts.Timer, Poll, (provider, _, cancellation) => provider.GetRequiredService<RepairDrifts>().Run(cancellation)))
        .AddScheduled(new Scheduled("count-open-drift", Poll, (provider, _, cancellation) => provider.GetRequiredService<OpenDrift>().Measure(cancellation)));

    /// <summary>Adds a step to every run that begins from now on.</summary>
    public static IServiceCollection AddReconciliationStep<TStep>(this IServiceCollection services)
        where TStep : class, IReconciliationStep =>
        services.AddSingleton<TStep>().AddSingleton<IReconciliationStep>(provider => provider.GetRequiredService<TStep>());
}
