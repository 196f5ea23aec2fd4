using System.Globalization;
using Marketplace.Benchmarks;

switch (args)
{
    case ["emulator"]:
        await Emulator.Measure(20_000);
        return 0;
    case ["emulator", var calls]:
        await Emulator.Measure(int.Parse(calls, CultureInfo.InvariantCulture));
        return 0;
    case ["peer", var address, var file]:
        await Peer.Serve(address, file);
        return 0;
    default:
        Console.Error.WriteLine("What is to be measured? ./bench emulator");
        return 2;
}
