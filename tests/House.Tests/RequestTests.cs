using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Microsoft.AspNetCore.Mvc;

namespace Marketplace.House.Tests;

/// <summary>What validation silently passes over: internal or nested requests, strings that are not required, a host that never asked for validation.</summary>
public sealed class RequestTests
{
    [Fact]
    public void Requests_are_public_not_nested_and_their_strings_are_required() =>
        House.Holds("requests", House.Hosts.SelectMany(host => host.GetTypes()).Where(IsRequest).SelectMany(Faults));

    [Fact]
    public void Request_names_are_unique_because_the_API_document_knows_them_by_name_only() => House.Holds(
        "request names",
        House.Hosts.SelectMany(host => host.GetTypes()).Where(IsRequest).GroupBy(type => type.Name, StringComparer.Ordinal).Where(same => same.Count() > 1)
            .Select(same => $"{same.Key}: is the name of {string.Join(" and ", same.Select(type => type.FullName))}"));

    [Fact]
    public void Every_host_asks_for_validation_itself() => House.Holds(
        "validation", House.Sources.Where(file => file.Name == "Program.cs" && Host(file) && !file.Text.Contains(".AddValidation()", StringComparison.Ordinal))
            .Select(file => $"{file.Path}: does not call AddValidation(), which does nothing when a library calls it"));

    [Fact]
    public void Faults_of_requests_are_found()
    {
        Assert.Contains("not public", Faults(typeof(HiddenRequest)).Single(), StringComparison.Ordinal);
        Assert.Contains("nested", Faults(typeof(NestedRequest)).Single(), StringComparison.Ordinal);
        Assert.Equal(
            ["SloppyRequest.Title", "SloppyPart.Name"],
            Faults(typeof(SloppyRequest)).Select(fault => fault.Split(':')[0].Replace("Marketplace.House.Tests.", "", StringComparison.Ordinal)));
        Assert.Empty(Faults(typeof(GoodRequest)));
    }

    private static readonly HashSet<Type> Handled = [.. House.Hosts.SelectMany(host => host.GetTypes())
        .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
        .Where(method => method.Name == "Handle")
        .SelectMany(method => method.GetParameters())
        .Select(parameter => parameter.ParameterType)];

    public sealed record NestedRequest(int Count);

    private static bool Host(SourceFile file) =>
        file.Path.StartsWith("services/", StringComparison.Ordinal) || file.Path.StartsWith("gateway/", StringComparison.Ordinal);

    // What a handler takes, and whatever else is public and named so; an access request, for one, is a thing of the business.
    private static bool IsRequest(Type type) =>
        type.Name.EndsWith("Request", StringComparison.Ordinal) && type is { IsClass: true, IsAbstract: false }
        && (type.IsPublic || type.IsNestedPublic || Handled.Contains(type));

    private static IEnumerable<string> Faults(Type request)
    {
        if (request.IsNested)
        {
            yield return $"{request.FullName}: is nested; its schema would be shared with every other of its name";
        }
        else if (!request.IsPublic)
        {
            yield return $"{request.FullName}: is not public and therefore never validated";
        }

        foreach (var (owner, property) in Properties(request, []))
        {
            if (IsBareString(property) && !IsRequired(owner, property))
            {
                yield return $"{owner.FullName}.{property.Name}: is a non-nullable string without [Required]; an absent one would be null";
            }
        }
    }

    // The request's own properties and those of the parts that it is made of.
    private static IEnumerable<(Type Owner, PropertyInfo Property)> Properties(Type type, HashSet<Type> seen)
    {
        if (!seen.Add(type))
        {
            return [];
        }

        var own = type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.Name != "EqualityContract").ToList();
        var parts = own.Select(property => property.PropertyType)
            .SelectMany(part => part.IsGenericType ? part.GetGenericArguments() : part.IsArray ? [part.GetElementType()!] : [part])
            .Where(part => part.Assembly == type.Assembly && part.IsClass);
        return own.Select(property => (type, property)).Concat(parts.SelectMany(part => Properties(part, seen)));
    }

    private static bool IsBareString(PropertyInfo property) =>
        property.PropertyType == typeof(string) && property.CanWrite && new NullabilityInfoContext().Create(property).WriteState == NullabilityState.NotNull;

    private static bool IsRequired(Type owner, PropertyInfo property) =>
        property.IsDefined(typeof(RequiredAttribute)) || property.IsDefined(typeof(FromRouteAttribute))
        || owner.GetConstructors().SelectMany(constructor => constructor.GetParameters())
            .Any(parameter => parameter.Name == property.Name && (parameter.IsDefined(typeof(RequiredAttribute)) || parameter.HasDefaultValue));
}

internal sealed record HiddenRequest(int Count);

/// <summary>Breaks the rule for strings twice.</summary>
public sealed record SloppyRequest(string Title, string? Note, IReadOnlyList<SloppyPart> Parts);

/// <summary>A part of a request.</summary>
public sealed record SloppyPart(string Name);

/// <summary>Keeps every rule.</summary>
public sealed record GoodRequest([property: Required] string Title, [Required] string Name, string? Note, string Currency = "usd");
