namespace Marketplace.Testing;

/// <summary>Where property tests begin to draw: the same samples in every run, so that a run that passed passes again. Change it to look elsewhere.</summary>
public static class PropertySeed
{
    /// <summary>The generator's state.</summary>
    public const ulong Start = 20261121;

    /// <summary>Its step: odd, and of mixed bits, without which samples resemble each other.</summary>
    public const ulong Step = 0x9E3779B97F4A7C15;
}
