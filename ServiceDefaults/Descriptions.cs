using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.Infrastructure;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Marketplace.ServiceDefaults;

/// <summary>Completes what the OpenAPI document says of a route, so that no route can forget it: a summary from its name, a description from its handler's
/// documentation, the refusals that all have, and whether it needs a token.</summary>
internal static partial class Descriptions
{
    private const string ProblemJson = "application/problem+json";
    private static readonly ConcurrentDictionary<Assembly, IReadOnlyDictionary<string, string>> Documented = new();

    public static void Complete(OpenApiOptions options)
    {
        options.AddOperationTransformer(Complete);
        options.AddSchemaTransformer(Texts);
    }

    // A text is read by a converter of ours, of which the generator knows nothing.
    private static Task Texts(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellation)
    {
        if (context.JsonTypeInfo.Type == typeof(string))
        {
            schema.Type = context.JsonPropertyInfo is { IsGetNullable: true } ? JsonSchemaType.String | JsonSchemaType.Null : JsonSchemaType.String;
            if (Declared<PlainTextAttribute>(context) is { } bounds)
            {
                (schema.MinLength, schema.MaxLength) = (bounds.MayBeBlank ? 0 : schema.MinLength ?? 1, bounds.MaxLength);
            }

            if (Declared<AllowedValuesAttribute>(context) is { } words)
            {
                schema.Enum = [.. words.Values.OfType<string>().Select(word => (JsonNode)word)];
                if (schema.Type == (JsonSchemaType.String | JsonSchemaType.Null))
                {
                    schema.Enum.Add(JsonNullSentinel.JsonNull);
                }
            }
        }
        else if (context.JsonTypeInfo is { Kind: JsonTypeInfoKind.Dictionary } texts && texts.ElementType == typeof(string))
        {
            schema.AdditionalProperties = new OpenApiSchema { Type = JsonSchemaType.String };
        }
        else if (context.JsonTypeInfo.ElementType == typeof(string))
        {
            schema.Items = new OpenApiSchema { Type = JsonSchemaType.String };
        }

        return Task.CompletedTask;
    }

    // A field of a body, declared as a property or as a parameter of its record, or what a query or path gives.
    private static TAttribute? Declared<TAttribute>(OpenApiSchemaTransformerContext context)
        where TAttribute : Attribute
    {
        ICustomAttributeProvider?[] declared = context.JsonPropertyInfo is { } field ? [field.AttributeProvider, field.AssociatedParameter?.AttributeProvider]
            : context.ParameterDescription?.ParameterDescriptor is IParameterInfoParameterDescriptor given ? [given.ParameterInfo] : [];
        return declared.OfType<ICustomAttributeProvider>().SelectMany(place => place.GetCustomAttributes(typeof(TAttribute), inherit: true)).OfType<TAttribute>().FirstOrDefault();
    }

    private static Task Complete(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellation)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        if (operation.OperationId is { } name)
        {
            operation.Summary ??= Sentence(name);
        }

        if (metadata.OfType<MethodInfo>().FirstOrDefault() is { DeclaringType: not null } handler)
        {
            operation.Description ??= Description(handler);
        }

        if (metadata.OfType<IAllowAnonymous>().Any())
        {
            operation.Security = [];
        }
        else
        {
            Refuses(operation, context, "401", "The token is missing, not valid, or not valid any more.");
            Refuses(operation, context, "403", "The caller lacks the role, or the token the scope.");
        }

        if (operation.RequestBody is not null || operation.Parameters?.Any(p => p.In == ParameterLocation.Query) == true)
        {
            Refuses(operation, context, "400", "A field or parameter is not as expected; errors names it.");
        }

        if (operation.RequestBody is not null)
        {
            Refuses(operation, context, "415", "The body is not JSON.");
        }

        return Task.CompletedTask;
    }

    private static void Refuses(OpenApiOperation operation, OpenApiOperationTransformerContext context, string status, string why)
    {
        operation.Responses ??= [];
        if (!operation.Responses.ContainsKey(status))
        {
            operation.Responses[status] = new OpenApiResponse
            {
                Description = why,
                Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal) { [ProblemJson] = new() { Schema = new OpenApiSchemaReference("ProblemDetails", context.Document) } },
            };
        }
    }

    // CreateBillingIntegration: Create billing integration
    private static string Sentence(string name)
    {
        var words = WordStarts().Replace(name, " ").Split(' ');
        return string.Join(' ', words.Select((word, i) => i == 0 || word.All(char.IsUpper) ? word : word.ToLowerInvariant()));
    }

    private static string? Description(MethodInfo handler)
    {
        var known = Documented.GetOrAdd(handler.DeclaringType!.Assembly, Read);
        var type = handler.DeclaringType.FullName!.Replace('+', '.');
        string?[] parts = [known.GetValueOrDefault($"T:{type}"), known.GetValueOrDefault($"M:{type}.{handler.Name}")];
        return string.Join("\n\n", parts.OfType<string>()) is { Length: > 0 } text ? text : null;
    }

    // The compiler's documentation file beside the assembly: summaries by type and by method, without the methods' parameters.
    private static IReadOnlyDictionary<string, string> Read(Assembly assembly)
    {
        var file = Path.ChangeExtension(assembly.Location, ".xml");
        return !File.Exists(file) ? new Dictionary<string, string>()
            : XDocument.Load(file).Descendants("member").Where(member => member.Element("summary") is not null)
                .GroupBy(member => ((string)member.Attribute("name")!).Split('(')[0], StringComparer.Ordinal)
                .ToDictionary(group => group.Key, group => Text(group.First().Element("summary")!), StringComparer.Ordinal);
    }

    private static string Text(XElement summary) => Spaces().Replace(string.Concat(summary.Nodes().Select(node => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
        XElement { Name.LocalName: "see" } see => see.Attribute("cref") is { } type ? type.Value.Split('.')[^1] : (string?)see.Attribute("langword") ?? "",
        XElement other => (string?)other.Attribute("name") ?? other.Value,
        _ => "",
    })), " ").Trim();

    [GeneratedRegex("(?<=[a-z])(?=[A-Z])", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex WordStarts();

    [GeneratedRegex(@"\s+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Spaces();
}
