using Marketplace.Contracts.Catalog;

namespace Marketplace.Subscriptions;

/// <summary>What the installation does with access when money goes back. From <c>Payments:AfterFullRefund</c> and <c>Payments:AfterLostDispute</c>.</summary>
/// <param name="AfterFullRefund">When all that was paid for the newest invoiced period has gone back: <c>suspend</c> access until the next period's invoice (the
/// default, which a refund that fails takes back), <c>cancel</c> the subscription, or <c>keep</c> everything as it is.</param>
/// <param name="AfterLostDispute"><c>cancel</c> the subscription (the default), or <c>keep</c> it.</param>
public sealed record PaymentRules(string AfterFullRefund = PaymentRules.Suspend, string AfterLostDispute = PaymentRules.Cancel)
{
    /// <summary>Withhold access for now.</summary>
    public const string Suspend = "suspend";

    /// <summary>End the subscription.</summary>
    public const string Cancel = "cancel";

    /// <summary>Change nothing.</summary>
    public const string Keep = "keep";

    /// <summary>Whether a lost dispute keeps its payer from a plan: where it ends subscriptions, and the plan is not one that its provider gives by its own decision.</summary>
    public bool Bars(PlanSnapshot plan) => AfterLostDispute == Cancel && plan.Approval != "manual";

    /// <summary>Reads them; an unknown word stops the start, not the first refund.</summary>
    public static PaymentRules Of(IConfiguration configuration) => new(
        Read(configuration["Payments:AfterFullRefund"], "Payments:AfterFullRefund", Suspend, Cancel, Keep),
        Read(configuration["Payments:AfterLostDispute"], "Payments:AfterLostDispute", Cancel, Keep));

    private static string Read(string? given, string key, params string[] known) =>
        string.IsNullOrEmpty(given) ? known[0]
        : known.Contains(given) ? given
        : throw new InvalidOperationException($"{key} is '{given}'. It must be one of: {string.Join(", ", known)}.");
}
