namespace Marketplace.Invoicing;

/// <summary>One kind of job: what it sends to Stripe and what it writes down of the answer.</summary>
public interface IStripeJobKind
{
    /// <summary>The kind's name in the queue.</summary>
    string Kind { get; }

    /// <summary>Calls Stripe outside any transaction, then applies the result and finishes the job in one. It may be carried out again from the start at
    /// any time: what an earlier claim may have made is looked up first (<see cref="StripeJob.MayHaveRun"/>), and every step has its own key.</summary>
    /// <exception cref="JobFailedException">It cannot be carried out as things are; the lane stops where people see it.</exception>
    Task Carry(StripeJob job, StripeKeys keys, CancellationToken cancellation);
}

/// <summary>Registers kinds of jobs.</summary>
public static class StripeJobKinds
{
    /// <summary>Lets the workers carry out one more kind.</summary>
    public static IServiceCollection AddStripeJob<TKind>(this IServiceCollection services)
        where TKind : class, IStripeJobKind =>
        services.AddSingleton<TKind>().AddSingleton<IStripeJobKind>(provider => provider.GetRequiredService<TKind>());
}
