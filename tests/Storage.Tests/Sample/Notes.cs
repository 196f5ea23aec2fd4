using MassTransit;
using Marketplace.Contracts.Accounts;
using Marketplace.ServiceDefaults;
using Microsoft.AspNetCore.Http;

namespace Marketplace.Storage.Tests.Sample;

/// <summary>A note was written.</summary>
public sealed record NoteWritten(string Id, string Text);

/// <summary>An announcement that no queue is bound for.</summary>
public sealed record NobodyHears(string Text);

/// <summary>How the sample's handlers behave, set by a test.</summary>
public sealed class Switches
{
    /// <summary>Held handlers wait for it.</summary>
    public TaskCompletionSource Gate { get; set; } = new();

    /// <summary>What the consumer throws for the text <c>poison</c>; null once it is repaired.</summary>
    public Func<Exception>? Poison { get; set; } = () => new InvalidOperationException("the note is poisonous");
}

public sealed record WriteNoteRequest(string Text, int Stars = 0);

public sealed record NoteAnswer(string Id, string Text);

/// <summary>Writes a note. The texts <c>fail before</c>, <c>fail after</c>, <c>refuse</c>, <c>refuse after</c>, <c>hold</c>, <c>hang</c> and <c>give up</c> do so around the commit.</summary>
public static class WriteNote
{
    public static async Task<IResult> Handle(WriteNoteRequest request, Database database, TimeProvider clock, Switches switches, HttpContext http, CancellationToken cancellation)
    {
        var note = new NoteAnswer(Ids.New("not", clock), request.Text);
        await using var transaction = await database.Begin(cancellation);
        await transaction.Execute("insert into notes (id, text) values (@Id, @Text)", note, cancellation);
        await transaction.Announce(new NoteWritten(note.Id, note.Text), cancellation);
        switch (request.Text)
        {
            case "fail before": throw new InvalidOperationException("secret-of-the-failure");
            case "refuse": return Problem.Of(StatusCodes.Status409Conflict, "note_refused", "Write something else.", "text");
            case "hold": await switches.Gate.Task.WaitAsync(cancellation); break;
            case "hang": await Task.Delay(Timeout.Infinite, cancellation); break;
            case "give up": await Task.Delay(Timeout.Infinite, cancellation).ContinueWith(_ => { }, TaskScheduler.Default); return Results.Empty;
        }

        await transaction.Commit(cancellation);
        if (request.Text == "fail after")
        {
            throw new InvalidOperationException("secret-of-the-failure");
        }

        if (request.Text == "refuse after")
        {
            return Problem.Of(StatusCodes.Status503ServiceUnavailable, "note_not_ready", "Repeat the request.");
        }

        http.SetVersion(1);
        return TypedResults.Created($"/v1/notes/{note.Id}", note);
    }
}

/// <summary>Lists notes.</summary>
public static class ListNotes
{
    public static async Task<Page<NoteAnswer>> Handle([AsParameters] PageQuery page, Database database, CancellationToken cancellation) => Page<NoteAnswer>.Of(
        await database.Query<NoteAnswer>("select id, text from notes where id < @After order by id desc limit @Take", page, cancellation),
        page, note => note.Id);
}

/// <summary>Writes down what it heard, once per note.</summary>
public sealed class HearNote(Database database, Switches switches) : IConsumer<NoteWritten>
{
    public async Task Consume(ConsumeContext<NoteWritten> context)
    {
        if (context.Message.Text == "poison" && switches.Poison is { } poison)
        {
            throw poison();
        }

        await using var transaction = await database.Begin(context.CancellationToken);
        if (await transaction.Claim(nameof(HearNote), context.Message.Id, context.CancellationToken))
        {
            await transaction.Execute("insert into heard (note_id, text) values (@Id, @Text)", context.Message, context.CancellationToken);
        }

        await transaction.Commit(context.CancellationToken);
    }
}

/// <summary>Writes down the titles of organizations, in the queue of the service that it plays.</summary>
public sealed class KeepConsumerOrganization(Database database) : IConsumer<OrganizationCreated>
{
    public Task Consume(ConsumeContext<OrganizationCreated> context) =>
        database.Execute("insert into heard (note_id, text) values (@Id, @Title)", new { Id = context.Message.OrganizationId, context.Message.Title }, context.CancellationToken);
}
