using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

[JsonConverter(typeof(EntityConverter))]
public abstract class StripeEntity : IStripeEntity
{
    /// <summary>The object as Stripe sent it, with the fields that have no property here.</summary>
    [JsonIgnore] public JsonElement? RawJsonElement { get; protected set; }

    [JsonIgnore] public StripeResponse StripeResponse { get; set; }

    public static IHasObject FromJson(string value) => JsonSerializer.Deserialize<IHasObject>(value, StripeConfiguration.SerializerOptions);

    public static T FromJson<T>(string value)
        where T : IStripeEntity =>
        JsonSerializer.Deserialize<T>(value, StripeConfiguration.SerializerOptions);

    public string ToJson() => JsonSerializer.Serialize(this, GetType(), StripeConfiguration.IndentedSerializerOptions);

    public override string ToString() => $"<{GetType().FullName}@{RuntimeHelpers.GetHashCode(this)} id={(this as IHasId)?.Id}> JSON: {ToJson()}";

    internal void Keep(JsonElement json) => RawJsonElement = json;

    protected static ExpandableField<T> SetExpandableFieldId<T>(string id, ExpandableField<T> expandable)
        where T : IHasId =>
        expandable is not null && expandable.Id == id ? expandable : new ExpandableField<T> { Id = id };

    protected static ExpandableField<T> SetExpandableFieldObject<T>(T obj, ExpandableField<T> expandable)
        where T : IHasId
    {
        expandable ??= new ExpandableField<T>();
        expandable.ExpandedObject = obj;
        return expandable;
    }

    protected static List<ExpandableField<T>> SetExpandableArrayIds<T>(List<string> ids)
        where T : IHasId =>
        ids?.ConvertAll(id => new ExpandableField<T> { Id = id });

    protected static List<ExpandableField<T>> SetExpandableArrayObjects<T>(List<T> objects)
        where T : IHasId =>
        objects?.ConvertAll(x => new ExpandableField<T> { ExpandedObject = x });
}

[JsonConverter(typeof(EntityConverter))]
public abstract class StripeEntity<T> : StripeEntity
    where T : StripeEntity<T>
{
    public static new T FromJson(string value) => FromJson<T>(value);
}
