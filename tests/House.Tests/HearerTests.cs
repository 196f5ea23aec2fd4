using System.Reflection;
using MassTransit;
using Marketplace.Storage;

namespace Marketplace.House.Tests;

/// <summary>What several hosts hear is announced to each of them, whether or not it has ever run.</summary>
public sealed class HearerTests
{
    private static readonly Dictionary<string, string> Prefixes = new(StringComparer.Ordinal) { ["WebhookIngest"] = "webhooks" };

    [Fact]
    public void Contracts_that_more_than_one_hears_have_their_queues_bound_before_they_are_announced() => House.Holds(
        "hearers", Missing(House.Hosts.SelectMany(host => host.GetTypes()), contract => Hearers.Of(contract.FullName!)));

    [Fact]
    public void A_hearer_that_is_not_named_is_found() => Assert.Equal(
        ["Marketplace.House.Tests.Rung: is heard by tests-hear-bell, tests-hear-bell-too; say so in services/Storage/Hearers.cs"],
        Missing([typeof(HearBell), typeof(HearBellToo), typeof(HearWhisper)], _ => []));

    private static IEnumerable<string> Missing(IEnumerable<Type> types, Func<Type, IReadOnlyList<string>> named) =>
        from type in types
        where type is { IsClass: true, IsAbstract: false }
        from consumed in type.GetInterfaces()
        where consumed.IsGenericType && consumed.GetGenericTypeDefinition() == typeof(IConsumer<>)
        group type by consumed.GetGenericArguments()[0] into heard
        // A gateway's queues are its own, and it reads what it missed.
        let queues = heard.Count() < 2 ? [] : heard.Where(type => PrefixOf(type) != "gateway").Select(QueueOf).Order(StringComparer.Ordinal).ToArray()
        where !queues.SequenceEqual(named(heard.Key).Order(StringComparer.Ordinal))
        select $"{heard.Key.FullName}: is heard by {string.Join(", ", queues)}; say so in services/Storage/Hearers.cs";

    private static string QueueOf(Type consumer) => $"{PrefixOf(consumer)}-{new KebabCaseEndpointNameFormatter(false).SanitizeName(consumer.Name)}";

    private static string PrefixOf(Type consumer)
    {
        var host = consumer.Assembly.GetName().Name!.Split('.')[^1];
        return Prefixes.GetValueOrDefault(host, host.ToLowerInvariant());
    }
}

public sealed record Rung(string Id);

public sealed record Whispered(string Id);

public sealed class HearBell : IConsumer<Rung>
{
    public Task Consume(ConsumeContext<Rung> context) => Task.CompletedTask;
}

public sealed class HearBellToo : IConsumer<Rung>
{
    public Task Consume(ConsumeContext<Rung> context) => Task.CompletedTask;
}

public sealed class HearWhisper : IConsumer<Whispered>
{
    public Task Consume(ConsumeContext<Whispered> context) => Task.CompletedTask;
}
