using System.Data;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Dapper;
using Marketplace.Contracts.Catalog;
using Marketplace.Contracts.Invoicing;

namespace Marketplace.Subscriptions;

/// <summary>Columns that hold JSON, written with <c>@Value::jsonb</c>.</summary>
internal sealed class JsonColumn<T> : SqlMapper.TypeHandler<T>
{
    public override void SetValue(IDbDataParameter parameter, T? value) => parameter.Value = JsonSerializer.Serialize(value, JsonSerializerOptions.Web);

    public override T? Parse(object value) => JsonSerializer.Deserialize<T>((string)value, JsonSerializerOptions.Web);
}

internal static class Columns
{
    [ModuleInitializer]
    internal static void Register()
    {
        SqlMapper.AddTypeHandler(new JsonColumn<PlanSnapshot>());
        SqlMapper.AddTypeHandler(new JsonColumn<ProductPublished>());
        SqlMapper.AddTypeHandler(new JsonColumn<MigrationRequested>());
        SqlMapper.AddTypeHandler(new JsonColumn<ChangeTarget>());
        SqlMapper.AddTypeHandler(new JsonColumn<PaymentProblem>());
        SqlMapper.AddTypeHandler(new JsonColumn<PaymentMethodSummary>());
    }
}
