namespace Stripe;

public interface IAnyOf
{
    object Value { get; }
    Type Type { get; }
}

public abstract class AnyOf : IAnyOf
{
    public abstract object Value { get; }
    public abstract Type Type { get; }

    public override string ToString() => Value is null ? "AnyOf(null)" : Value.ToString();
}

public class AnyOf<T1, T2> : AnyOf
{
    private readonly T1 first;
    private readonly T2 second;

    public AnyOf(T1 value) => (first, Type) = (value, typeof(T1));

    public AnyOf(T2 value) => (second, Type) = (value, typeof(T2));

    public override object Value => Type == typeof(T1) ? first : second;
    public override Type Type { get; }

    public static implicit operator AnyOf<T1, T2>(T1 value) => value is null ? null : new(value);
    public static implicit operator AnyOf<T1, T2>(T2 value) => value is null ? null : new(value);
    public static implicit operator T1(AnyOf<T1, T2> anyOf) => anyOf.first;
    public static implicit operator T2(AnyOf<T1, T2> anyOf) => anyOf.second;
}

public class AnyOf<T1, T2, T3> : AnyOf
{
    private readonly T1 first;
    private readonly T2 second;
    private readonly T3 third;

    public AnyOf(T1 value) => (first, Type) = (value, typeof(T1));

    public AnyOf(T2 value) => (second, Type) = (value, typeof(T2));

    public AnyOf(T3 value) => (third, Type) = (value, typeof(T3));

    public override object Value => Type == typeof(T1) ? first : Type == typeof(T2) ? second : third;
    public override Type Type { get; }

    public static implicit operator AnyOf<T1, T2, T3>(T1 value) => value is null ? null : new(value);
    public static implicit operator AnyOf<T1, T2, T3>(T2 value) => value is null ? null : new(value);
    public static implicit operator AnyOf<T1, T2, T3>(T3 value) => value is null ? null : new(value);
    public static implicit operator T1(AnyOf<T1, T2, T3> anyOf) => anyOf.first;
    public static implicit operator T2(AnyOf<T1, T2, T3> anyOf) => anyOf.second;
    public static implicit operator T3(AnyOf<T1, T2, T3> anyOf) => anyOf.third;
}
