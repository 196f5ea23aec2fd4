using System.Runtime.CompilerServices;

namespace Stripe.Infrastructure;

/// <summary>Remembers which clearable parameters were assigned: one assigned null is sent empty, one never assigned is not sent.</summary>
internal sealed class Assignments
{
    private readonly HashSet<string> names = [];

    public T Keep<T>(T value, [CallerMemberName] string property = null)
    {
        names.Add(property);
        return value;
    }

    public bool Contains(string property) => names.Contains(property);
}

internal interface ITracksAssignments
{
    Assignments Assigned { get; }
}
