namespace Marketplace.StripeEmulator.Admin;

/// <summary>Makes the next card attempts fail, whatever the card.</summary>
public sealed class CardKnobs
{
    private readonly Lock gate = new();
    private string decline = "generic_decline";
    private int left;

    public void FailNext(int times, string declineCode)
    {
        lock (gate)
        {
            (left, decline) = (times, declineCode);
        }
    }

    public string? NextFailure()
    {
        lock (gate)
        {
            return left-- > 0 ? decline : Reset();
        }
    }

    private string? Reset()
    {
        left = 0;
        return null;
    }
}
