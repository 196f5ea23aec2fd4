namespace Marketplace.Invoicing;

/// <summary>How a dispute moves on: Stripe's own words, by how far they are.</summary>
public static class DisputeState
{
    /// <summary>The later of two of Stripe's states: inquiries, then disputes, then decisions. What was fetched before and is applied after takes nothing back.</summary>
    public static string Later(string? known, string fetched) => known is null || Rank(fetched) >= Rank(known) && Rank(known) < Decided ? fetched : known;

    /// <summary>Whether the bank has the money or is about to, and has not decided: access is withheld.</summary>
    public static bool IsOpen(string status) => Rank(status) == Opened;

    /// <summary>How it ended as hearers know it; null while it goes on.</summary>
    public static string? Outcome(string status) => status switch { "won" => "won", "lost" => "lost", _ when Rank(status) == Decided => "withdrawn", _ => null };

    private const int Opened = 1;
    private const int Decided = 2;

    // A word that is not known here yet is taken for an inquiry: nobody loses access over it.
    private static int Rank(string status) => status switch
    {
        "needs_response" or "under_review" => Opened,
        "won" or "lost" or "warning_closed" or "prevented" => Decided,
        _ => 0,
    };
}
