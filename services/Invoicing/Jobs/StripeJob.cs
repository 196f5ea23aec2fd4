namespace Marketplace.Invoicing;

/// <summary>One call, or short series of calls, to Stripe.</summary>
/// <param name="Lane">The consumer organization, or <c>*</c> where the integration has one lane; strict order inside it.</param>
/// <param name="Kind">A registered <see cref="IStripeJobKind"/>.</param>
/// <param name="SubjectId">Our customer or invoice.</param>
/// <param name="Attempts">Failed attempts so far.</param>
/// <param name="KeyGeneration">Which idempotency key is in use: a new one only after it was looked up that the old one made nothing.</param>
/// <param name="FreshKey">The old key would only repeat a recorded failure.</param>
/// <param name="Lease">Number of this claim: a worker whose claim is no longer the last one cannot apply its result.</param>
public sealed record StripeJob(
    string Id, string IntegrationId, string Lane, string Kind, string SubjectId, int Attempts, int KeyGeneration, bool FreshKey, int Lease,
    DateTimeOffset FirstAttemptAt, string? TraceParent, DateTimeOffset CreatedAt)
{
    /// <summary>Whether an earlier claim may have reached Stripe, so that what it made must be looked up before anything is made.</summary>
    public bool MayHaveRun => Lease > 1;

    /// <summary>The idempotency key of one step of the job.</summary>
    public string Key(string step) => KeyGeneration == 0 ? $"{Id}/{step}" : $"{Id}/{KeyGeneration}/{step}";
}

/// <summary>Another worker has claimed the job meanwhile: what this one found out is not applied.</summary>
public sealed class LeaseLostException(string job) : Exception($"The lease of {job} is lost.");
