using Marketplace.Catalog.Migrations;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Catalog;

/// <summary>Every timer of this service.</summary>
internal static class CatalogSchedule
{
    public static void AddSchedule(this IServiceCollection services) => services.AddScheduled(new(
        "execute-migrations", TimeSpan.FromSeconds(15),
        (s, now, c) => MigrationExecution.RunDue(s.GetRequiredService<DueWork>(), s.GetRequiredService<Database>(), s.GetRequiredService<TimeProvider>(), now, c),
        (s, c) => MigrationExecution.NextDue(s.GetRequiredService<Database>(), c)));
}
