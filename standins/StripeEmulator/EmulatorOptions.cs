namespace Marketplace.StripeEmulator;

/// <summary>Settings of the section <c>Emulator</c>.</summary>
public sealed class EmulatorOptions
{
    /// <summary>File that survives a restart; empty keeps everything in memory only.</summary>
    public string? SnapshotFile { get; set; }

    /// <summary>Address under which people reach the hosted pages; by default the address of the request.</summary>
    public string? PublicUrl { get; set; }

    /// <summary>Makes ids and shuffles repeatable.</summary>
    public int? Seed { get; set; }

    /// <summary>API version of accounts whose callers name none.</summary>
    public string ApiVersion { get; set; } = "2026-07-29.dahlia";

    /// <summary>Account of keys that name none.</summary>
    public string DefaultAccount { get; set; } = "acct_1Default000000000";

    /// <summary>Name on invoices and pages.</summary>
    public string AccountName { get; set; } = "Emulated Provider";

    /// <summary>Webhook attempts in flight per endpoint.</summary>
    public int WebhookConcurrency { get; set; } = 8;

    /// <summary>How long an endpoint may take to answer.</summary>
    public int WebhookTimeoutSeconds { get; set; } = 20;

    /// <summary>Waits between attempts, in seconds; the last one is repeated for three days.</summary>
    public int[] WebhookRetrySeconds { get; set; } = [2, 10, 60, 300, 1_800, 7_200, 18_000, 36_000, 43_200];

    /// <summary>Requests per second and account, as a sandbox has; 0 is unlimited.</summary>
    public int RateLimit { get; set; }

    /// <summary>How long a call waits for another one that changes the same object, in milliseconds, before it is refused with 429 lock_timeout; 0 waits as long as it takes.</summary>
    public int LockTimeoutMilliseconds { get; set; }

    /// <summary>How long a bank takes in test mode, and a refund that arrives later; the slow test accounts take three minutes.</summary>
    public int SettlementSeconds { get; set; } = 2;
}
