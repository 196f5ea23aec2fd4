namespace Marketplace.StripeEmulator.Store;

/// <summary>Ids in the shapes that Stripe's have: <c>in_1</c> + 23 characters, <c>cus_</c> + 14, secrets of 32.</summary>
public sealed class Ids(int? seed)
{
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private readonly Lock gate = new();
    private readonly Random random = seed is { } value ? new Random(value) : new Random();

    // How often somebody asks must not change what is made.
    private readonly Random requests = seed is { } value ? new Random(~value) : new Random();

    public string New(string prefix) => prefix == "req" ? $"req_{Letter(14, requests)}" : prefix is "cus" or "prod" ? $"{prefix}_{Letter(14)}" : $"{prefix}_1{Letter(23)}";

    public string Secret(string prefix) => prefix + Letter(32);

    public string Letter(int length) => Letter(length, random);

    private string Letter(int length, Random source)
    {
        lock (gate)
        {
            return string.Create(length, source, static (span, random) =>
            {
                foreach (ref var letter in span)
                {
                    letter = Letters[random.Next(Letters.Length)];
                }
            });
        }
    }

    public int Number(int below)
    {
        lock (gate)
        {
            return random.Next(below);
        }
    }
}
