namespace Marketplace.Story;

/// <summary>Where the story is played, and the two things that a test does in its own way.</summary>
public sealed record Settings(Uri Gateway, Uri Stripe, Uri Echo)
{
    /// <summary>How the provider's integration bills: <c>invoices</c>, <c>subscriptions</c>, in which Stripe renews, or <c>custom</c>: a billing system of its own.</summary>
    public string BillingModel { get; init; } = "invoices";

    /// <summary>Whether Stripe renews: a first payment is made at a checkout, later ones are charged to the card stored there.</summary>
    public bool StripeRenews => BillingModel == "subscriptions";

    /// <summary>Pays an open invoice on its hosted page; by default by sending the page's form, in the Journeys with a browser.</summary>
    public Func<Uri, Task> Pay { get; init; } = HostedPage.PayByCard;

    /// <summary>Called between chapters with the chapter's name; the Journeys kill a service here.</summary>
    public Func<string, Task> Between { get; init; } = _ => Task.CompletedTask;

    /// <summary>How soon access must open after a payment. A suite that shares its machine with others asserts no time and allows more.</summary>
    public TimeSpan OpensWithin { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Takes the lines of the story as they happen.</summary>
    public Action<string> Tell { get; init; } = Console.WriteLine;

    /// <summary>Makes names unique, so that the story can be played again on the same data.</summary>
    public string Run { get; init; } = Convert.ToHexStringLower(BitConverter.GetBytes(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds()))[..8];
}
