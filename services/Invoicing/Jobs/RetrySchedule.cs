namespace Marketplace.Invoicing;

/// <summary>What becomes of a job after a failure: pure, so that one test pins the table. Five retries over 70 minutes, then it stops its lane.</summary>
public static class RetrySchedule
{
    private static readonly TimeSpan[] Delays =
        [TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(50), TimeSpan.FromMinutes(4), TimeSpan.FromMinutes(15), TimeSpan.FromMinutes(50)];

    /// <summary>How many retries follow the first attempt.</summary>
    public static int Retries => Delays.Length;

    /// <summary>From the first attempt to the last. So long a job also waits, without using up attempts, for an account that goes too fast for Stripe.</summary>
    public static TimeSpan Whole { get; } = TimeSpan.FromTicks(Delays.Sum(delay => delay.Ticks));

    /// <summary>The job's next status and, where it waits, for how long.</summary>
    /// <param name="failure">What went wrong.</param>
    /// <param name="failedBefore">Attempts that had failed before this one.</param>
    public static (string Status, TimeSpan Wait) After(StripeFailure failure, int failedBefore) => failure switch
    {
        { Kind: StripeFailureKind.Refused } => ("failed", TimeSpan.Zero),
        { Kind: StripeFailureKind.AccountWide } => ("blocked", TimeSpan.Zero),
        { MayRetry: false } => ("blocked", TimeSpan.Zero),
        _ when failedBefore >= Delays.Length => ("blocked", TimeSpan.Zero),
        { RetryAfter: { } asked } when asked > Delays[failedBefore] => ("waiting", asked),
        _ => ("waiting", Delays[failedBefore]),
    };
}
