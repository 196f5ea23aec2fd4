using Marketplace.Contracts.WebhookIngest;
using Marketplace.Storage;
using Stripe;

namespace Marketplace.Invoicing;

/// <summary>Mirrors the objects that a plan consists of at Stripe: whatever was done to one of them, the whole plan is held against what we made.</summary>
public sealed class PlanObjectMirror(string objectType, CheckPlan check, RejectedUsage rejected, Database database) : IStripeMirror
{
    /// <inheritdoc/>
    public string ObjectType => objectType;

    /// <inheritdoc/>
    public async Task<ApplyFetched> Fetch(StripeEventReceived heard, BillingIntegration integration, CancellationToken cancellation)
    {
        if (RejectedUsage.ErrorReports.Contains(heard.Type))
        {
            return await rejected.Fetch(heard, integration, cancellation);
        }

        var ourId = await StripeObjects.OurId(database, integration.Keys, heard.ObjectId, cancellation);
        if (ourId is null || await PlanMirror.Find(database, ourId.Split('/')[0], cancellation) is not { } mirror)
        {
            return Ignored.Because($"The {objectType} was not made by the marketplace.");
        }

        try
        {
            var what = await check.Ask(integration.Keys, mirror, cancellation);
            return async (transaction, stop) =>
            {
                await check.Apply(transaction, integration, mirror.Id, what, stop);
                return null;
            };
        }
        catch (StripeException exception) when (Ignored.Reason(exception, objectType, "Products, Prices and Meters: Read") is { } reason)
        {
            return Ignored.Because(reason);
        }
    }

    /// <inheritdoc/>
    public Task LookSoon(Transaction transaction, StripeEventReceived heard, BillingIntegration integration, CancellationToken cancellation) => Task.CompletedTask;
}
