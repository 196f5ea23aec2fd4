namespace Marketplace.Storage;

/// <summary>Claims a message once per consumer, for effects without a business key of their own (counters, mail).</summary>
public static class Inbox
{
    /// <summary>True the first time; false when the effect was already made. Undone with the transaction.</summary>
    public static async Task<bool> Claim(this Transaction transaction, string consumer, string messageKey, CancellationToken cancellation) =>
        await transaction.Execute(
            "insert into inbox (consumer, message_key) values (@consumer, @messageKey) on conflict do nothing",
            new { consumer, messageKey }, cancellation) == 1;
}
