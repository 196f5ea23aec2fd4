namespace Stripe.TestHelpers;

public class TestClockAdvanceOptions : BaseOptions
{
    public DateTime? FrozenTime { get; set; }
}

public class TestClockCreateOptions : BaseOptions
{
    public string Customer { get; set; }
    public DateTime? FrozenTime { get; set; }
    public string Name { get; set; }
}

public class TestClockDeleteOptions : BaseOptions;

public class TestClockGetOptions : BaseOptions;

public class TestClockListOptions : ListOptions;
