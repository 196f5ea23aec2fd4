using Marketplace.Accounts.SecondFactor;
using Marketplace.ServiceDefaults;
using Marketplace.Storage;

namespace Marketplace.Accounts.Users;

/// <summary>Makes the platform's operator at start from <c>Operator:Email</c> and <c>Operator:Password</c>; the settings win over what is stored.
/// An ordinary user who holds the address before becomes the operator under the set password, and nothing made before opens anything then.</summary>
public sealed class SeedOperator(IConfiguration configuration, Database database, Passwords passwords, TimeProvider clock) : IHostedService
{
    /// <summary>Runs once the schema is there; any number of times with the same outcome.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (configuration["Operator:Email"] is not { Length: > 0 } email)
        {
            return;
        }

        if (configuration["Operator:Password"] is not { Length: >= Passwords.MinLength } password)
        {
            throw new InvalidOperationException($"Operator__Email is set: set Operator__Password too, to at least {Passwords.MinLength} characters.");
        }

        var hash = await passwords.Hash(password, cancellationToken);
        await using var transaction = await database.Begin(cancellationToken);
        var key = EmailAddresses.Key(email);
        var made = await transaction.Execute(
            """
            insert into users (id, email, email_key, password_hash, is_operator, created_at, email_confirmed_at)
            values (@Id, @email, @key, @hash, true, @Now, @Now)
            on conflict (email_key) do nothing
            """, new { Id = Ids.New("usr", clock), email, key, hash, Now = clock.GetUtcNow() }, cancellationToken);
        if (made == 1)
        {
            await transaction.Record(null, "operator.made", null, email, null, new { email }, cancellationToken);
        }
        else
        {
            await Correct(transaction, key, password, hash, cancellationToken);
        }

        await transaction.Commit(cancellationToken);
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task Correct(Transaction transaction, string key, string password, string hash, CancellationToken cancellation)
    {
        var (id, held, isOperator, nobodyLeft) = await transaction.QueryOne<(string Id, string Hash, bool IsOperator, bool NobodyLeft)>(
            """
            select id, password_hash, is_operator, not exists (select from users o where o.is_operator and o.disabled_at is null) as nobody_left
            from users where email_key = @key for update
            """, new { key }, cancellation);
        if (isOperator && !nobodyLeft && passwords.Verify(held, password).IsRight)
        {
            return;
        }

        await transaction.Execute("""
            update users set is_operator = true, password_hash = @hash, security_version = security_version + 1,
                email_confirmed_at = coalesce(email_confirmed_at, @Now), disabled_at = null where id = @id
            """, new { id, Now = clock.GetUtcNow(), hash }, cancellation);
        await transaction.Record(null, "operator.made", null, id, new { isOperator }, new { isOperator = true }, cancellation);
        await transaction.Execute($"{Authenticator.Removal}; delete from tokens where user_id = @id; delete from links where user_id = @id", new { id }, cancellation);
        await transaction.Execute(
            "update sessions set ended_at = @Now, ended_by = 'password_changed' where user_id = @id and ended_at is null", new { id, Now = clock.GetUtcNow() }, cancellation);
    }
}
