using System.Text.Json.Serialization;
using Stripe.Infrastructure;

namespace Stripe;

public interface IExpandableField
{
    string Id { get; set; }
    object ExpandedObject { get; set; }
    bool IsExpanded { get; }
}

public interface IExpandableField<T> : IExpandableField
    where T : IHasId
{
    new T ExpandedObject { get; set; }
}

/// <summary>Another object by its id, or, where the call asked to expand it, the object itself.</summary>
[JsonConverter(typeof(EntityConverter))]
public class ExpandableField<T> : IExpandableField<T>
    where T : IHasId
{
    public string Id
    {
        get => ExpandedObject?.Id ?? field;
        set => field = ExpandedObject is null ? value : throw new InvalidOperationException("Cannot set Id when ExpandedObject is already set.");
    }

    public T ExpandedObject { get; set; }

    object IExpandableField.ExpandedObject
    {
        get => ExpandedObject;
        set => ExpandedObject = (T)value;
    }

    bool IExpandableField.IsExpanded => ExpandedObject is not null;
}
