using Marketplace.Storage;

namespace Marketplace.Catalog;

/// <summary>A product as it is stored: what a provider sells, made of APIs, described by plans, frozen by releases.</summary>
public sealed record Product
{
    /// <summary>Its id (<c>prd_…</c>).</summary>
    public required string Id { get; init; }

    /// <summary>The provider that owns it.</summary>
    public required string OrganizationId { get; init; }

    /// <summary>Its name in runtime addresses, unique in the installation and never changed.</summary>
    public required string Name { get; init; }

    /// <summary>What people call it.</summary>
    public required string Title { get; init; }

    /// <summary>What it is for.</summary>
    public string? Description { get; init; }

    /// <summary>Address of a picture of it.</summary>
    public string? ImageUrl { get; init; }

    /// <summary>Its newest release, such as <c>1.0.0</c>; null for a draft.</summary>
    public string? Release { get; init; }

    /// <summary>Counts its changes.</summary>
    public required long Version { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary><c>draft</c> until its first release, then <c>active</c>.</summary>
    public string Status => Release is null ? "draft" : "active";

    /// <summary>Loads a product and holds its row, and with it by agreement its plans and releases. Catalog rows are held after it, never before.</summary>
    public static Task<Product?> Lock(Transaction transaction, string id, CancellationToken cancellation) =>
        transaction.QueryOne<Product>("select * from products where id = @id for update", new { id }, cancellation);

    /// <summary>Reads a product.</summary>
    public static Task<Product?> Find(Database database, string id, CancellationToken cancellation) =>
        database.QueryOne<Product>("select * from products where id = @id", new { id }, cancellation);
}
