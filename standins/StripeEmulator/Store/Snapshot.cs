using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Time;

namespace Marketplace.StripeEmulator.Store;

/// <summary>
/// The snapshot file: one JSON line per transaction, <c>{"put":[[kind,id,account,live,sequence,value,inner]…],"del":[id…],"offset":ticks}</c>.
/// A torn last line is what was never acknowledged, so it is cut off. A file that holds mostly history is rewritten when it is opened.
/// </summary>
public static class Snapshot
{
    public static FileStream? Open(string? path, ObjectStore store, EmulatorClock clock)
    {
        if (string.IsNullOrEmpty(path))
        {
            return null;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        if (File.Exists(path))
        {
            var (lines, valid) = Load(path, store, clock);
            if (lines > 1_000 && lines > store.Count * 2L)
            {
                Rewrite(path, store, clock);
            }
            else if (valid < new FileInfo(path).Length)
            {
                using var torn = new FileStream(path, FileMode.Open, FileAccess.Write);
                torn.SetLength(valid);
            }
        }

        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0);
        file.Seek(0, SeekOrigin.End);
        return file;
    }

    /// <summary>The line that repeats a transaction.</summary>
    public static ReadOnlyMemory<byte> Line(IEnumerable<KeyValuePair<string, Stored?>> changes)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true });
        json.WriteStartObject();
        json.WriteStartArray("put");
        foreach (var (_, stored) in changes)
        {
            if (stored is not null)
            {
                Write(json, stored);
            }
        }

        json.WriteEndArray();
        json.WriteStartArray("del");
        foreach (var (id, stored) in changes)
        {
            if (stored is null)
            {
                json.WriteStringValue(id);
            }
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    /// <summary>The line that records how far the clock was moved.</summary>
    public static byte[] OffsetLine(TimeSpan offset) => JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, long> { ["offset"] = offset.Ticks });

    private static void Write(Utf8JsonWriter json, Stored stored)
    {
        json.WriteStartArray();
        json.WriteStringValue(stored.Kind);
        json.WriteStringValue(stored.Id);
        json.WriteStringValue(stored.Scope.Account);
        json.WriteBooleanValue(stored.Scope.Livemode);
        json.WriteNumberValue(stored.Sequence);
        if (stored.Text is { } text)
        {
            json.WriteRawValue(text, skipInputValidation: true);
        }
        else
        {
            stored.Value.WriteTo(json);
        }

        stored.Inner.WriteTo(json);
        json.WriteEndArray();
    }

    private static (long Lines, long Valid) Load(string path, ObjectStore store, EmulatorClock clock)
    {
        long lines = 0, valid = 0;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1 << 20);
        JsonException? torn = null;
        foreach (var line in WholeLines(file))
        {
            if (torn is not null)
            {
                throw new InvalidDataException($"Line {lines + 1} of {path} is not JSON, and it is not the last one.", torn);
            }

            try
            {
                if (line.Length > 0)
                {
                    Apply(line, store, clock);
                }
            }
            catch (JsonException failure)
            {
                torn = failure; // the end of a write that the machine did not live to finish
                continue;
            }

            lines++;
            valid += line.Length + 1;
        }

        return (lines, valid);
    }

    private static IEnumerable<byte[]> WholeLines(FileStream file)
    {
        var buffer = new byte[1 << 20];
        var rest = new MemoryStream();
        int read;
        while ((read = file.Read(buffer)) > 0)
        {
            var from = 0;
            for (var at = Array.IndexOf(buffer, (byte)'\n', 0, read); at >= 0; at = Array.IndexOf(buffer, (byte)'\n', from, read - from))
            {
                rest.Write(buffer, from, at - from);
                yield return rest.ToArray();
                rest.SetLength(0);
                from = at + 1;
            }

            rest.Write(buffer, from, read - from);
        }
    }

    private static void Apply(byte[] line, ObjectStore store, EmulatorClock clock)
    {
        var entry = JsonNode.Parse(line)!.AsObject();
        if (entry["offset"] is { } offset)
        {
            clock.Restore(TimeSpan.FromTicks(offset.GetValue<long>()));
        }

        foreach (var put in entry["put"]?.AsArray() ?? [])
        {
            var fields = put!.AsArray();
            var (value, inner) = (fields[5]!.AsObject(), fields[6]!.AsObject());
            fields.RemoveRange(5, 2); // so that they may stand on their own
            Put(store, fields, value, inner);
        }

        foreach (var id in entry["del"]?.AsArray() ?? [])
        {
            if (store.Find(id!.GetValue<string>()) is { } gone)
            {
                store.Remove(gone);
                store.Depart(gone);
            }
        }
    }

    private static void Put(ObjectStore store, JsonArray fields, JsonObject value, JsonObject inner)
    {
        var (kind, id) = (fields[0]!.GetValue<string>(), fields[1]!.GetValue<string>());
        var scope = new Scope(fields[2]!.GetValue<string>(), fields[3]!.GetValue<bool>());
        if (store.Find(Stored.KeyOf(kind, id, scope)) is { } known)
        {
            if (known.Kind == kind)
            {
                (known.Value, known.Inner) = (value, inner);
                store.Refile(known);
                known.Fold();
                return;
            }

            store.Depart(known);
            store.Remove(known); // a deleted customer stands where the customer stood
        }

        var stored = new Stored(kind, id, scope, fields[4]!.GetValue<long>(), value, inner);
        store.Add(stored);
        stored.Fold();
    }

    private static void Rewrite(string path, ObjectStore store, EmulatorClock clock)
    {
        var fresh = path + ".new";
        using (var file = new FileStream(fresh, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20))
        {
            file.Write(OffsetLine(clock.Offset));
            file.WriteByte((byte)'\n');
            foreach (var stored in store.All.OrderBy(s => s.Sequence))
            {
                file.Write(Line([new(stored.Key, stored)]).Span);
                file.WriteByte((byte)'\n');
            }

            file.Flush(flushToDisk: true);
        }

        File.Move(fresh, path, overwrite: true);
    }
}
