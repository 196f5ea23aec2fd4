using System.Text.Json.Nodes;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Api;

/// <summary>What a handler answers: an object, a page of objects, or a body of its own.</summary>
public abstract record Reply
{
    public static implicit operator Reply(Stored stored) => new One(stored);

    public static implicit operator Reply(JsonObject body) => new Raw(body);

    public sealed record One(Stored Object) : Reply;

    public sealed record Many(string Url, IReadOnlyList<Stored> Data, bool HasMore, string? NextPage = null, bool Search = false, int? TotalCount = null) : Reply
    {
        /// <summary>What a search tells only when it is to be expanded.</summary>
        public const string Total = "total_count";
    }

    public sealed record Raw(JsonObject Body) : Reply;
}
