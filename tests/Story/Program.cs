using Marketplace.Story;

if (args is not [("seed" or "demo") and var verb, ..] || Option("--gateway") is not { } gateway || Option("--stripe") is not { } stripe || Option("--echo") is not { } echo)
{
    Console.Error.WriteLine("story seed|demo --gateway URL --stripe URL --echo URL [--billing-model invoices|subscriptions]");
    return 2;
}

var settings = new Settings(new Uri(gateway), new Uri(stripe), new Uri(echo)) { BillingModel = Option("--billing-model") ?? "invoices" };
var began = TimeProvider.System.GetTimestamp();
try
{
    if (verb == "seed")
    {
        await Seed.Run(settings);
    }
    else
    {
        foreach (var line in await new Play(settings).Run())
        {
            Console.WriteLine(line);
        }

        Console.WriteLine($"Played in {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0.0} s.");
    }

    return 0;
}
catch (StoryException exception)
{
    Console.Error.WriteLine($"FAILED: {exception.Message}");
    return 1;
}

string? Option(string name) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : null;
