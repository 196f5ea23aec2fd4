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
    case ["webhooks"]:
        await Webhooks.Measure(8_000);
        return 0;
    case ["webhooks", var events]:
        await Webhooks.Measure(int.Parse(events, CultureInfo.InvariantCulture));
        return 0;
    case ["paid", .. { Length: <= 3 } and var figures]:
        await PaidToUsable.Measure(Figure(figures, 0) ?? 200, Figure(figures, 1) ?? 100, Figure(figures, 2) ?? 1000);
        return 0;
    case ["gateway"]:
        await RuntimePath.Measure(20_000);
        return 0;
    case ["gateway", var calls]:
        await RuntimePath.Measure(int.Parse(calls, CultureInfo.InvariantCulture));
        return 0;
    case ["proxy-peer", var address, var upstream]:
        await ProxyPeer.Forward(address, upstream);
        return 0;
    case ["auth-peer", var address, var key]:
        await ProxyPeer.Authorize(address, key);
        return 0;
    case ["queue"]:
        await Queue.Measure(10_000, 100);
        return 0;
    case ["queue", var jobs]:
        await Queue.Measure(int.Parse(jobs, CultureInfo.InvariantCulture), 100);
        return 0;
    case ["queue", var jobs, var perSecond]:
        await Queue.Measure(int.Parse(jobs, CultureInfo.InvariantCulture), int.Parse(perSecond, CultureInfo.InvariantCulture));
        return 0;
    case ["webhook-peer", var address, var connection, var secret]:
        await WebhookPeer.Serve(address, connection, secret);
        return 0;
    case ["peer", var address, var file]:
        await Peer.Serve(address, file);
        return 0;
    default:
        Console.Error.WriteLine("What is to be measured? ./bench emulator, webhooks, queue, paid or gateway");
        return 2;
}

static int? Figure(string[] figures, int at) => at < figures.Length ? int.Parse(figures[at], CultureInfo.InvariantCulture) : null;
