using System.Text.Json;

namespace Marketplace.Storage;

/// <summary>One of many announcements.</summary>
/// <param name="Id">The message's id; its outbox row exists until the broker has confirmed it.</param>
/// <param name="Trace">The trace's parent, or null.</param>
public sealed record Announcement<T>(Guid Id, T Message, string? Trace);

/// <summary>How the outbox holds announcements, also for the statement that stores what it announces and so is a transaction by itself.</summary>
public static class Announcement
{
    /// <summary>Announces the rows of a relation with the columns <c>message</c> and <c>place</c> together: one message, which has them as its one list; takes <c>@MessageType</c> and, as its id,
    /// <c>@Announcement</c>. Of no rows nothing is announced.</summary>
    public static string InsertTogether(string list, string relation) =>
        $"insert into outbox (id, message_type, body) select @Announcement, @MessageType, jsonb_build_object('{list}', jsonb_agg(message::jsonb order by place)) from {relation} having count(*) > 0";

    /// <summary>The outbox's name of a contract.</summary>
    public static string TypeOf<T>() => $"{typeof(T).FullName}, {typeof(T).Assembly.GetName().Name}";

    /// <summary>A message as the outbox holds it.</summary>
    public static string Body<T>(T message) => JsonSerializer.Serialize(message, Transaction.Json);
}
